// A clock that only a test moves. Waits end when they are notified or when the clock was moved
// past their deadline, never because real time went by.
//
//     auto clock = std::make_shared<ManualClock>();
//     std::thread waiter([&] { subject_under_test(*clock); });
//     clock->block_until_waiting();      // somebody is inside wait()
//     clock->advance(std::chrono::seconds(5));
//
// With auto_advance(true) a wait moves the clock to its own deadline and returns at once, so that
// a retry with back-off runs through without a second thread.
#pragma once

#include <mcp_auth/host/clock.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace mcp_auth::host::testing {

class ManualClock final : public Clock {
public:
    static constexpr std::int64_t start_wall = 1'800'000'000;

    std::int64_t wall() const override {
        const std::lock_guard lock(mutex_);
        return wall_ + std::chrono::duration_cast<std::chrono::seconds>(elapsed_).count();
    }
    Deadline now() const override {
        const std::lock_guard lock(mutex_);
        return now_locked();
    }

    // May return early: it looks at the clock every few milliseconds of real time instead of being
    // notified, because advance() cannot take the waiter's own mutex and would lose the race
    // against a waiter that is about to block.
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        {
            const std::lock_guard own(mutex_);
            if (now_locked() >= until) return;
            waits_.push_back(until);
            if (auto_advance_) {
                elapsed_ = until - base();
                return;
            }
            ++waiting_;
            ++entered_;
        }
        entered_changed_.notify_all();
        condition.wait_for(lock, std::chrono::milliseconds(2));
        const std::lock_guard own(mutex_);
        --waiting_;
    }

    // Deterministic: 0, 1, 2, ... modulo 256, over all calls; or set_random's byte, for ever.
    void random(void* bytes, std::size_t size) override {
        const std::lock_guard lock(mutex_);
        auto* out = static_cast<unsigned char*>(bytes);
        for (std::size_t i = 0; i < size; ++i)
            out[i] = fixed_random_ >= 0 ? static_cast<unsigned char>(fixed_random_) : counter_++;
    }

    template <class Rep, class Period>
    void advance(std::chrono::duration<Rep, Period> by) {
        const std::lock_guard lock(mutex_);
        elapsed_ += std::chrono::duration_cast<Deadline::duration>(by);
    }
    // The wall clock alone, as an administrator or NTP would set it.
    void set_wall(std::int64_t unix_seconds) {
        const std::lock_guard lock(mutex_);
        wall_ = unix_seconds - std::chrono::duration_cast<std::chrono::seconds>(elapsed_).count();
    }
    void auto_advance(bool on) {
        const std::lock_guard lock(mutex_);
        auto_advance_ = on;
    }
    void set_random(unsigned char byte) {
        const std::lock_guard lock(mutex_);
        fixed_random_ = byte;
    }

    // Returns once some thread is, or since this call was, inside wait().
    void block_until_waiting() const {
        std::unique_lock lock(mutex_);
        const auto seen = entered_;
        entered_changed_.wait(lock, [&] { return waiting_ > 0 || entered_ > seen; });
    }
    // The deadlines that waits were given, in order. One wait may stand here several times unless
    // auto_advance is on.
    std::vector<Deadline> waits() const {
        const std::lock_guard lock(mutex_);
        return waits_;
    }

private:
    // Not zero: Deadline{} means "none was given".
    static Deadline base() { return Deadline{} + std::chrono::hours(1); }
    Deadline now_locked() const { return base() + elapsed_; }

    mutable std::mutex mutex_;
    mutable std::condition_variable entered_changed_;
    std::int64_t wall_ = start_wall;
    Deadline::duration elapsed_{0};
    bool auto_advance_ = false;
    int fixed_random_ = -1;
    unsigned char counter_ = 0;
    int waiting_ = 0;
    std::uint64_t entered_ = 0;
    std::vector<Deadline> waits_;
};

}  // namespace mcp_auth::host::testing
