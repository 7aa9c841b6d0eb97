#include <mcp_auth/host/store.hpp>
#include <mcp_auth/secret.hpp>

#include "lease_table.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace mcp_auth {
namespace {

constexpr std::size_t max_value_bytes = 64 * 1024;

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
        if (!make_room(expires_at != 0)) return {};
        const auto added = entries_.try_emplace(std::string(key)).first;
        added->second.value = Secret(value);
        added->second.expires_at = expires_at;
        added->second.age = ++newest_;
        ages_of(expires_at).emplace(newest_, added);
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
        return leases_->lease(key, *clock_, bounds);
    }

private:
    struct Entry {
        Secret value;  // wiped with the entry (L5)
        std::int64_t expires_at = 0;
        std::uint64_t age = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    using Ages = std::map<std::uint64_t, Entries::iterator>;  // written longest ago first

    Ages& ages_of(std::int64_t expires_at) { return expires_at == 0 ? kept_ : expiring_; }

    // What expires can be come by again, and there is much of it; what is kept until it is erased
    // (a refresh token) costs the user a sign-in. So the first has a fifth of the room, and never
    // pushes out the second. False: there is none for it.
    bool make_room(bool expiring) {
        if (expiring && expiring_.size() >= std::max<std::size_t>(1, max_entries_ / 5))
            erase(expiring_.begin()->second);
        if (entries_.size() < max_entries_) return true;
        if (expiring && expiring_.empty()) return false;
        erase((expiring_.empty() ? kept_ : expiring_).begin()->second);
        return true;
    }
    void erase(Entries::iterator entry) {
        ages_of(entry->second.expires_at).erase(entry->second.age);
        entries_.erase(entry);
    }

    const std::size_t max_entries_;
    const std::shared_ptr<Clock> clock_;
    std::mutex mutex_;
    Entries entries_;  // ordered, for erase_prefix
    Ages kept_, expiring_;
    std::uint64_t newest_ = 0;
    // Of its own, so that a handle may outlive the store.
    const std::shared_ptr<host::LeaseTable> leases_ = std::make_shared<host::LeaseTable>();
};

}  // namespace

std::shared_ptr<Store> Store::memory(std::size_t max_entries, std::shared_ptr<Clock> clock) {
    if (!clock) clock = system_clock();
    return std::make_shared<MemoryStore>(max_entries, std::move(clock));
}

}  // namespace mcp_auth
