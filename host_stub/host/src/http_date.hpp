// Dates and delays in HTTP headers (RFC 9110 5.6.7, 10.2.3). No locale, no time zone of the
// machine.
#pragma once

#include <mcp_auth/host/http.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mcp_auth::host {

// Unix seconds of an HTTP-date in any of its three forms; nothing if it is none.
std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

// The response's Date header; nothing if there is none that can be read.
std::optional<std::int64_t> date_of(const HttpResponse& response) noexcept;

// How long the server asks to wait, from Retry-After in seconds or as a date: relative to the
// response's own Date where it has one, since its clock set both, else to `now`. At most a day: a
// peer must not put us to sleep for ever. Nothing if it does not say, or not readably.
std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response,
                                                   std::int64_t now) noexcept;

}  // namespace mcp_auth::host
