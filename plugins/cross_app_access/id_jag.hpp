// The ID-JAG, checked before it leaves (protocol.md F1 to F3). The identity provider made it, and
// the authorization server will verify its signature (F4); what only the client can know is
// whether it is the one that was asked for: a mixed-up one would sign the user in elsewhere, as
// another client, or with more than was asked.
#pragma once

#include <mcp_auth/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::cross_app_access {

struct ExpectedIdJag {
    std::string_view issuer;     // of the identity provider
    std::string_view audience;   // the authorization server
    std::string_view client_id;  // of the one who will redeem it, there
    std::string_view resource;   // empty: none was asked for
    std::string_view scope;      // asked for; empty: none, and the provider chose
    std::string_view dpop_jkt;   // of the redeemer's key; empty: it has none
    std::int64_t now = 0;
    std::int64_t leeway = 0;  // for `iat` alone: an expired one is never shown
    bool skip_encrypted = false;
};

struct CheckedIdJag {
    std::optional<std::string> scope;  // the claim; nothing when absent
    std::int64_t expires_at = 0;       // 0: not known, it is encrypted
    std::string checks;                // the rules it passed, for a trace: "typ alg iss ..."
};

// Errors: protocol, leg "id_jag", naming the claim, what was expected, and what was found where
// that is no secret.
Result<CheckedIdJag> check_id_jag(std::string_view id_jag, const ExpectedIdJag& expected);

}  // namespace mcp_auth::cross_app_access
