#include "lease_table.hpp"

#include <utility>

namespace mcp_auth::host {

// One caller's interest in a key, from the first look until it is released or given up.
class LeaseTable::Lease {
public:
    Lease(std::shared_ptr<LeaseTable> table, std::string_view key) : table_(std::move(table)) {
        const std::lock_guard lock(table_->mutex_);
        node_ = table_->entries_.try_emplace(std::string(key)).first;
        ++node_->second.interested;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        const std::lock_guard lock(table_->mutex_);
        auto& entry = node_->second;
        if (mine_) entry.held = false;
        if (--entry.interested == 0)
            table_->entries_.erase(node_);
        else if (mine_)
            entry.released.notify_all();
    }

    Result<void> take(Clock& clock, const Bounds& bounds) {
        // Declared before the lock: its destructor waits for a running action, which needs the
        // mutex.
        const auto wake = bounds.cancellation.on_cancel([this] {
            const std::lock_guard lock(table_->mutex_);
            node_->second.released.notify_all();
        });
        const Deadline until = bounds.deadline == Deadline{} ? Deadline::max() : bounds.deadline;
        std::unique_lock lock(table_->mutex_);
        auto& entry = node_->second;
        while (entry.held) {
            if (bounds.cancellation.cancelled())
                return Error(Status::cancelled, "store", "cancelled while waiting for a lease");
            if (clock.now() >= until)
                return Error(Status::deadline, "store",
                             "another acquisition held the same entry until the deadline");
            clock.wait(entry.released, lock, until);
        }
        entry.held = mine_ = true;
        return {};
    }

private:
    std::shared_ptr<LeaseTable> table_;
    Entries::iterator node_;
    bool mine_ = false;
};

Result<std::shared_ptr<void>> LeaseTable::lease(std::string_view key, Clock& clock,
                                                const Bounds& bounds) {
    auto lease = std::make_shared<Lease>(shared_from_this(), key);
    if (auto taken = lease->take(clock, bounds); !taken) return taken.error();
    return std::shared_ptr<void>(std::move(lease));
}

}  // namespace mcp_auth::host
