// mcp-auth demo --serve: the enterprise stays, for people who try their own host or plugin.
#pragma once

#include "invocation.hpp"

#include <mcp_auth/demo/enterprise.hpp>

#include <string>

namespace mcp_auth::cli {

// Until SIGINT, SIGTERM or --timeout. The user stays signed in: the ID token is written anew
// before it expires.
int serve_demo(demo::Enterprise& enterprise, const std::string& user, const Invocation& run);

}  // namespace mcp_auth::cli
