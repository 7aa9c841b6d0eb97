// mcp_auth/host/retry_after.hpp - how long a server asks to wait (RFC 9110 10.2.3).
//
//     error.retry_after = retry_after_of(response, clock->wall());
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/http.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace mcp_auth {

// From Retry-After, in seconds or as a date: relative to the response's own Date where it has one,
// since its clock set both, else to `now` (Unix seconds). At most a day: a peer must not put us to
// sleep for ever. Nothing if it does not say, or not readably.
MCP_AUTH_HOST_API std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response,
                                                                     std::int64_t now) noexcept;

}  // namespace mcp_auth
