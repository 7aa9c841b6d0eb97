// What plugins remark while they run, for a diagnosis: their log, apart from the legs, and which
// other providers they ask.
#pragma once

#include "diagnosis_report.hpp"

#include <mcp_auth/host/audit.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

// Hands every event on to `also`, which may be null.
class Remarks final : public AuditSink {
public:
    explicit Remarks(std::shared_ptr<AuditSink> also) : also_(std::move(also)) {}

    void record(const AuditEvent& event) noexcept override {
        if (also_) also_->record(event);
        const bool peer = event.leg == "peer" && !event.fields.empty();
        if (event.kind != AuditEvent::Kind::log && !peer) return;
        try {
            if (peer && event.kind != AuditEvent::Kind::log) {
                const std::lock_guard lock(mutex_);
                peers_.push_back(event.fields.front().second);
                return;
            }
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

    std::vector<std::string> take_peers() {
        const std::lock_guard lock(mutex_);
        return std::exchange(peers_, {});
    }

private:
    const std::shared_ptr<AuditSink> also_;
    std::mutex mutex_;
    Facts facts_;
    std::vector<std::string> peers_;  // keys of "providers"
};

}  // namespace mcp_auth::host
