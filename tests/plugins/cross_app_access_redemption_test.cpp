// The answers of the authorization server (protocol.md G, H1, K, K1).
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using CrossAppAccessRedemption = World;

TEST_F(CrossAppAccessRedemption, RefusedOnceIsTriedWithOneNewIdJag) {
    const std::string first = exchange_gives_one();
    const std::string second = exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();

    const auto token = acquire();

    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, access_token);
    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
    EXPECT_TRUE(logged("id_jag refused once, minting another"));
}

TEST_F(CrossAppAccessRedemption, RefusedTwiceIsDeniedAndNotTriedAgain) {
    exchange_gives_one();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_fails(refusal("redemption", "invalid_grant"));

    const auto token = acquire();

    ASSERT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_EQ(token.error().oauth_error, "invalid_grant");
    EXPECT_THAT(token.error().message, HasSubstr("a fresh ID-JAG was refused too"));
    EXPECT_EQ(redemptions().size(), 2u);
}

TEST_F(CrossAppAccessRedemption, AnOutageThatSpeaksOfTheGrantIsAnOutage) {
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant", Status::unavailable));

    EXPECT_EQ(acquire().status(), Status::unavailable);
    EXPECT_EQ(redemptions().size(), 1u);
}

TEST_F(CrossAppAccessRedemption, TheNewIdJagIsCheckedLikeTheFirst) {
    exchange_gives_one();
    exchange_gives(id_jag(with(id_jag_claims(), "aud", "https://auth.other.example")));
    redemption_fails(refusal("redemption", "invalid_grant"));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::protocol);
    EXPECT_EQ(token.error().leg, "id_jag");
    EXPECT_EQ(redemptions().size(), 1u);
}

TEST_F(CrossAppAccessRedemption, AnErrorOfTheSecondExchangeIsTheOutcome) {
    exchange_gives_one();
    exchange_fails(refusal("exchange", "access_denied"));
    redemption_fails(refusal("redemption", "invalid_grant"));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_EQ(token.error().oauth_error, "access_denied");
}

TEST_F(CrossAppAccessRedemption, AnErrorOfTheSecondRedemptionIsTheOutcome) {
    exchange_gives_one();
    exchange_gives_one();
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_fails(Error(Status::unavailable, "redemption", "503"));

    EXPECT_EQ(acquire().status(), Status::unavailable);
}

class CrossAppAccessRedemptionError : public World,
                                      public ::testing::WithParamInterface<Refusal> {};

TEST_P(CrossAppAccessRedemptionError, EndsTheAcquisitionWithItsOutcomeAndItsFields) {
    exchange_gives_one();
    Error error = refusal("redemption", GetParam().code, GetParam().by_host);
    error.max_age = std::chrono::seconds(0);
    error.acr_values = "urn:chat:mfa";
    redemption_fails(error);

    const auto token = acquire();

    ASSERT_EQ(token.status(), GetParam().outcome);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_EQ(token.error().oauth_error, GetParam().code);
    EXPECT_EQ(token.error().description, "words of the peer");
    EXPECT_EQ(token.error().http_status, 400);
    EXPECT_EQ(token.error().max_age, std::chrono::seconds(0));
    EXPECT_EQ(token.error().acr_values, "urn:chat:mfa");
    EXPECT_EQ(redemptions().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(K, CrossAppAccessRedemptionError,
                         ::testing::ValuesIn(and_refusals_of_any_grant(
                             {{"invalid_request", Status::protocol, Status::protocol}})),
                         refusal_name);

TEST_F(CrossAppAccessRedemption, ATokenTypeThatIsNotUnderstoodIsRefused) {
    exchange_gives_one();
    redemption_answers(with(redemption_body(), "token_type", "mac"));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::protocol);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_EQ(token.error().http_status, 200);
    EXPECT_THAT(token.error().message, HasSubstr("\"mac\""));
}

class CrossAppAccessTokenType : public World, public ::testing::WithParamInterface<std::string> {};

TEST_P(CrossAppAccessTokenType, IsUnderstoodInAnyCase) {
    exchange_gives_one();
    redemption_answers(with(redemption_body(), "token_type", GetParam()));

    const auto token = acquire();

    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->token_type, GetParam());
}

INSTANTIATE_TEST_SUITE_P(H1, CrossAppAccessTokenType,
                         ::testing::Values("bearer", "BEARER", "DPoP", "dpop"),
                         [](const auto& test) { return test.param; });

TEST_F(CrossAppAccessRedemption, AScopeThatTheServerNarrowsFurtherIsWhatWasGranted) {
    exchange_gives_one();
    redemption_answers(with(redemption_body(), "scope", "chat.read"));

    const auto token = acquire();

    ASSERT_TRUE(token);
    EXPECT_EQ(token->scope, "chat.read");
}

TEST_F(CrossAppAccessRedemption, AStepUpThatTheServerNarrowsAwayIsDenied) {  // I2
    exchange_gives_one();
    redemption_answers(with(redemption_body(), "scope", "chat.read"));
    auto request = token_request();
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.write")";

    const auto token = acquire(request);

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().leg, "redemption");
}

TEST_F(CrossAppAccessRedemption, ATokenWithoutAnExpiryIsHandedOutWithout) {
    exchange_gives_one();
    redemption_answers(without(redemption_body(), "expires_in"));

    const auto token = acquire();

    ASSERT_TRUE(token);
    EXPECT_EQ(token->expires_at, 0);
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
