// Redeeming an ID-JAG at the MCP server's authorization server (RFC 7523; protocol.md G).
#pragma once

#include "id_jag_cache.hpp"

#include <mcp_auth/plugin.hpp>

#include <string_view>

namespace mcp_auth::cross_app_access {

// Whether the server refused the ID-JAG itself (K1). Not with 429 or 5xx: those say nothing of it.
bool is_refused_grant(const Error& error);

// One request, as client "mcp". Errors: what the server answered (K), leg "redemption"; protocol
// for a token type that is not understood. The host has checked the rest of H1.
Result<plugin::TokenResponse> redeem(plugin::Call& call, const IdJag& id_jag,
                                     const plugin::TokenRequest& request);

}  // namespace mcp_auth::cross_app_access
