#include "skewed_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace mcp_auth::host {

namespace {

constexpr std::int64_t small_skew = 30;  // network delay and rounding look so
constexpr std::int64_t unbelievable_skew = 24 * 60 * 60;
constexpr std::size_t most_issuers = 1024;

}  // namespace

std::int64_t SkewedClock::offset_locked() const {
    const auto least = std::min_element(
        offsets_.begin(), offsets_.end(),
        [](const auto& a, const auto& b) { return std::abs(a.second) < std::abs(b.second); });
    return least == offsets_.end() ? 0 : least->second;
}

std::int64_t SkewedClock::wall(std::string_view issuer) const {
    const auto now = clock_->wall();
    const std::lock_guard lock(mutex_);
    const auto known = offsets_.find(issuer);
    return now + (known != offsets_.end() ? known->second : offset_locked());
}

std::int64_t SkewedClock::wall() const {
    const auto now = clock_->wall();
    const std::lock_guard lock(mutex_);
    return now + offset_locked();
}

void SkewedClock::observe(std::string_view issuer, std::int64_t server_date) {
    const auto offset = server_date - clock_->wall();
    // With a clock a day off TLS would hardly have got here: the server is wrong, not we.
    if (offset > unbelievable_skew || offset < -unbelievable_skew) return;
    const auto believed = std::abs(offset) < small_skew ? 0 : offset;
    const std::lock_guard lock(mutex_);
    if (const auto known = offsets_.find(issuer); known != offsets_.end()) {
        known->second = believed;
        return;
    }
    if (offsets_.size() >= most_issuers) offsets_.erase(offsets_.begin());
    offsets_.emplace(issuer, believed);
}

}  // namespace mcp_auth::host
