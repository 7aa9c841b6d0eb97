// H2: this machine's clock, corrected by what servers' Date headers say.
#include "skewed_clock.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::host {
namespace {

using testing::ManualClock;

constexpr auto issuer = "https://auth.example";
constexpr auto other = "https://idp.example";

TEST(SkewedClock, LeavesASmallDifferenceAlone) {
    SkewedClock clock(std::make_shared<ManualClock>());
    for (const int skew : {29, -29, 0}) {
        clock.observe(issuer, ManualClock::start_wall + skew);
        EXPECT_EQ(clock.wall(), ManualClock::start_wall);
    }
    clock.observe(issuer, ManualClock::start_wall + 30);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall + 30);
    clock.observe(issuer, ManualClock::start_wall - 30);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall - 30);
}

TEST(SkewedClock, FollowsALocalClockThatWasPutRight) {
    const auto base = std::make_shared<ManualClock>();
    SkewedClock clock(base);
    clock.observe(issuer, ManualClock::start_wall + 600);
    base->set_wall(ManualClock::start_wall + 600);
    clock.observe(issuer, ManualClock::start_wall + 600);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall + 600);
}

TEST(SkewedClock, DoesNotBelieveAServerThatIsMoreThanADayOff) {
    SkewedClock clock(std::make_shared<ManualClock>());
    for (const std::int64_t date :
         {std::int64_t{0}, std::int64_t{-1}, ManualClock::start_wall + 86401,
          ManualClock::start_wall - 86401, std::int64_t{253'402'300'799}}) {
        clock.observe(issuer, date);
        EXPECT_EQ(clock.wall(), ManualClock::start_wall) << date;
    }
}

TEST(SkewedClock, BelievesEachServerForItself) {
    SkewedClock clock(std::make_shared<ManualClock>());
    clock.observe(issuer, ManualClock::start_wall + 7200);
    clock.observe(other, ManualClock::start_wall);
    EXPECT_EQ(clock.wall(issuer), ManualClock::start_wall + 7200);
    EXPECT_EQ(clock.wall(other), ManualClock::start_wall);
    EXPECT_EQ(clock.wall("https://never.heard.example"), ManualClock::start_wall);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall);
}

TEST(SkewedClock, IsCorrectedForAllOnceEveryServerSaysSo) {
    SkewedClock clock(std::make_shared<ManualClock>());
    clock.observe(issuer, ManualClock::start_wall - 3700);
    clock.observe(other, ManualClock::start_wall - 3600);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall - 3600);
    EXPECT_EQ(clock.wall("https://never.heard.example"), ManualClock::start_wall - 3600);
}

TEST(SkewedClock, GivesAnIssuerItsOwnClock) {
    const auto base = std::make_shared<ManualClock>();
    SkewedClock clock(base);
    clock.observe(issuer, ManualClock::start_wall + 600);
    const IssuerClock theirs(clock, issuer);
    EXPECT_EQ(theirs.wall(), ManualClock::start_wall + 600);
    EXPECT_EQ(theirs.now(), base->now());
}

TEST(SkewedClock, StaysBoundedWhateverIssuersThereAre) {
    SkewedClock clock(std::make_shared<ManualClock>());
    for (int i = 0; i < 5000; ++i)
        clock.observe("https://as" + std::to_string(i) + ".example", ManualClock::start_wall + 60);
    EXPECT_EQ(clock.wall(), ManualClock::start_wall + 60);
}

}  // namespace
}  // namespace mcp_auth::host
