#include "metrics_recorder.hpp"

#include <algorithm>
#include <exception>

namespace mcp_auth::host {

void MetricsRecorder::record(const AuditEvent& event) noexcept {
    if (event.kind == AuditEvent::Kind::leg || event.kind == AuditEvent::Kind::outcome) {
        try {
            const std::lock_guard lock(mutex_);
            auto leg = std::find_if(legs_.begin(), legs_.end(), [&](const LegMetrics& known) {
                return known.leg == event.leg;
            });
            if (leg == legs_.end()) {
                legs_.emplace_back().leg = event.leg;
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
