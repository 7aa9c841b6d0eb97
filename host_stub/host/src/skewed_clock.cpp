#include "skewed_clock.hpp"

namespace mcp_auth::host {
namespace {

constexpr std::int64_t small_skew = 30;  // network delay and rounding look so
constexpr std::int64_t unbelievable_skew = 24 * 60 * 60;

}  // namespace

std::int64_t SkewedClock::wall() const {
    return clock_->wall() + offset_.load();
}

void SkewedClock::observe(std::int64_t server_date) {
    const auto offset = server_date - clock_->wall();
    // With a clock a day off TLS would hardly have got here: the server is wrong, not we.
    if (offset > unbelievable_skew || offset < -unbelievable_skew) return;
    offset_.store(offset < small_skew && offset > -small_skew ? 0 : offset);
}

}  // namespace mcp_auth::host
