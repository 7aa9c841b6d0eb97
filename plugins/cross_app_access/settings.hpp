// What an administrator may say under "settings"; README.md describes each key.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mcp_auth::cross_app_access {

struct Settings {
    std::vector<std::string> accepted_subject_types;  // URNs, best first (D2)
    std::string
        assertion_provider;  // ask this provider for the ID-JAG; empty: exchange by ourselves
    std::string audience;    // sent in the exchange; empty: the issuer (E1)
    std::string expected_audience;              // the ID-JAG's `aud`; empty: what was sent (F2)
    bool allow_missing_token_type = false;      // E3, lenient
    bool skip_encrypted_id_jag_checks = false;  // F1, a JWE
    std::int64_t clock_leeway = 60;             // seconds

    // The host has checked the object by the schema; this reads it, and refuses what the schema
    // would have. Errors: misconfigured, leg "settings", naming the key.
    static Result<Settings> read(const json::Value& settings);

    // What the exchange names, and what `aud` must be, for the authorization server `issuer`.
    std::string audience_for(std::string_view issuer) const;
    std::string expected_audience_for(std::string_view issuer) const;
};

}  // namespace mcp_auth::cross_app_access
