// WWW-Authenticate (RFC 9110 11.6.1, RFC 6750 3, RFC 9449 7.1, RFC 9728 5.1; protocol.md A4).
#pragma once

#include <mcp_auth/host/http.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

struct AuthChallenge {
    std::string scheme;                         // lower case
    std::map<std::string, std::string> params;  // names lower case, values unescaped
    std::string token68;                        // e.g. of Negotiate
};

// Every challenge of one header value, in order; nothing if it breaks the grammar (an unreadable
// challenge counts as none).
std::optional<std::vector<AuthChallenge>> parse_challenges(std::string_view value);

// What a server wants, read from all its WWW-Authenticate headers.
struct Challenge {
    bool bearer = false, dpop = false;  // schemes offered
    std::string resource_metadata;      // URL; empty: none
    std::string scope;
    std::string error;              // "invalid_token", "insufficient_scope", "use_dpop_nonce", ...
    std::string error_description;  // stripped and capped
    std::string acr_values;         // RFC 9470
    std::optional<long> max_age;
    std::string raw;  // the header values, joined by ", "
};

// Nothing when there is no readable Bearer or DPoP challenge.
std::optional<Challenge> read_challenge(const Headers& headers);

}  // namespace mcp_auth::host
