#include <mcp_auth/demo/wire.hpp>
