// What an administrator may say under "settings"; README.md describes each key.
#pragma once

#include <mcp_auth/id_jag.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mcp_auth::cross_app_access {

struct Settings {
    std::vector<std::string> accepted_subject_types;  // URNs, best first (D2)
    // Ask this provider for the ID-JAG; empty: exchange by ourselves.
    std::string assertion_provider;
    std::string audience;                       // sent in the exchange; empty: the issuer (E1)
    std::string expected_audience;              // the ID-JAG's `aud`; empty: what was sent (F2)
    bool allow_missing_token_type = false;      // E3, lenient
    bool skip_encrypted_id_jag_checks = false;  // F1, a JWE
    std::int64_t clock_leeway = 60;             // seconds

    // Errors: misconfigured, leg "settings", naming the key.
    static Result<Settings> read(const json::Value& settings);

    // What the ID-JAG must be, as far as it is a matter of settings. Lives as long as they do.
    plugin::IdJagRules id_jag_rules() const;
};

}  // namespace mcp_auth::cross_app_access
