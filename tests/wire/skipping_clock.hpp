// A clock that goes as the system's does, but lets nobody wait for the next try: a short wait, as a
// pause between tries and an interval between polls are, moves it to its own end and is over.
#pragma once

#include <mcp_auth/host/clock.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace mcp_auth::wire {

class SkippingClock final : public Clock {
public:
    std::int64_t wall() const override {
        return start_wall +
               std::chrono::duration_cast<std::chrono::seconds>(now() - begun_).count();
    }
    Deadline now() const override {
        return std::chrono::steady_clock::now() + Deadline::duration(skipped_);
    }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        const auto left = until - now();
        if (skips_ && left <= longest_pause) {
            if (left.count() > 0) skipped_ += left.count();
            return;
        }
        // advance() wakes nobody, so whoever waits looks again soon.
        condition.wait_for(lock, std::min<Deadline::duration>(left, std::chrono::milliseconds(20)));
    }
    void random(void* bytes, std::size_t size) override {
        RAND_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size));
    }

    void advance(std::chrono::seconds by) { skipped_ += Deadline::duration(by).count(); }
    // Off: every wait is a real one, for a deadline that is to pass.
    void skip(bool on) { skips_ = on; }

private:
    static constexpr std::int64_t start_wall = 1'800'000'000;
    static constexpr std::chrono::minutes longest_pause{2};

    const Deadline begun_ = std::chrono::steady_clock::now();
    std::atomic<Deadline::rep> skipped_{0};
    std::atomic<bool> skips_{true};
};

}  // namespace mcp_auth::wire
