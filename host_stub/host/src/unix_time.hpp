// Unix time as the standard library's, which counts nanoseconds: it ends in the year 2262, and what
// a peer says may not.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mcp_auth::host {

inline std::chrono::system_clock::time_point from_unix_time(std::int64_t seconds) noexcept {
    using std::chrono::system_clock;
    constexpr auto longest =
        std::chrono::duration_cast<std::chrono::seconds>(system_clock::duration::max());
    return system_clock::time_point(
        std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest.count())));
}

}  // namespace mcp_auth::host
