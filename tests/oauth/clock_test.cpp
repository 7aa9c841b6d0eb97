#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

TEST(SystemClock, TellsUnixSecondsAndAMonotonicTime) {
    const auto clock = system_clock();
    EXPECT_GT(clock->wall(), 1'700'000'000);
    const auto first = clock->now();
    EXPECT_LE(first, clock->now());
    EXPECT_NE(first, Deadline{});
}

TEST(SystemClock, WaitsUntilADeadlineThatPassed) {
    const auto clock = system_clock();
    std::mutex mutex;
    std::condition_variable condition;
    std::unique_lock lock(mutex);
    clock->wait(condition, lock, clock->now() - 1s);
    EXPECT_TRUE(lock.owns_lock());
}

TEST(SystemClock, WaitsWithoutADeadlineUntilNotified) {
    const auto clock = system_clock();
    std::mutex mutex;
    std::condition_variable condition;
    bool ready = false;
    std::thread notifier([&] {
        const std::lock_guard lock(mutex);
        ready = true;
        condition.notify_all();
    });
    {
        std::unique_lock lock(mutex);
        while (!ready) clock->wait(condition, lock, Deadline::max());
    }
    notifier.join();
    EXPECT_TRUE(ready);
}

// More than one call of the system's source is needed for this many.
TEST(SystemClock, FillsEveryByteAtRandom) {
    std::array<unsigned char, 700> bytes{};
    std::set<unsigned char> last_ones;
    for (int i = 0; i < 32; ++i) {
        system_clock()->random(bytes.data(), bytes.size());
        last_ones.insert(bytes.back());
    }
    EXPECT_GT(last_ones.size(), 4u);
}

TEST(ManualClock, MovesOnlyWhenItIsTold) {
    ManualClock clock;
    const auto now = clock.now();
    EXPECT_EQ(clock.now(), now);
    clock.advance(90s);
    EXPECT_EQ(clock.now(), now + 90s);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall + 90);
    clock.set_wall(1000);
    EXPECT_EQ(clock.wall(), 1000);
    EXPECT_EQ(clock.now(), now + 90s);
}

TEST(ManualClock, EndsAWaitWhenItIsMovedPastTheDeadline) {
    ManualClock clock;
    const auto until = clock.now() + 10s;
    std::thread waiter([&] {
        std::mutex mutex;
        std::condition_variable condition;
        std::unique_lock lock(mutex);
        while (clock.now() < until) clock.wait(condition, lock, until);
    });
    clock.block_until_waiting();
    clock.advance(11s);
    waiter.join();
    EXPECT_EQ(clock.waits().front(), until);
}

TEST(ManualClock, JumpsToTheDeadlineOfAWaitWhenItAdvancesItself) {
    ManualClock clock;
    clock.auto_advance(true);
    const auto until = clock.now() + 3h;
    std::mutex mutex;
    std::condition_variable condition;
    std::unique_lock lock(mutex);
    clock.wait(condition, lock, until);
    EXPECT_EQ(clock.now(), until);
    EXPECT_EQ(clock.waits().size(), 1u);
}

}  // namespace
}  // namespace mcp_auth::host
