// What a server's metadata says of this flow, before anything is sent (protocol.md C5, D1).
#pragma once

#include <mcp_auth/plugin.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <string_view>

namespace mcp_auth::cross_app_access {

// The authorization server that will redeem an ID-JAG. Errors: misconfigured, leg "redemption",
// when it lists its grants and the JWT bearer grant is not among them. That it does not list the
// ID-JAG profile is only logged: absence proves nothing.
Result<void> check_authorization_server(plugin::Call& call, std::string_view metadata);

// The identity provider that will make one. Errors: misconfigured, leg "exchange", likewise.
Result<void> check_identity_provider(plugin::Call& call, std::string_view metadata);

}  // namespace mcp_auth::cross_app_access
