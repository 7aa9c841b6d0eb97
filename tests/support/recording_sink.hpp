// An audit sink that keeps what it was told.
#pragma once

#include <mcp_auth/host/audit.hpp>

#include <mutex>
#include <vector>

namespace mcp_auth::host::testing {

class RecordingSink final : public AuditSink {
public:
    void record(const AuditEvent& event) noexcept override {
        const std::lock_guard lock(mutex_);
        events_.push_back(event);
    }
    std::vector<AuditEvent> events() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<AuditEvent> events_;
};

}  // namespace mcp_auth::host::testing
