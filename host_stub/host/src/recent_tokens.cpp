#include "recent_tokens.hpp"

#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth::host {

RecentTokens::Stripe& RecentTokens::own_stripe() {
    // Thread ids are addresses that lie far apart: their low bits say nothing.
    const auto id = std::hash<std::thread::id>{}(std::this_thread::get_id());
    return stripes_[((id >> 12) * 0x9e3779b97f4a7c15ULL) >> 59];
}

std::size_t RecentTokens::index(const Key& key) noexcept {
    return ((key.connection * 0x9e3779b97f4a7c15ULL + key.user) * 0xbf58476d1ce4e5b9ULL) >> 56;
}

TokenPointer RecentTokens::find(const Key& key, Deadline now, std::int64_t wall) {
    auto& stripe = own_stripe();
    const std::lock_guard lock(stripe.mutex);
    if (!stripe.entries) return nullptr;
    const auto& entry = (*stripe.entries)[index(key)];
    if (!entry.token || entry.key.user != key.user || entry.key.connection != key.connection ||
        entry.key.version != key.version || entry.outdated())
        return nullptr;
    if (!entry.token->usable(now, wall) || entry.token->wants_renewal(now)) return nullptr;
    ++stripe.hits;
    return entry.token;
}

void RecentTokens::put(const Key& key, std::shared_ptr<UserSession> session,
                       std::uint64_t generation, std::shared_ptr<TokenSlot> slot,
                       std::uint64_t slot_version, TokenPointer token) {
    // A holder of its own gives the copy a reference count that no other stripe touches.
    auto holder = std::make_shared<const TokenPointer>(std::move(token));
    TokenPointer own(holder, holder->get());
    // What it held, or what comes too late, is released outside of the lock.
    Entry other{key, generation, slot_version, std::move(session), std::move(slot), std::move(own)};
    auto& stripe = own_stripe();
    const std::lock_guard lock(stripe.mutex);
    if (other.outdated()) return;  // drop_outdated() may have been here
    if (!stripe.entries) stripe.entries = std::make_unique<std::array<Entry, entry_count>>();
    std::swap((*stripe.entries)[index(key)], other);
}

void RecentTokens::drop_outdated(Deadline now, std::int64_t wall) {
    for (auto& stripe : stripes_) {
        std::vector<Entry> dropped;  // released outside of the lock
        const std::lock_guard lock(stripe.mutex);
        if (!stripe.entries) continue;
        for (auto& entry : *stripe.entries)
            if (entry.token && (entry.outdated() || !entry.token->usable(now, wall)))
                dropped.push_back(std::exchange(entry, Entry{}));
    }
}

void RecentTokens::clear() {
    for (auto& stripe : stripes_) {
        std::unique_ptr<std::array<Entry, entry_count>> entries;
        const std::lock_guard lock(stripe.mutex);
        entries = std::move(stripe.entries);
    }
}

std::uint64_t RecentTokens::hits() const {
    std::uint64_t hits = 0;
    for (const auto& stripe : stripes_) {
        const std::lock_guard lock(stripe.mutex);
        hits += stripe.hits;
    }
    return hits;
}

}  // namespace mcp_auth::host
