#include <mcp_auth/host/clock.hpp>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace mcp_auth {
namespace {

class SystemClock final : public Clock {
public:
    std::int64_t wall() const override {
        // Whole seconds: the coarse clock lags by a few milliseconds and costs a fifth.
        timespec now{};
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        return now.tv_sec;
    }

    Deadline now() const override { return std::chrono::steady_clock::now(); }

    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        if (until == Deadline::max())
            condition.wait(lock);
        else
            condition.wait_until(lock, until);
    }

    void random(void* bytes, std::size_t size) override {
        constexpr std::size_t at_once = 256;  // the most that getentropy gives
        auto* next = static_cast<unsigned char*>(bytes);
        while (size != 0) {
            const auto piece = std::min(size, at_once);
            // Without randomness a nonce or a state would be guessable: nothing may go on.
            if (getentropy(next, piece) != 0) std::abort();
            next += piece;
            size -= piece;
        }
    }
};

}  // namespace

std::shared_ptr<Clock> system_clock() {
    return std::make_shared<SystemClock>();
}

}  // namespace mcp_auth
