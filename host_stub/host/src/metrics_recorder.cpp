#include "metrics_recorder.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>

namespace mcp_auth::host {

void MetricsRecorder::record(const AuditEvent& event) noexcept {
    if (event.kind == AuditEvent::Kind::leg || event.kind == AuditEvent::Kind::outcome) {
        try {
            const bool whole = event.kind == AuditEvent::Kind::outcome;
            const std::string_view name = whole ? "acquisition" : std::string_view(event.leg);
            const std::lock_guard lock(mutex_);
            auto leg = std::find_if(legs_.begin(), legs_.end(),
                                    [&](const LegMetrics& known) { return known.leg == name; });
            if (leg == legs_.end()) {
                legs_.emplace_back().leg = name;
                leg = std::prev(legs_.end());
            }
            ++leg->by_status[static_cast<std::size_t>(event.status)];
            auto& latency = leg->latency;
            std::size_t bucket = 0;
            while (bucket + 1 < LatencyHistogram::buckets &&
                   event.duration > LatencyHistogram::bound(bucket))
                ++bucket;
            ++latency.counts[bucket];
            ++latency.count;
            latency.sum += event.duration;
        } catch (const std::exception&) {
            // No memory for a counter: the event itself still goes on.
        }
    }
    if (next_) next_->record(event);
}

Metrics MetricsRecorder::read() const {
    Metrics metrics;
    metrics.cached = cached_.load(std::memory_order_relaxed);
    metrics.joined = joined_.load(std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    metrics.legs = legs_;
    return metrics;
}

}  // namespace mcp_auth::host
