#include <mcp_auth/host/store.hpp>

#include "secret.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

namespace mcp_auth {
namespace {

constexpr std::size_t max_value_bytes = 64 * 1024;

// Who holds a key now, and how many more want it. In the map as long as anybody does either.
struct LeaseEntry {
    std::condition_variable released;
    bool held = false;
    std::size_t interested = 0;
};
using Leases = std::map<std::string, LeaseEntry, std::less<>>;

struct LeaseTable {
    std::mutex mutex;
    Leases leases;  // guarded; a node stays where it is, so pointers to one are good
};

// One caller's interest in a key, from the first look until it is released or given up.
class Lease {
public:
    Lease(std::shared_ptr<LeaseTable> table, std::string_view key) : table_(std::move(table)) {
        const std::lock_guard lock(table_->mutex);
        node_ = table_->leases.try_emplace(std::string(key)).first;
        ++node_->second.interested;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        const std::lock_guard lock(table_->mutex);
        auto& entry = node_->second;
        if (mine_) entry.held = false;
        if (--entry.interested == 0)
            table_->leases.erase(node_);
        else if (mine_)
            entry.released.notify_all();
    }

    Result<void> take(Clock& clock, const Bounds& bounds) {
        // Declared before the lock: its destructor waits for a running action, which needs the
        // mutex.
        const auto wake = bounds.cancellation.on_cancel([this] {
            const std::lock_guard lock(table_->mutex);
            node_->second.released.notify_all();
        });
        const Deadline until = bounds.deadline == Deadline{} ? Deadline::max() : bounds.deadline;
        std::unique_lock lock(table_->mutex);
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
    Leases::iterator node_;
    bool mine_ = false;
};

class MemoryStore final : public Store {
public:
    MemoryStore(std::size_t max_entries, std::shared_ptr<Clock> clock)
        : max_entries_(max_entries), clock_(std::move(clock)) {}

    Result<std::string> get(std::string_view key, std::int64_t now) override {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return std::string();
        const auto expires_at = found->second.expires_at;
        if (expires_at != 0 && expires_at <= now) {
            erase(found);
            return std::string();
        }
        return std::string(found->second.value.reveal());
    }

    Result<void> put(std::string_view key, std::string_view value,
                     std::int64_t expires_at) override {
        if (value.size() > max_value_bytes)
            return Error(Status::invalid_argument, "store", "an entry is larger than 64 KiB");
        const std::lock_guard lock(mutex_);
        if (const auto found = entries_.find(key); found != entries_.end()) erase(found);
        if (value.empty() || max_entries_ == 0) return {};
        while (entries_.size() >= max_entries_) erase(by_age_.begin()->second);
        const auto added = entries_.try_emplace(std::string(key)).first;
        added->second.value = host::Secret(value);
        added->second.expires_at = expires_at;
        added->second.age = ++newest_;
        by_age_.emplace(newest_, added);
        return {};
    }

    Result<void> erase_prefix(std::string_view prefix, std::string_view except) override {
        const std::lock_guard lock(mutex_);
        auto next = entries_.lower_bound(prefix);
        while (next != entries_.end() && std::string_view(next->first).starts_with(prefix)) {
            const auto entry = next++;
            if (except.empty() || !std::string_view(entry->first).starts_with(except)) erase(entry);
        }
        return {};
    }

    Result<std::shared_ptr<void>> lease(std::string_view key, const Bounds& bounds) override {
        auto lease = std::make_shared<Lease>(leases_, key);
        if (auto taken = lease->take(*clock_, bounds); !taken) return taken.error();
        return std::shared_ptr<void>(std::move(lease));
    }

private:
    struct Entry {
        host::Secret value;  // wiped with the entry (L5)
        std::int64_t expires_at = 0;
        std::uint64_t age = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    void erase(Entries::iterator entry) {
        by_age_.erase(entry->second.age);
        entries_.erase(entry);
    }

    const std::size_t max_entries_;
    const std::shared_ptr<Clock> clock_;
    std::mutex mutex_;
    Entries entries_;                                    // ordered, for erase_prefix
    std::map<std::uint64_t, Entries::iterator> by_age_;  // written longest ago first
    std::uint64_t newest_ = 0;
    // Of its own, so that a handle may outlive the store.
    const std::shared_ptr<LeaseTable> leases_ = std::make_shared<LeaseTable>();
};

}  // namespace

std::shared_ptr<Store> Store::memory(std::size_t max_entries, std::shared_ptr<Clock> clock) {
    if (!clock) clock = system_clock();
    return std::make_shared<MemoryStore>(max_entries, std::move(clock));
}

}  // namespace mcp_auth
