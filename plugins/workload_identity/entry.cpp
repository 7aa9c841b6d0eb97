// The module's one export; apart, so that a test or an application can link the provider.
#include "provider.hpp"

MCP_AUTH_PLUGIN(mcp_auth::workload_identity::Provider, "workload-identity", "1.0.0",
                MCP_AUTH_ROLE_TOKEN)
