// What `mcp-auth token` prints.
#pragma once

#include <mcp_auth/host/token.hpp>
#include <mcp_auth/secret.hpp>

#include <string_view>

namespace mcp_auth::cli {

// `format`: "token", "header" (for curl -H) or "json". With its line feed.
Secret token_text(const AccessToken& token, std::string_view format);

}  // namespace mcp_auth::cli
