// Issue 3, points 1 and 7: the cache is bounded, and a user's end is theirs alone.
#include "token_cache.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::host {
namespace {

constexpr std::int64_t wall = 1'800'000'000;

TEST(TokenCache, KeepsAtMostAsManySlotsAsItMay) {
    TokenCache cache(1024);
    const auto held = cache.slot({1, 1, 1, "read"});
    for (std::uint64_t session = 2; session < 10'000; ++session)
        (void)cache.slot({1, session, 1, "read"});
    std::size_t kept = 0;
    for (std::uint64_t session = 1; session < 10'000; ++session)
        kept += cache.find({1, session, 1, "read"}) != nullptr ? 1U : 0U;
    EXPECT_LE(kept, 1024U);
    EXPECT_GT(kept, 0U);
    EXPECT_EQ(held->version(), 0U);  // whoever holds a slot that went keeps it
}

TEST(TokenCache, ForgetsTheFormerGenerationsOfOneSessionAndNothingElse) {
    TokenCache cache;
    for (std::uint64_t session = 1; session <= 1000; ++session)
        for (std::uint64_t generation = 1; generation <= 3; ++generation)
            (void)cache.slot({1, session, generation, "read"});
    (void)cache.slot({2, 7, 1, "write"});
    cache.forget(7, 3);
    for (std::uint64_t session = 1; session <= 1000; ++session)
        for (std::uint64_t generation = 1; generation <= 3; ++generation)
            EXPECT_EQ(cache.find({1, session, generation, "read"}) == nullptr,
                      session == 7 && generation < 3);
    EXPECT_FALSE(cache.find({2, 7, 1, "write"}));
}

TEST(TokenCache, KeepsKeysApartThatDifferInOnePart) {
    TokenCache cache;
    const auto slot = cache.slot({1, 1, 1, "read"});
    EXPECT_EQ(cache.find({1, 1, 1, "read"}), slot);
    for (const TokenKey& key :
         {TokenKey{2, 1, 1, "read"}, TokenKey{1, 2, 1, "read"}, TokenKey{1, 1, 2, "read"},
          TokenKey{1, 1, 1, "write"}, TokenKey{1, 1, 1, ""}})
        EXPECT_NE(cache.slot(key), slot);
}

// What holds a caller off holds no renewal off, and the other way round.
TEST(TokenSlot, RemembersTheFailuresOfCallersAndOfRenewalsApart) {
    const Deadline now = Deadline{} + std::chrono::hours(1);
    TokenSlot slot;
    const auto failed = [&](bool renewal) {
        auto joined = slot.join(now, renewal, slot.version());
        ASSERT_TRUE(joined.created);
        Error error{Status::unavailable, "token", "down"};
        error.retry_after = std::chrono::seconds(100);
        (void)slot.land(joined.flight, error, now);
    };
    failed(false);
    EXPECT_FALSE(slot.join(now, false, slot.version()).flight);
    slot.put(std::make_shared<const TokenEntry>(Secret("t"), "Bearer", "read",
                                                TokenEntry::life(wall + 1000, wall, wall, now)));
    failed(true);
    EXPECT_FALSE(slot.join(now, true, slot.version()).flight);
    EXPECT_TRUE(slot.join(now, false, slot.version()).created);
}

}  // namespace
}  // namespace mcp_auth::host
