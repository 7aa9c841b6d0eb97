// mcp_auth/id_jag.hpp - an ID-JAG, checked before it leaves (protocol.md F1 to F3).
//
//     plugin::Assertion id_jag{token, MCP_AUTH_TYPE_ID_JAG, issuer, scope, expires_at};
//     return plugin::checked_id_jag(call, id_jag, request);
//
// For a provider of assertion/1, whichever way it came by one, and for whoever takes one from a
// provider. The identity provider made it, and the authorization server will verify its signature
// (F4); what only the client can know is whether it is the one that was asked for: a mixed-up one
// would sign the user in elsewhere, as another client, or with more than was asked.
//
// Nothing throws but std::bad_alloc. draft-ietf-oauth-identity-assertion-authz-grant.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::plugin {

// What an administrator may say of it beyond the request.
struct IdJagRules {
    std::string_view audience = {};  // what `aud` must be; empty: the audience of the request
    std::int64_t leeway = 60;        // for `iat` alone, in seconds: an expired one is never shown
    // Whether an encrypted one (a JWE), which the authorization server alone can read, is sent.
    bool skip_encrypted = false;
    // The plugin's settings for the first and the last, so that a message can name them. Empty: it
    // has none.
    std::string_view audience_setting = {}, skip_encrypted_setting = {};
};

struct IdJagClaims {
    std::optional<std::string> scope = {};  // nothing when absent
    std::int64_t expires_at = 0;            // 0: not known, it is encrypted
    std::string checks = {};                // the rules it passed, for a trace: "typ alg iss ..."
};

// The rules alone. `id_jag.issuer` is whose it must be; `wanted` is the request that it answers.
// Errors, leg "id_jag", naming the claim, what was expected, and what was found where that is no
// secret: protocol when a rule is broken; misconfigured when it is of another type, or nobody
// says whose it is.
Result<IdJagClaims> check_id_jag(const Assertion& id_jag, const AssertionRequest& wanted,
                                 std::int64_t now, const IdJagRules& rules = {});

// The same, and the assertion with what its claims say: the scope that was granted and that it
// carries (a claim only narrows), and its own expiry. Logs "id_jag checked" with the rules.
// Errors: those above; protocol when more scope was granted than asked for; denied when nothing
// is left of what was asked for.
Result<Assertion> checked_id_jag(Call& call, const Assertion& id_jag,
                                 const AssertionRequest& wanted, const IdJagRules& rules = {});

}  // namespace mcp_auth::plugin

#include <mcp_auth/id_jag_impl.hpp>
