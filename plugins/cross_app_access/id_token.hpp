// The user's ID token, checked before it is sent anywhere (protocol.md D3).
#pragma once

#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string_view>

namespace mcp_auth::cross_app_access {

struct ExpectedIdToken {
    std::string_view issuer;     // of the client "idp"
    std::string_view client_id;  // likewise
    std::int64_t now = 0;
    std::int64_t leeway = 0;  // it must be usable for this long, since clocks differ
};

// A second line after the host's: a token of another IdP, or for another client, is a stolen or
// mixed-up one, and the IdP would at best refuse it. The IdP checks the signature.
// Errors, leg "subject": interaction_required when it has expired, else misconfigured.
Result<void> check_id_token(std::string_view id_token, const ExpectedIdToken& expected);

}  // namespace mcp_auth::cross_app_access
