// mcp_auth/host/metrics.hpp - counters and latencies, for an application's own monitoring.
//
//     const mcp_auth::Metrics now = host.metrics();
//     export_counter("mcp_auth_tokens_cached", now.cached);
//     for (const auto& leg : now.legs) export_histogram(leg.leg, leg.latency);
//
// Numbers only grow while the host lives. They hold no name of a user, a server or a token.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mcp_auth {

// How long something took: counts[i] is how often it took at most bound(i), and longer than the
// bound before; the last one has no bound.
struct LatencyHistogram {
    static constexpr std::size_t buckets = 20;
    // 100 us, 200 us, 400 us, ... 26 s.
    static constexpr std::chrono::microseconds bound(std::size_t bucket) {
        return std::chrono::microseconds(100) * (std::int64_t{1} << bucket);
    }
    std::array<std::uint64_t, buckets> counts{};
    std::uint64_t count = 0;
    std::chrono::microseconds sum{0};
};

struct LegMetrics {
    std::string leg;  // as in AuditEvent, or "acquisition": the whole of one
    std::array<std::uint64_t, 11> by_status{};  // index: Status
    LatencyHistogram latency;
};

struct Metrics {
    std::uint64_t cached = 0;  // tokens handed out of the cache
    std::uint64_t joined = 0;  // callers who waited for an acquisition that was under way
    std::vector<LegMetrics> legs;
};

}  // namespace mcp_auth
