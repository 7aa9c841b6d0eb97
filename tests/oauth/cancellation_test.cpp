#include <mcp_auth/host/wait.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth {
namespace {

using Subscription = Cancellation::Subscription;

TEST(Cancellation, IsSharedByItsCopies) {
    Cancellation stop;
    const Cancellation copy = stop;
    EXPECT_FALSE(copy.cancelled());
    stop.cancel();
    EXPECT_TRUE(copy.cancelled());
}

TEST(Cancellation, RunsEachActionOnce) {
    Cancellation stop;
    int first = 0, second = 0;
    const auto a = stop.on_cancel([&] { ++first; });
    const auto b = stop.on_cancel([&] { ++second; });
    stop.cancel();
    stop.cancel();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
}

TEST(Cancellation, RunsAnActionAtOnceWhenItIsCancelledAlready) {
    Cancellation stop;
    stop.cancel();
    int runs = 0;
    const auto subscription = stop.on_cancel([&] { ++runs; });
    EXPECT_EQ(runs, 1);
}

TEST(Cancellation, ForgetsADroppedSubscription) {
    Cancellation stop;
    std::vector<int> ran;
    const auto first = stop.on_cancel([&] { ran.push_back(1); });
    {
        const auto dropped = stop.on_cancel([&] { ran.push_back(2); });
    }
    auto third = stop.on_cancel([&] { ran.push_back(3); });
    third = Subscription();
    const auto fourth = stop.on_cancel([&] { ran.push_back(4); });
    stop.cancel();
    std::sort(ran.begin(), ran.end());
    EXPECT_EQ(ran, (std::vector<int>{1, 4}));
}

TEST(Cancellation, KeepsASubscriptionThatWasMoved) {
    Cancellation stop;
    int runs = 0;
    auto subscription = stop.on_cancel([&] { ++runs; });
    const Subscription moved = std::move(subscription);
    stop.cancel();
    EXPECT_EQ(runs, 1);
}

TEST(Cancellation, LetsAnActionDropItsOwnSubscription) {
    Cancellation stop;
    std::optional<Subscription> own;
    bool ran = false;
    const auto shared = std::make_shared<int>(1);
    own = stop.on_cancel([&own, &ran, shared] {
        own.reset();
        ran = *shared == 1;  // the action itself is still alive
    });
    stop.cancel();
    EXPECT_TRUE(ran);
    EXPECT_EQ(shared.use_count(), 1);
}

TEST(Cancellation, LetsAnActionDropAnotherSubscription) {
    Cancellation stop;
    std::optional<Subscription> a, b;
    int ran = 0;
    a = stop.on_cancel([&] { ++ran, b.reset(); });
    b = stop.on_cancel([&] { ++ran, a.reset(); });
    stop.cancel();
    EXPECT_EQ(ran, 1);
}

TEST(Cancellation, LetsAnActionCancelSubscribeAndDropTheLastHandle) {
    auto stop = std::make_unique<Cancellation>();
    auto& held = *stop;
    int inner = 0;
    const auto subscription = held.on_cancel([&] {
        Cancellation copy = held;
        copy.cancel();
        const auto nested = copy.on_cancel([&] { ++inner; });
        stop.reset();
    });
    Cancellation(held).cancel();
    EXPECT_EQ(inner, 1);
}

TEST(Cancellation, RunsActionsOutsideOfItsLock) {
    Cancellation stop;
    bool seen = false;
    const auto subscription = stop.on_cancel([&] {
        // Another thread gets at the lock while the action runs.
        seen = std::async(std::launch::async, [&] {
                   const auto other = stop.on_cancel([] {});
                   return stop.cancelled();
               }).get();
    });
    stop.cancel();
    EXPECT_TRUE(seen);
}

TEST(Cancellation, WaitsForAnActionThatRunsOnAnotherThread) {
    Cancellation stop;
    std::promise<void> entered, proceed;
    std::atomic<bool> finished{false};
    std::optional<Subscription> subscription = stop.on_cancel([&] {
        entered.set_value();
        proceed.get_future().wait();
        finished = true;
    });
    std::thread canceller([&] { stop.cancel(); });
    entered.get_future().wait();
    std::thread dropper([&] {
        subscription.reset();
        EXPECT_TRUE(finished);
    });
    proceed.set_value();
    dropper.join();
    canceller.join();
}

TEST(Cancellation, IsNeverCancelledOnceMovedFrom) {
    Cancellation stop;
    const Cancellation moved = std::move(stop);
    stop.cancel();  // NOLINT(bugprone-use-after-move): must be harmless
    EXPECT_FALSE(stop.cancelled());
    EXPECT_FALSE(moved.cancelled());
}

// For the thread sanitizer, and for crashes: every order of subscribing, dropping and cancelling.
TEST(Cancellation, StandsSubscribersAndCancellersThatRace) {
    for (int round = 0; round < 50; ++round) {
        Cancellation stop;
        std::atomic<int> ran{0}, alive{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i) {
                    int local = 0;  // gone after the subscription: a late action would be seen
                    const auto subscription = stop.on_cancel([&] { ++local, ++ran; });
                    if (stop.cancelled()) ++alive;
                }
            });
        threads.emplace_back([&] { stop.cancel(); });
        for (auto& thread : threads) thread.join();
        EXPECT_LE(ran, 200);
        EXPECT_LE(alive, 200);
        EXPECT_TRUE(stop.cancelled());
    }
}

}  // namespace
}  // namespace mcp_auth
