#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/host/store.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth {
namespace {

using namespace std::chrono_literals;
using host::testing::ManualClock;

using MakeStore = std::shared_ptr<Store> (*)(const std::string& directory, std::size_t max_entries,
                                             std::shared_ptr<Clock> clock);

std::shared_ptr<Store> in_memory(const std::string&, std::size_t max_entries,
                                 std::shared_ptr<Clock> clock) {
    return Store::memory(max_entries, std::move(clock));
}
std::shared_ptr<Store> in_files(const std::string& directory, std::size_t max_entries,
                                std::shared_ptr<Clock> clock) {
    return Store::file(directory + "/store", max_entries, std::move(clock));
}

// What every store does; file_store_test.cpp has what only files do.
class AnyStore : public ::testing::TestWithParam<MakeStore> {
protected:
    std::string get(std::string_view key, std::int64_t now = 100) {
        auto value = store->get(key, now);
        EXPECT_TRUE(value);
        return value ? *value : std::string("(error)");
    }
    void put(std::string_view key, std::string_view value, std::int64_t expires_at = 0) {
        EXPECT_TRUE(store->put(key, value, expires_at));
    }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    host::testing::TemporaryDirectory directory;
    std::shared_ptr<Store> store = GetParam()(directory.path(), 3, clock);
};
INSTANTIATE_TEST_SUITE_P(Kept, AnyStore, ::testing::Values(&in_memory, &in_files),
                         [](const auto& test) { return test.index == 0 ? "InMemory" : "InFiles"; });

TEST_P(AnyStore, KeepsWhatWasPut) {
    EXPECT_EQ(get("a"), "");
    put("a", "one");
    put("b", std::string("t\0wo", 4));
    EXPECT_EQ(get("a"), "one");
    EXPECT_EQ(get("b"), std::string("t\0wo", 4));
    put("a", "three");
    EXPECT_EQ(get("a"), "three");
}

TEST_P(AnyStore, ErasesWithAnEmptyValue) {
    put("a", "one");
    put("a", "");
    EXPECT_EQ(get("a"), "");
    put("never", "");
    EXPECT_EQ(get("never"), "");
}

TEST_P(AnyStore, ForgetsAnEntryAtItsExpiry) {
    put("a", "one", 200);
    EXPECT_EQ(get("a", 199), "one");
    EXPECT_EQ(get("a", 200), "");
}

TEST_P(AnyStore, KeepsAnEntryWithoutExpiry) {
    put("a", "one", 0);
    EXPECT_EQ(get("a", 9'000'000'000), "one");
}

TEST(MemoryStore, HasForgottenAnExpiredEntryEvenForAClockThatWasSetBack) {
    const auto store = Store::memory();
    EXPECT_TRUE(store->put("a", "one", 200));
    EXPECT_EQ(*store->get("a", 200), "");
    EXPECT_EQ(*store->get("a", 100), "");
}

TEST(MemoryStore, DropsTheOldestEntryWhenItIsFull) {
    const auto store = Store::memory(3);
    const auto put = [&](const char* key, const char* value) {
        EXPECT_TRUE(store->put(key, value, 0));
    };
    const auto get = [&](const char* key) { return *store->get(key, 100); };
    put("a", "1");
    put("b", "2");
    put("c", "3");
    put("a", "new again");
    put("d", "4");
    EXPECT_EQ(get("b"), "");
    EXPECT_EQ(get("a"), "new again");
    EXPECT_EQ(get("c"), "3");
    EXPECT_EQ(get("d"), "4");
}

TEST(MemoryStore, NeverDropsWhatIsKeptForWhatExpires) {
    const auto store = Store::memory(10);
    const auto put = [&](const std::string& key, std::int64_t expires_at) {
        EXPECT_TRUE(store->put(key, "v", expires_at));
    };
    const auto has = [&](const std::string& key) { return !store->get(key, 100)->empty(); };
    for (int i = 0; i < 5; ++i) put("refresh" + std::to_string(i), 0);
    for (int i = 0; i < 100; ++i) put("jag" + std::to_string(i), 200);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(has("refresh" + std::to_string(i)));
    EXPECT_TRUE(has("jag99") && has("jag98"));
    EXPECT_FALSE(has("jag97"));  // a fifth of the room
    for (int i = 5; i < 10; ++i) put("refresh" + std::to_string(i), 0);
    EXPECT_FALSE(has("jag99"));
    put("jag", 200);
    EXPECT_FALSE(has("jag"));  // full of what may not go
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(has("refresh" + std::to_string(i)));
}

TEST_P(AnyStore, KeepsNothingWithoutRoom) {
    store = GetParam()(directory.path(), 0, clock);
    put("a", "1");
    EXPECT_EQ(get("a"), "");
}

TEST_P(AnyStore, RefusesAValueThatIsTooLarge) {
    put("a", "former");
    put("b", std::string(64 * 1024, 'x'));
    const auto refused = store->put("a", std::string(64 * 1024 + 1, 'x'), 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.status(), Status::invalid_argument);
    EXPECT_EQ(get("a"), "former");
}

TEST_P(AnyStore, ErasesByPrefixAndNothingElse) {
    store = GetParam()(directory.path(), 100, clock);
    for (const char* key : {"alice", "alice/1", "alice/2", "alicf", "alic", "bob"}) put(key, key);
    ASSERT_TRUE(store->erase_prefix("alice/", ""));
    EXPECT_EQ(get("alice/1"), "");
    EXPECT_EQ(get("alice/2"), "");
    for (const char* key : {"alice", "alicf", "alic", "bob"}) EXPECT_EQ(get(key), key);
    ASSERT_TRUE(store->erase_prefix("", ""));
    EXPECT_EQ(get("bob"), "");
}

TEST_P(AnyStore, ErasesByPrefixButForWhatIsExcepted) {
    store = GetParam()(directory.path(), 100, clock);
    for (const char* key : {"alice/", "alice/1", "alice/2", "alice/2/a", "bob/2"}) put(key, key);
    ASSERT_TRUE(store->erase_prefix("alice/", "alice/2"));
    for (const char* key : {"alice/", "alice/1"}) EXPECT_EQ(get(key), "");
    for (const char* key : {"alice/2", "alice/2/a", "bob/2"}) EXPECT_EQ(get(key), key);
}

TEST_P(AnyStore, LeasesDifferentKeysAtOnce) {
    const auto a = store->lease("a", {});
    const auto b = store->lease("b", {});
    EXPECT_TRUE(a && b);
}

TEST_P(AnyStore, LeasesAKeyAgainOnceItIsReleased) {
    auto first = store->lease("a", {});
    ASSERT_TRUE(first);
    first->reset();
    EXPECT_TRUE(store->lease("a", {}));
}

TEST_P(AnyStore, LetsAWaiterInWhenTheHolderReleases) {
    auto first = store->lease("a", {});
    ASSERT_TRUE(first);
    std::atomic<bool> released{false};
    std::thread waiter([&] {
        const auto second = store->lease("a", {});
        EXPECT_TRUE(second);
        EXPECT_TRUE(released);
    });
    clock->block_until_waiting();
    released = true;
    first->reset();
    waiter.join();
}

TEST_P(AnyStore, GivesUpALeaseAtTheDeadline) {
    const auto first = store->lease("a", {});
    Bounds bounds;
    bounds.deadline = clock->now() + 5s;
    std::optional<Status> status;
    std::thread waiter([&] { status = store->lease("a", bounds).status(); });
    clock->block_until_waiting();
    clock->advance(5s);
    waiter.join();
    EXPECT_EQ(status, Status::deadline);
}

TEST_P(AnyStore, GivesUpALeaseWhenCancelled) {
    const auto first = store->lease("a", {});
    Bounds bounds;
    std::optional<Status> status;
    std::thread waiter([&] { status = store->lease("a", bounds).status(); });
    clock->block_until_waiting();
    bounds.cancellation.cancel();
    waiter.join();
    EXPECT_EQ(status, Status::cancelled);
}

TEST_P(AnyStore, KeepsALeaseWhenAWaiterGaveUp) {
    auto first = store->lease("a", {});
    Bounds past;
    past.deadline = clock->now();
    EXPECT_EQ(store->lease("a", past).status(), Status::deadline);
    EXPECT_EQ(store->lease("a", past).status(), Status::deadline);
    first->reset();
    EXPECT_TRUE(store->lease("a", past));
}

TEST_P(AnyStore, LetsALeaseOutliveIt) {
    auto lease = store->lease("a", {});
    ASSERT_TRUE(lease);
    store.reset();
    lease->reset();
}

TEST_P(AnyStore, HasOneHolderOfAKeyAtATime) {
    store = GetParam()(directory.path(), 100, system_clock());
    std::atomic<int> holders{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                const auto lease = store->lease("k", {});
                EXPECT_TRUE(lease);
                EXPECT_EQ(++holders, 1);
                EXPECT_TRUE(store->put("v" + std::to_string(t), "x", 0));
                --holders;
            }
        });
    for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace mcp_auth
