// Dates in HTTP headers (RFC 9110 5.6.7). No locale, no time zone of the machine.
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/retry_after.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace mcp_auth::host {

// Unix seconds of an HTTP-date in any of its three forms; nothing if it is none.
std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

// The response's Date header; nothing if there is none that can be read.
std::optional<std::int64_t> date_of(const HttpResponse& response) noexcept;

}  // namespace mcp_auth::host
