// mcp_auth/detail/abi_values.hpp - strings, structs and failures across the ABI, both ways.
//
// What the other side wrote is read through read(), what it gave us to fill is written through
// write(): both keep to struct_size, so that sides of different minor versions fit together.
#pragma once

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace mcp_auth::detail {

constexpr mcp_auth_str to_abi(std::string_view text) noexcept {
    return mcp_auth_str{text.data(), text.size()};
}
constexpr std::string_view view(mcp_auth_str text) noexcept {
    return text.len == 0 ? std::string_view() : std::string_view(text.ptr, text.len);
}

// A struct of ours, zeroed but for its size: what a caller hands to be filled in, or fills in.
template <class Struct>
Struct sized() noexcept {
    static_assert(std::is_trivially_copyable_v<Struct>);
    Struct value;
    std::memset(&value, 0, sizeof value);
    value.struct_size = static_cast<std::uint32_t>(sizeof value);
    return value;
}

// A copy of an "in" struct: what an older writer did not know is zero.
template <class Struct>
Struct read(const Struct* in) noexcept {
    Struct value = sized<Struct>();
    if (in) std::memcpy(&value, in, std::min<std::size_t>(in->struct_size, sizeof value));
    value.struct_size = static_cast<std::uint32_t>(sizeof value);  // ours, for whoever passes it on
    return value;
}

// Fills in an "out" struct as far as its owner knows it. `out` may be null.
template <class Struct>
void write(Struct* out, Struct value) noexcept {
    if (!out) return;
    value.struct_size = out->struct_size;
    std::memcpy(out, &value, std::min<std::size_t>(out->struct_size, sizeof value));
}

// Durations: 0 is none, -1 is zero seconds. What is longer than a century is cut, so that sums with
// it do not overflow.
inline std::int64_t to_abi(const std::optional<std::chrono::seconds>& duration) noexcept {
    if (!duration) return 0;
    return duration->count() <= 0 ? -1 : duration->count();
}
inline std::optional<std::chrono::seconds> duration_from(std::int64_t seconds) noexcept {
    constexpr std::int64_t century = 3'155'760'000;
    if (seconds == 0) return std::nullopt;
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, century));
}

// A status that means success makes no failure: who fails with `ok` has a bug.
inline Status failed_status(Status status) noexcept {
    return status == Status::ok ? Status::internal : status;
}

// Borrows from `error`.
inline mcp_auth_failure to_abi(const Error& error) noexcept {
    auto failure = sized<mcp_auth_failure>();
    failure.status = static_cast<mcp_auth_status>(failed_status(error.status));
    failure.leg = to_abi(std::string_view(error.leg));
    failure.message = to_abi(std::string_view(error.message));
    failure.oauth_error = to_abi(std::string_view(error.oauth_error));
    failure.description = to_abi(std::string_view(error.description));
    failure.acr_values = to_abi(std::string_view(error.acr_values));
    failure.max_age = to_abi(error.max_age);
    failure.retry_after = to_abi(error.retry_after);
    failure.http_status = static_cast<std::uint32_t>(std::max(error.http_status, 0));
    return failure;
}

// `status` is what the function returned and decides. A failure that still says OK was not
// written, so its zeros mean nothing.
inline Error to_error(mcp_auth_status status, const mcp_auth_failure& failure) {
    Error error;
    error.status = failed_status(status_from(status));
    if (failure.status == MCP_AUTH_OK) return error;
    error.leg = view(failure.leg);
    error.message = view(failure.message);
    error.oauth_error = view(failure.oauth_error);
    error.description = view(failure.description);
    error.acr_values = view(failure.acr_values);
    error.max_age = duration_from(failure.max_age);
    error.retry_after = duration_from(failure.retry_after);
    error.http_status = failure.http_status <= 999 ? static_cast<int>(failure.http_status) : 0;
    return error;
}

}  // namespace mcp_auth::detail
