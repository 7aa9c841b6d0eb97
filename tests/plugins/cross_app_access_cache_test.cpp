// ID-JAGs that are shown again, and servers that want each one once (design.md "Single use").
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::ElementsAre;

class CrossAppAccessCache : public World {
protected:
    // A first acquisition, whose ID-JAG is kept.
    std::string acquire_first() {
        const std::string id_jag = exchange_gives_one();
        redemption_succeeds();
        EXPECT_TRUE(acquire());
        return id_jag;
    }
};

TEST_F(CrossAppAccessCache, AnIdJagIsShownAgainWhileItLasts) {
    const std::string id_jag = acquire_first();
    host.advance(std::chrono::seconds(239));
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::expiring));

    EXPECT_EQ(exchanges().size(), 1u);
    EXPECT_THAT(assertions_shown(), ElementsAre(id_jag, id_jag));
    EXPECT_EQ(redemptions()[1].fields, redemptions()[0].fields);
    EXPECT_TRUE(logged("id_jag reused"));
}

TEST_F(CrossAppAccessCache, AnIdJagOutlivesTheProcessWhereTheStoreDoes) {
    const std::string id_jag = acquire_first();
    restart();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(id_jag, id_jag));
}

TEST_F(CrossAppAccessCache, AnIdJagThatIsAboutToExpireIsReplaced) {
    const std::string first = acquire_first();
    host.advance(std::chrono::seconds(240));
    const std::string second = exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
}

TEST_F(CrossAppAccessCache, ARejectedTokenIsRenewedWithANewIdJag) {
    const std::string first = acquire_first();
    const std::string second = exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::rejected));

    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
}

TEST_F(CrossAppAccessCache, AStepUpUsesANewIdJag) {
    const std::string first = acquire_first();
    const std::string second = exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::insufficient_scope));

    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
}

TEST_F(CrossAppAccessCache, AnIdJagIsKeptThroughAnOutageOfTheAuthorizationServer) {
    const std::string id_jag = exchange_gives_one();
    redemption_fails(Error(Status::unavailable, "redemption", "503"));
    ASSERT_EQ(acquire().status(), Status::unavailable);
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(exchanges().size(), 1u);
    EXPECT_THAT(assertions_shown(), ElementsAre(id_jag, id_jag));
}

TEST_F(CrossAppAccessCache, TheUserIsAskedForBeforeAKeptIdJagIsUsed) {
    acquire_first();
    host.subject(MCP_AUTH_TYPE_ID_TOKEN,
                 Error(Status::interaction_required, "subject", "nobody is signed in"));

    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(redemptions().size(), 1u);
}

TEST_F(CrossAppAccessCache, AnotherResourceHasAnIdJagOfItsOwn) {
    acquire_first();
    exchange_gives(id_jag(with(id_jag_claims(), "resource", "https://mcp.chat.example/b")));
    redemption_succeeds();
    auto request = token_request();
    request.resource = "https://mcp.chat.example/b";

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessCache, AnotherScopeHasAnIdJagOfItsOwn) {
    acquire_first();
    const std::string narrow = id_jag(with(id_jag_claims(), "scope", "chat.read"));
    exchange_answers(with(exchange_body(narrow), "scope", "chat.read"));
    redemption_succeeds();
    auto request = token_request();
    request.scope = "chat.read";

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessCache, TheSameScopesInAnotherOrderAreTheSame) {
    acquire_first();
    redemption_succeeds();
    auto request = token_request();
    request.scope = "chat.write chat.read";

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessCache, AnotherClientHasAnIdJagOfItsOwn) {
    acquire_first();
    host.client("mcp", {"another-client", issuer, "", ""});
    exchange_gives(id_jag(with(id_jag_claims(), "client_id", "another-client")));
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessCache, AnotherAuthorizationServerHasAnIdJagOfItsOwn) {
    acquire_first();
    const std::string other = "https://auth.other.example";
    host.client("mcp", {mcp_client, other, "", ""});
    exchange_gives(id_jag(with(id_jag_claims(), "aud", other)));
    redemption_succeeds();
    auto request = token_request();
    request.issuer = other;

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessCache, AnotherDpopKeyHasAnIdJagOfItsOwn) {
    acquire_first();
    set_dpop_jkt("new-thumbprint");
    exchange_gives_one();
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessCache, AKeptIdJagThatNoLongerFitsTheConfigurationIsReplaced) {
    acquire_first();
    restart();
    set_settings(R"({"expected_audience":"urn:partner:chat"})");
    exchange_gives(id_jag(with(id_jag_claims(), "aud", "urn:partner:chat")));
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessCache, AnEncryptedIdJagWhoseExpiryNobodySaidIsNotKept) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    for (const auto* jwe : {"CANARY-jwe-1.b.c.d.e", "CANARY-jwe-2.b.c.d.e"}) {
        exchange_answers(without(exchange_body(jwe), "expires_in"));
        redemption_succeeds();
        EXPECT_TRUE(acquire());
    }
    EXPECT_EQ(host.stored_count(), 0u);
}

TEST_F(CrossAppAccessCache, WithoutAStoreEachAcquisitionMintsItsOwn) {
    host.remove(MCP_AUTH_SERVICE_STORE);
    const std::string first = acquire_first();
    const std::string second = acquire_first();

    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
}

TEST_F(CrossAppAccessCache, AnOutageOfTheStoreDoesNotStopAnAcquisition) {
    host.fails(MCP_AUTH_SERVICE_STORE, Error(Status::unavailable, "store", "the disk is full"));
    acquire_first();

    EXPECT_TRUE(logged("the store could not be read"));
    EXPECT_TRUE(logged("the store could not be written"));
}

TEST_F(CrossAppAccessCache, TheAssertionRoleHandsOutAKeptOneAndAFreshOneAfterARejection) {
    const std::string first = exchange_gives_one();
    const std::string second = exchange_gives_one();
    auto request = assertion_request();

    const auto given = assertion(request);
    const auto kept = assertion(request);
    request.reason = plugin::Reason::rejected;
    const auto fresh = assertion(request);

    ASSERT_TRUE(given && kept && fresh);
    EXPECT_EQ(given->assertion, first);
    EXPECT_EQ(kept->assertion, first);
    EXPECT_EQ(kept->issuer, idp);
    EXPECT_EQ(kept->scope, "chat.read chat.write");
    EXPECT_EQ(kept->expires_at, given->expires_at);
    EXPECT_EQ(fresh->assertion, second);
}

// ---- single use ----

TEST_F(CrossAppAccessCache, AServerThatRefusesAKeptOneAndTakesAFreshOneWantsEachOnce) {
    const std::string first = acquire_first();
    // Shown before, refused, and a fresh one is taken: that is how it is learned.
    const std::string second = exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    EXPECT_TRUE(logged("the authorization server takes each id_jag once"));
    // From then on none is shown twice, by another process neither.
    restart();
    const std::string third = exchange_gives_one();
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    const std::string fourth = exchange_gives_one();
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(first, first, second, third, fourth));
}

TEST_F(CrossAppAccessCache, ThatIsLearnedForAllResourcesOfThatServerAndForNoOther) {
    acquire_first();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    // Another resource of that server.
    auto request = token_request();
    request.resource = "https://mcp.chat.example/b";
    for (int i = 0; i < 2; ++i) {
        exchange_gives(id_jag(with(id_jag_claims(), "resource", "https://mcp.chat.example/b")));
        redemption_succeeds();
        ASSERT_TRUE(acquire(request));
    }
    // Another server.
    const std::string other = "https://auth.other.example";
    host.client("mcp", {mcp_client, other, "", ""});
    request = token_request();
    request.issuer = other;
    exchange_gives(id_jag(with(id_jag_claims(), "aud", other)));
    for (int i = 0; i < 2; ++i) {
        redemption_succeeds();
        ASSERT_TRUE(acquire(request));
    }
}

TEST_F(CrossAppAccessCache, OneThatWasKeptForThatServerBeforeItWasLearnedIsNotShownAgain) {
    auto request = token_request();
    request.resource = "https://mcp.chat.example/b";
    exchange_gives(id_jag(with(id_jag_claims(), "resource", request.resource)));
    redemption_succeeds();
    ASSERT_TRUE(acquire(request));
    acquire_first();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    const std::string fresh =
        exchange_gives(id_jag(with(id_jag_claims(), "resource", request.resource)));
    redemption_succeeds();
    ASSERT_TRUE(acquire(request));

    EXPECT_EQ(assertions_shown().back(), fresh);
}

TEST_F(CrossAppAccessCache, OnceItIsLearnedNoIdJagStaysInTheStore) {
    acquire_first();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    EXPECT_EQ(host.stored_count(), 1u);  // what was learned
}

TEST_F(CrossAppAccessCache, ARefusedIdJagIsNotShownAgainWhenNoOtherCouldBeHad) {
    acquire_first();
    exchange_fails(Error(Status::unavailable, "exchange", "503"));
    redemption_fails(refusal("redemption", "invalid_grant"));
    ASSERT_EQ(acquire().status(), Status::unavailable);
    const std::string fresh = exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(assertions_shown().back(), fresh);
}

TEST_F(CrossAppAccessCache, ItsOwnExpiryCountsAndNotWhatTheExchangeSaid) {
    const std::string short_lived = id_jag(with(id_jag_claims(), "exp", host.now() + 100));
    exchange_answers(with(exchange_body(short_lived), "expires_in", 3600));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    host.advance(std::chrono::seconds(40));
    const std::string fresh = exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(short_lived, fresh));
}

TEST_F(CrossAppAccessCache, ARefusalOfOneThatWasNeverShownTeachesNothing) {
    exchange_gives_one();
    const std::string second = exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(assertions_shown().back(), second);
}

TEST_F(CrossAppAccessCache, ARefusalOfTheFreshOneTooTeachesNothingAndNeitherIsKept) {
    acquire_first();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_fails(refusal("redemption", "invalid_grant"));
    ASSERT_EQ(acquire().status(), Status::denied);
    // The server trusts the provider again: a new one is minted, kept, and shown twice.
    const std::string id_jag = exchange_gives_one();
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    EXPECT_EQ(exchanges().size(), 3u);
    EXPECT_EQ(assertions_shown().back(), id_jag);
}

TEST_F(CrossAppAccessCache, WhatWasLearnedIsForgottenAfterAMonth) {
    acquire_first();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    host.advance(std::chrono::hours(24 * 30 + 1));
    sign_in(id_token());
    acquire_first();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(exchanges().size(), 3u);
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
