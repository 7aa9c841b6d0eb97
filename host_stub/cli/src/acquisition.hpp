// A token for one MCP server, as the server's own answer asks for it.
#pragma once

#include "invocation.hpp"

#include <string>

namespace mcp_auth::cli {

// Asks the server once without a token, so that its challenge can say what is needed (I1); then
// as the challenge says or, where there is none, by the well-known URLs.
Result<AccessToken> acquire(const Invocation& run, const Host& host, const std::string& server_url,
                            const std::string& scope, const mcp::ClientOptions& client);

}  // namespace mcp_auth::cli
