#include "retry.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::chrono::milliseconds first_delay{200};
// For a caller that gave no deadline; the default time limit of an acquisition.
constexpr std::chrono::seconds longest_without_deadline{60};

}  // namespace

Bounds bounded(const Bounds& bounds, Clock& clock) {
    Bounds out = bounds;
    if (out.deadline == Deadline{}) out.deadline = clock.now() + longest_without_deadline;
    return out;
}

Result<void> check_bounds(const Bounds& bounds, const Clock& clock, std::string leg) {
    if (bounds.cancellation.cancelled())
        return Error(Status::cancelled, std::move(leg), "cancelled before this step");
    if (bounds.deadline != Deadline{} && clock.now() >= bounds.deadline)
        return Error(Status::deadline, std::move(leg), "no time was left for this step");
    return {};
}

Deadline::duration delay_before_retry(int tries, const Error& error, Clock& clock) {
    const auto backoff = first_delay * (1 << (tries - 1));
    std::uint16_t random = 0;
    clock.random(&random, sizeof random);
    const auto jitter = backoff * random / 0xffff;
    const std::chrono::milliseconds asked = error.retry_after.value_or(std::chrono::seconds(0));
    return std::max(asked, backoff) + jitter;
}

Result<void> pause(Deadline::duration delay, const Bounds& bounds, Clock& clock) {
    std::mutex mutex;
    std::condition_variable woken;
    // Before the lock: its destructor waits for a running action, which takes the mutex.
    const auto wake = bounds.cancellation.on_cancel([&] {
        const std::lock_guard lock(mutex);
        woken.notify_all();
    });
    const Deadline until = clock.now() + delay;
    std::unique_lock lock(mutex);
    while (clock.now() < until) {
        if (auto within = check_bounds(bounds, clock); !within) return within;
        clock.wait(woken, lock, until);
    }
    return check_bounds(bounds, clock);
}

}  // namespace mcp_auth::host
