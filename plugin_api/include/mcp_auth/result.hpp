// mcp_auth/result.hpp - what every operation of this project answers: a value, or why there is
// none.
//
//     Result<Token> token = redeem(assertion);
//     if (!token) return token.error();            // an Error converts to any Result
//     use(token->access_token);
//
// Nothing here throws. C++17; shared by the plugin kit and the host library.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mcp_auth {

// How an operation ended. The numbers are those of abi.h and the exit codes of `mcp-auth`.
enum class Status : std::uint32_t {
    ok = 0,
    internal = 1,              // a bug, here or in a plugin
    invalid_argument = 2,      // the caller's own fault (usage)
    misconfigured = 3,         // permanent until configuration changes
    denied = 4,                // an authorization server or the enterprise's policy said no
    interaction_required = 5,  // the user must sign in, or step up
    unavailable = 6,           // transient: network, 429, 5xx; retry_after may be set
    protocol = 7,              // the peer broke the protocol
    cancelled = 8,
    deadline = 9,
    unsupported = 10,  // not for this provider
};

// The status's name as the table in plugin_api/README.md spells it: "interaction_required".
// A number that is not in the enumeration is "internal".
constexpr std::string_view to_string(Status status) noexcept {
    switch (status) {
    case Status::ok: return "ok";
    case Status::internal: return "internal";
    case Status::invalid_argument: return "invalid_argument";
    case Status::misconfigured: return "misconfigured";
    case Status::denied: return "denied";
    case Status::interaction_required: return "interaction_required";
    case Status::unavailable: return "unavailable";
    case Status::protocol: return "protocol";
    case Status::cancelled: return "cancelled";
    case Status::deadline: return "deadline";
    case Status::unsupported: return "unsupported";
    }
    return "internal";
}

// A status from the other side of the ABI; one that this side does not know is `internal`.
constexpr Status status_from(std::uint32_t number) noexcept {
    return number <= static_cast<std::uint32_t>(Status::unsupported) ? static_cast<Status>(number)
                                                                     : Status::internal;
}

// Why an operation failed. No member holds a token, an assertion, a secret, or a part of one (L4).
struct Error {
    Status status = Status::internal;
    std::string leg;          // "challenge", "discovery", "subject", "exchange", "redemption", ...
    std::string message;      // what was wrong and what to do, for an administrator
    std::string oauth_error;  // RFC 6749 5.2 `error`; empty when there was none
    std::string
        description;  // `error_description`: a peer's words, control characters stripped, capped
    std::string acr_values;                       // of insufficient_user_authentication (RFC 9470)
    std::optional<std::chrono::seconds> max_age;  // likewise
    std::optional<std::chrono::seconds> retry_after;  // when the peer said so
    int http_status = 0;                              // 0 when no response arrived

    Error() = default;
    Error(Status s, std::string leg_, std::string message_)
        : status(s), leg(std::move(leg_)), message(std::move(message_)) {}
};

// A value or an Error. Dereferencing a failed Result, or asking a good one for its error, is a
// bug of the caller and undefined.
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const noexcept { return state_.index() == 0; }
    bool ok() const noexcept { return state_.index() == 0; }

    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    Error& error() & noexcept { return *std::get_if<1>(&state_); }
    const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
    Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

    Status status() const noexcept { return ok() ? Status::ok : error().status; }

private:
    std::variant<T, Error> state_;
};

// An operation that has nothing to hand out: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const noexcept { return !error_; }
    bool ok() const noexcept { return !error_; }
    Error& error() & noexcept { return *error_; }
    const Error& error() const& noexcept { return *error_; }
    Error&& error() && noexcept { return std::move(*error_); }
    Status status() const noexcept { return error_ ? error_->status : Status::ok; }

private:
    std::optional<Error> error_;
};

}  // namespace mcp_auth
