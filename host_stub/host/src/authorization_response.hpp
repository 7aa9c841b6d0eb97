// Whether an authorization response is the answer to what was asked (RFC 6749 4.1.2, RFC 9207).
#pragma once

#include <mcp_auth/secret.hpp>

#include <mcp_auth/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// What the response to one authorization request must say.
struct ExpectedResponse {
    Secret state;
    std::string issuer;         // the server that was asked
    bool iss_promised = false;  // authorization_response_iss_parameter_supported (RFC 9207 3)
};

class AuthorizationResponse {
public:
    // Errors, leg "authorization": protocol (a broken query, a parameter that comes twice).
    static Result<AuthorizationResponse> parse(std::string_view query);

    std::string_view state() const noexcept { return state_.reveal(); }

    // The code, after every check, in the order that no fault hides a worse one: `state` (exact,
    // in constant time), then `iss` (exact; demanded where it was promised, compared where it was
    // not), and only then the server's own error: another server's words are not shown.
    // Errors, leg "authorization": protocol (state, iss, no code), and what the server's `error`
    // means (protocol.md K).
    Result<Secret> code_for(const ExpectedResponse& expected) &&;

private:
    Secret state_;
    std::optional<std::string> iss_, error_;
    std::string description_;
    Secret code_;
};

}  // namespace mcp_auth::host
