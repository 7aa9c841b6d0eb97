// The life of a token: soft and hard expiry, and what a failure holds off.
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class RenewalTest : public CoreTest {
protected:
    // The background renewal runs on the pool: wait until it has asked.
    void until_acquisitions(std::size_t count) {
        while (acquisitions() < count) std::this_thread::yield();
    }
    std::string shown(const Connection& chat) {
        const auto token = chat.token();
        return token ? std::string(token->value()) : token.error().message;
    }
};

TEST_F(RenewalTest, AFreshTokenIsNotRenewed) {
    grant_next("t1", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(799));
    EXPECT_EQ(shown(chat), "t1");
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(RenewalTest, AtFourFifthsOfItsLifeTheOldTokenIsServedWhileItIsRenewed) {
    grant_next("t1", 1000);
    grant_next("t2", 1000);
    Barrier renewal;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        if (request.reason == plugin::Reason::expiring) renewal.pass();
        return ask_token_endpoint(call, request);
    };
    const auto chat = connect();
    EXPECT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(801));
    renewal.until_arrived();
    EXPECT_EQ(shown(chat), "t1");
    renewal.open();
    std::string now;
    while ((now = shown(chat)) == "t1") std::this_thread::yield();
    EXPECT_EQ(now, "t2");
}

TEST_F(RenewalTest, ShortlyBeforeExpiryItIsNotHandedOut) {
    grant_next("t1", 1000);
    grant_next("t2", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(975));
    EXPECT_FALSE(chat.cached());
    EXPECT_EQ(shown(chat), "t2");
}

TEST_F(RenewalTest, TheOldTokenIsServedWhileRenewalFails) {
    grant_next("t1", 1000);
    http->on("POST", token_url).always().json(400, R"({"error": "invalid_scope"})");
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(801));
    EXPECT_EQ(shown(chat), "t1");
    until_acquisitions(2);
    EXPECT_EQ(shown(chat), "t1");
}

TEST_F(RenewalTest, AnAbsentLifeIsFiveMinutes) {
    grant_next("t1", 0);
    const auto chat = connect();
    const auto token = chat.token();
    ASSERT_TRUE(token);
    EXPECT_EQ(std::chrono::system_clock::to_time_t(token->expires_at()),
              ManualClock::start_wall + 300);
}

TEST_F(RenewalTest, AWallClockThatJumpsBackDoesNotMakeATokenImmortal) {
    grant_next("t1", 1000);
    grant_next("t2", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(1001));
    clock->set_wall(ManualClock::start_wall - 100'000);
    EXPECT_EQ(shown(chat), "t2");
}

TEST_F(RenewalTest, AMachineThatSleptDoesNotShowADeadToken) {
    grant_next("t1", 1000);
    grant_next("t2", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->set_wall(ManualClock::start_wall + 2000);  // the monotonic clock stood still
    EXPECT_EQ(shown(chat), "t2");
}

TEST_F(RenewalTest, AServersWrongDateEndsNoTokenThatWasWonBefore) {
    grant_next("t1", 1000);
    http->on("POST", token_url)
        .json(200, R"({"access_token": "t2", "token_type": "Bearer", "expires_in": 1000})",
              {{"Date", "Fri, 15 Jan 2027 10:00:00 GMT"}});  // two hours ahead of us
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    Wait other;
    other.scope = "other";
    const auto ahead = chat.token(other);
    ASSERT_TRUE(ahead);
    EXPECT_EQ(std::chrono::system_clock::to_time_t(ahead->expires_at()),
              ManualClock::start_wall + 7200 + 1000);  // as that server has it
    EXPECT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(700));
    EXPECT_EQ(chat.token(other)->value(), "t2");  // and it lives as long as it was granted for
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(RenewalTest, RetryAfterHoldsTheNextCallerOff) {
    for (int i = 0; i < 3; ++i)
        http->on("POST", token_url).json(503, "{}", {{"Retry-After", "600"}});
    grant_next("t1");
    const auto chat = connect();
    ASSERT_EQ(chat.token().status(), Status::unavailable);
    const auto asked = acquisitions();
    const auto held_off = chat.token();
    ASSERT_FALSE(held_off);
    EXPECT_EQ(held_off.error().status, Status::unavailable);
    ASSERT_TRUE(held_off.error().retry_after);
    EXPECT_LE(*held_off.error().retry_after, std::chrono::seconds(600));
    EXPECT_EQ(acquisitions(), asked);
    clock->advance(std::chrono::seconds(601));
    (void)chat.token();
    EXPECT_GT(acquisitions(), asked);
}

TEST_F(RenewalTest, ATokenInUseIsRenewedBeforeAnybodyAsksAgain) {
    grant_next("t1", 1000);
    grant_next("t2", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(801));
    until_acquisitions(2);
    std::optional<AccessToken> token;
    while (!(token = chat.cached()) || token->value() == "t1") std::this_thread::yield();
    EXPECT_EQ(token->value(), "t2");
}

TEST_F(RenewalTest, AFailedRenewalDoesNotHoldOffACallerWhoHasNoTokenAnyMore) {
    grant_next("t1", 1000);
    http->on("POST", token_url).json(400, R"({"error": "invalid_scope"})");
    grant_next("t2", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    clock->advance(std::chrono::seconds(969));
    EXPECT_EQ(shown(chat), "t1");
    until_acquisitions(2);
    clock->advance(std::chrono::milliseconds(1500));  // past use, and within the pause or near it
    std::string now;
    // Whoever joins the renewal that is just failing shares its failure; the next one does not.
    while ((now = shown(chat)) != "t2") std::this_thread::yield();
    EXPECT_EQ(acquisitions(), 3U);
}

TEST_F(RenewalTest, WhatHappenedIsCounted) {
    grant_next("t1", 1000);
    const auto chat = connect();
    ASSERT_EQ(shown(chat), "t1");
    ASSERT_EQ(shown(chat), "t1");
    ASSERT_TRUE(chat.cached());
    const auto metrics = host_->metrics();
    EXPECT_EQ(metrics.cached, 2U);
    ASSERT_FALSE(metrics.legs.empty());
    const auto& whole = metrics.legs.back();
    EXPECT_EQ(whole.leg, "acquisition");
    EXPECT_EQ(whole.by_status[0], 1U);
    EXPECT_EQ(whole.latency.count, 1U);
    EXPECT_EQ(whole.latency.counts[0], 1U);  // the manual clock stood still
}

// What the timer does by itself, seen from outside: one thread in the pool, so that settle() tells
// when all is done that was to be done.
class BackgroundRenewalTest : public RaceTest {
protected:
    BackgroundRenewalTest() {
        threads = 1;
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            auto token = grant_of(call, request);
            const std::string who(token ? token->access_token : std::string_view());
            if (down && who.starts_with("alice/"))
                return Result<plugin::Token>(Error{Status::unavailable, "redemption", "down"});
            return token;
        };
    }
    void TearDown() override {
        gate.open();
        RaceTest::TearDown();
    }
    std::atomic<bool> down{false};
};

TEST_F(BackgroundRenewalTest, ATokenThatNobodyUsedIsNotRenewedAgain) {
    const auto chat = connect();
    const auto alice = user("alice");
    ASSERT_TRUE(chat.token(as(alice)));
    clock->advance(std::chrono::seconds(801));
    settle(chat);
    EXPECT_EQ(acquired("alice"), 2);  // the first was handed out
    clock->advance(std::chrono::seconds(801));
    settle(chat);
    EXPECT_EQ(acquired("alice"), 2);                                 // the second was not
    EXPECT_TRUE(text(chat.token(as(alice))).starts_with("alice/"));  // and is there all the same
}

TEST_F(BackgroundRenewalTest, ATokenThatWasUsedSinceItsLastRenewalIsRenewedAgain) {
    const auto chat = connect();
    const auto alice = user("alice");
    ASSERT_TRUE(chat.token(as(alice)));
    for (int renewals = 1; renewals <= 3; ++renewals) {
        clock->advance(std::chrono::seconds(801));
        settle(chat);
        EXPECT_EQ(acquired("alice"), 1 + renewals);
        EXPECT_TRUE(chat.cached(alice));
    }
}

TEST_F(BackgroundRenewalTest, ARenewalThatFailsIsTriedAgainAfterPausesThatGrow) {
    const auto chat = connect();
    const auto alice = user("alice");
    const auto first = text(chat.token(as(alice)));
    down = true;
    clock->advance(std::chrono::seconds(800));
    settle(chat);
    int tries = 2;
    EXPECT_EQ(acquired("alice"), tries);
    for (const int pause : {1, 2, 4, 8, 16, 32, 60}) {  // 123 s in all: the old one is good for 170
        clock->advance(std::chrono::seconds(pause) - std::chrono::milliseconds(1));
        settle(chat);
        EXPECT_EQ(acquired("alice"), tries) << pause;
        EXPECT_EQ(text(chat.token(as(alice))), first);  // nor does a caller hurry it
        settle(chat);
        EXPECT_EQ(acquired("alice"), tries) << pause;
        clock->advance(std::chrono::milliseconds(1));
        settle(chat);
        EXPECT_EQ(acquired("alice"), ++tries) << pause;
    }
    down = false;
    clock->advance(std::chrono::seconds(60));  // past its use
    const auto next = text(chat.token(as(alice)));
    EXPECT_TRUE(next.starts_with("alice/")) << next;
    EXPECT_NE(next, first);
}

TEST_F(BackgroundRenewalTest, ARenewalThatIsToldToWaitWaits) {
    const auto chat = connect();
    const auto alice = user("alice");
    const auto first = text(chat.token(as(alice)));
    const auto granting = grant.acquire;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        auto token = granting(call, request);
        if (token) return token;
        auto error = token.error();
        error.retry_after = std::chrono::seconds(100);
        return Result<plugin::Token>(std::move(error));
    };
    down = true;
    clock->advance(std::chrono::seconds(800));
    settle(chat);
    EXPECT_EQ(acquired("alice"), 2);
    clock->advance(std::chrono::seconds(99));
    settle(chat);
    EXPECT_EQ(acquired("alice"), 2);
    EXPECT_EQ(text(chat.token(as(alice))), first);
    clock->advance(std::chrono::seconds(1));
    settle(chat);
    EXPECT_EQ(acquired("alice"), 3);
}

}  // namespace
}  // namespace mcp_auth::host::testing
