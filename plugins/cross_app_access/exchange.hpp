// Token exchange at the identity provider (RFC 8693; protocol.md E).
#pragma once

#include "settings.hpp"

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::cross_app_access {

// What an exchange gave, its response checked (E3, E4).
struct Exchanged {
    std::string_view token;       // the call's
    std::string scope;            // granted: the response's, else as requested
    std::int64_t expires_at = 0;  // 0: not said
};

// Whether the provider refused the subject token (K). Not with 429 or 5xx: those say nothing of it.
bool is_bad_subject(const Error& error);

// The subject for an ID-JAG (E1). Errors: what the provider answered, with an unusable subject
// as interaction_required (K); protocol for a response that breaks E3 or E4; denied when the
// provider granted none of the scopes.
Result<Exchanged> exchange_for_id_jag(plugin::Call& call, const plugin::Subject& subject,
                                      const plugin::AssertionRequest& wanted,
                                      const Settings& settings);

// A SAML assertion for a refresh token, which is the subject of the former then (D2).
Result<Exchanged> exchange_for_refresh_token(plugin::Call& call, const plugin::Subject& saml2,
                                             const Settings& settings);

}  // namespace mcp_auth::cross_app_access
