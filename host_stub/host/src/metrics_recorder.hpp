// Counts events on their way to the application's audit sink.
#pragma once

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/metrics.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace mcp_auth::host {

class MetricsRecorder final : public AuditSink {
public:
    explicit MetricsRecorder(std::shared_ptr<AuditSink> next) : next_(std::move(next)) {}

    void record(const AuditEvent& event) noexcept override;
    void count_cached() noexcept { cached_.fetch_add(1, std::memory_order_relaxed); }
    void count_joined() noexcept { joined_.fetch_add(1, std::memory_order_relaxed); }
    Metrics read() const;

private:
    const std::shared_ptr<AuditSink> next_;  // null: nobody listens
    std::atomic<std::uint64_t> cached_{0}, joined_{0};
    mutable std::mutex mutex_;
    std::vector<LegMetrics> legs_;
};

}  // namespace mcp_auth::host
