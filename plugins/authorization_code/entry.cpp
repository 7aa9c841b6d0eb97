// The module's one export; apart, so that a test or an application can link the provider.
#include "provider.hpp"

MCP_AUTH_PLUGIN(mcp_auth::authorization_code::Provider, "authorization-code", "1.0.0",
                MCP_AUTH_ROLE_TOKEN)
