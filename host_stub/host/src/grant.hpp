// Which grant a token request runs: an error means different things on different ones (protocol.md
// K).
#pragma once

#include <string_view>

namespace mcp_auth::host {

inline constexpr std::string_view token_exchange_grant =
    "urn:ietf:params:oauth:grant-type:token-exchange";  // RFC 8693
inline constexpr std::string_view jwt_bearer_grant =
    "urn:ietf:params:oauth:grant-type:jwt-bearer";  // RFC 7523

inline constexpr std::string_view device_code_grant =
    "urn:ietf:params:oauth:grant-type:device_code";  // RFC 8628

enum class Grant {
    token_exchange,
    jwt_bearer,
    authorization_code,
    refresh_token,
    device_code,
    other
};

constexpr Grant grant_of(std::string_view grant_type) noexcept {
    if (grant_type == token_exchange_grant) return Grant::token_exchange;
    if (grant_type == jwt_bearer_grant) return Grant::jwt_bearer;
    if (grant_type == "authorization_code") return Grant::authorization_code;
    if (grant_type == "refresh_token") return Grant::refresh_token;
    if (grant_type == device_code_grant) return Grant::device_code;
    return Grant::other;
}

// The leg that errors and events of a token request carry.
constexpr std::string_view leg_of(Grant grant) noexcept {
    if (grant == Grant::token_exchange) return "exchange";
    if (grant == Grant::jwt_bearer) return "redemption";
    return "token";
}

// A code or a rotating refresh token is used up once a byte has left, answer or not (K2). Who polls
// for a device has a pace of its own (RFC 8628 3.5).
constexpr bool may_be_sent_again(Grant grant) noexcept {
    return grant != Grant::authorization_code && grant != Grant::refresh_token &&
           grant != Grant::device_code;
}

}  // namespace mcp_auth::host
