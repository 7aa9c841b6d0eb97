#include "token_cache.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace mcp_auth::host {

namespace {

constexpr std::int64_t default_life = 300;  // H2: expires_in absent or 0
constexpr std::int64_t longest_life =
    30LL * 24 * 3600;  // beyond this a stated life is not believed
constexpr std::int64_t longest_margin = 30;

std::chrono::milliseconds growing(unsigned failures) {
    const auto doublings = std::min(failures, 8U);
    return std::min<std::chrono::milliseconds>(std::chrono::milliseconds(250) * (1U << doublings),
                                               std::chrono::seconds(60));
}

// How long a failure holds the next acquisition off. Retry-After rules where it is given.
// Configuration and sign-in are the user's to mend, and trying again costs nobody anything; a peer
// that said no or is down is left alone. A renewal is in no hurry: the old token is there.
std::chrono::milliseconds back_off(const Error& error, unsigned failures, bool renewal) {
    using namespace std::chrono;
    if (error.status == Status::unavailable && error.retry_after)
        return std::min<milliseconds>(*error.retry_after, minutes(15));
    if (renewal) return growing(failures + 1);
    if (error.status != Status::unavailable && error.status != Status::denied) return {};
    if (failures <= 1) return {};  // the first failure may be a blip: the next caller may try
    return growing(failures - 1);
}

std::size_t mixed(std::size_t seed, std::uint64_t value) noexcept {
    value += 0x9e3779b97f4a7c15ULL + seed;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<std::size_t>(value ^ (value >> 31));
}

}  // namespace

TokenEntry::Times TokenEntry::life(std::int64_t expires_at, std::int64_t wall, std::int64_t local,
                                   Deadline now) {
    // Bounded before it is subtracted: a plugin may say any number.
    const auto life =
        expires_at == 0 ? default_life : std::clamp(expires_at, wall, wall + longest_life) - wall;
    const auto margin = std::min(longest_margin, life / 10);
    Times times;
    times.expires_at = wall + life;
    times.hard_wall = local + life - margin;
    times.hard = now + std::chrono::seconds(life - margin);
    times.soft = now + std::chrono::milliseconds(life * 800);
    if (times.soft > times.hard) times.soft = times.hard;
    return times;
}

TokenSlot::Current TokenSlot::current() const {
    std::lock_guard lock(mutex_);
    return {current_, version_.load(std::memory_order_relaxed)};
}

TokenSlot::Joined TokenSlot::join(Deadline now, bool renewal, std::uint64_t seen,
                                  bool interaction) {
    std::lock_guard lock(mutex_);
    auto& flight = interaction ? interactive_flight_ : flight_;
    if (flight) return {flight, false, {}, false};
    // It landed between the caller's look and now: a second acquisition would be one too many.
    if (current_ && version_.load(std::memory_order_relaxed) != seen)
        return {nullptr, false, {}, true};
    if (failed_) {
        const auto& held_off = renewal ? failed_->renewals : failed_->callers;
        if (held_off.error && now < held_off.until) {
            auto error = *held_off.error;
            if (error.status == Status::unavailable)
                error.retry_after = std::chrono::ceil<std::chrono::seconds>(held_off.until - now);
            return {nullptr, false, std::move(error), false};
        }
    }
    flight = std::make_shared<TokenFlight>();
    return {flight, true, {}, false};
}

void TokenSlot::ended_locked(const std::shared_ptr<TokenFlight>& flight) {
    if (flight_ == flight) flight_.reset();
    if (interactive_flight_ == flight) interactive_flight_.reset();
}

void TokenSlot::replace_locked(TokenPointer& token) {
    current_.swap(token);
    version_.fetch_add(1, std::memory_order_acq_rel);
    failed_.reset();
}

std::optional<Deadline> TokenSlot::land(const std::shared_ptr<TokenFlight>& flight,
                                        Result<TokenPointer> result, Deadline now) {
    std::optional<Deadline> again;
    TokenPointer former;  // released, and perhaps wiped, outside of the lock
    {
        std::lock_guard lock(mutex_);
        ended_locked(flight);
        if (result) {
            former = *result;
            replace_locked(former);
        } else {
            const bool renewal = current_ && now < current_->times().hard;
            if (!failed_) failed_ = std::make_unique<Failed>();
            auto& held_off = renewal ? failed_->renewals : failed_->callers;
            ++held_off.failures;
            const auto pause = back_off(result.error(), held_off.failures, renewal);
            held_off.until = now + pause;
            held_off.error.reset();
            if (pause.count() > 0) held_off.error = result.error();
            if (renewal && held_off.until < current_->times().hard) again = held_off.until;
        }
    }
    flight->finish(std::move(result));
    return again;
}

void TokenSlot::put(TokenPointer token) {
    std::lock_guard lock(mutex_);
    replace_locked(token);
}

void TokenSlot::pass_on(const std::shared_ptr<TokenFlight>& flight, TokenPointer token) {
    {
        std::lock_guard lock(mutex_);
        ended_locked(flight);
        if (failed_) failed_->callers = {};
    }
    flight->finish(std::move(token));
}

bool TokenSlot::drop(const TokenEntry* token) {
    TokenPointer none;
    std::lock_guard lock(mutex_);
    if (!current_ || current_.get() != token) return false;
    replace_locked(none);
    return true;
}

TokenPointer TokenSlot::take_dead(Deadline now, std::int64_t wall) {
    const std::lock_guard lock(mutex_);
    if (!current_ || current_->usable(now, wall)) return nullptr;
    version_.fetch_add(1, std::memory_order_acq_rel);
    return std::exchange(current_, nullptr);  // what failed still holds off
}

std::size_t TokenCache::Hash::operator()(const TokenKey& key) const noexcept {
    auto hash = mixed(std::hash<std::string_view>{}(key.scope), key.context);
    hash = mixed(hash, key.session);
    return mixed(hash, key.generation);
}

std::size_t TokenCache::Hash::operator()(const Stored& key) const noexcept {
    return (*this)(TokenKey{key.context, key.session, key.generation, key.scope});
}

TokenCache::Shard& TokenCache::shard(std::uint64_t session) const {
    return shards_[mixed(0, session) % shard_count];
}

std::shared_ptr<TokenSlot> TokenCache::slot(const TokenKey& key) {
    auto& shard = this->shard(key.session);
    std::lock_guard lock(shard.mutex);
    if (const auto found = shard.slots.find(key); found != shard.slots.end()) return found->second;
    if (shard.slots.size() >= std::max<std::size_t>(1, max_slots_ / shard_count))
        shard.slots.erase(shard.slots.begin());
    auto slot = std::make_shared<TokenSlot>();
    shard.slots.emplace(Stored{key.context, key.session, key.generation, std::string(key.scope)},
                        slot);
    return slot;
}

std::shared_ptr<TokenSlot> TokenCache::find(const TokenKey& key) const {
    auto& shard = this->shard(key.session);
    std::lock_guard lock(shard.mutex);
    const auto found = shard.slots.find(key);
    return found == shard.slots.end() ? nullptr : found->second;
}

void TokenCache::forget(std::uint64_t session, std::uint64_t generation) {
    Map ended;  // wiped outside of the lock
    auto& shard = this->shard(session);
    const std::lock_guard lock(shard.mutex);
    for (auto entry = shard.slots.begin(); entry != shard.slots.end();) {
        const auto next = std::next(entry);
        if (entry->first.session == session && entry->first.generation < generation)
            ended.insert(shard.slots.extract(entry));
        entry = next;
    }
}

void TokenCache::drop_context(std::uint64_t context) {
    for (auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        for (const auto& [key, slot] : shard.slots)
            if (key.context == context) slot->drop(slot->current().token.get());
    }
}

void TokenCache::clear() {
    for (auto& shard : shards_) {
        Map slots;
        std::lock_guard lock(shard.mutex);
        slots.swap(shard.slots);
    }
}

}  // namespace mcp_auth::host

namespace mcp_auth {

AccessToken::AccessToken(std::shared_ptr<const host::TokenEntry> entry) noexcept
    : entry_(std::move(entry)) {}
std::string_view AccessToken::value() const noexcept {
    return entry_->value();
}
std::string_view AccessToken::type() const noexcept {
    return entry_->type();
}
std::string_view AccessToken::scope() const noexcept {
    return entry_->scope();
}
std::chrono::system_clock::time_point AccessToken::expires_at() const noexcept {
    return std::chrono::system_clock::from_time_t(
        static_cast<std::time_t>(entry_->times().expires_at));
}

}  // namespace mcp_auth
