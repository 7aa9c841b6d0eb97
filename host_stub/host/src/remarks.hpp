// What plugins remark while they run, for a diagnosis: their log, apart from the legs.
#pragma once

#include "diagnosis_report.hpp"

#include <mcp_auth/host/audit.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace mcp_auth::host {

// Hands every event on to `also`, which may be null.
class Remarks final : public AuditSink {
public:
    explicit Remarks(std::shared_ptr<AuditSink> also) : also_(std::move(also)) {}

    void record(const AuditEvent& event) noexcept override {
        if (also_) also_->record(event);
        if (event.kind != AuditEvent::Kind::log) return;
        try {
            std::string text = event.event;
            for (const auto& [name, value] : event.fields) text.append(" ").append(value);
            const std::lock_guard lock(mutex_);
            facts_.emplace_back("plugin's " + event.leg, std::move(text));
        } catch (const std::exception&) {
            return;  // out of memory: a remark less
        }
    }

    // Since they were last taken.
    Facts take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(facts_, {});
    }

private:
    const std::shared_ptr<AuditSink> also_;
    std::mutex mutex_;
    Facts facts_;
};

}  // namespace mcp_auth::host
