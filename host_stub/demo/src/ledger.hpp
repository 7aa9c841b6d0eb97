// What went over the wire, for tests alone: nothing is kept unless the test asked for it (L4).
#pragma once

#include <mcp_auth/demo/wire.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace mcp_auth::demo {

class Ledger {
public:
    explicit Ledger(bool keep) : keep_(keep) {}

    void request(const RecordedRequest& request) {
        if (!keep_) return;
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
    }
    void secret(const std::string& secret) {
        if (!keep_ || secret.empty()) return;
        const std::lock_guard lock(mutex_);
        secrets_.push_back(secret);
    }
    void forget_requests() {
        const std::lock_guard lock(mutex_);
        requests_.clear();
    }
    std::vector<RecordedRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::vector<std::string> secrets() const {
        const std::lock_guard lock(mutex_);
        return secrets_;
    }

private:
    const bool keep_;
    mutable std::mutex mutex_;
    std::vector<RecordedRequest> requests_;
    std::vector<std::string> secrets_;
};

}  // namespace mcp_auth::demo
