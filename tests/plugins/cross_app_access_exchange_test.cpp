// The exchange in the flow (protocol.md E, K): what a wrong answer ends, and the settings. The
// answers themselves, one fault each, are those of tests/kit/token_exchange_test.cpp.
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using CrossAppAccessExchange = World;

class CrossAppAccessExchangeRefuses : public World, public ::testing::WithParamInterface<Change> {};

TEST_P(CrossAppAccessExchangeRefuses, TheAnswerAndNothingIsRedeemedOrKept) {
    exchange_answers(GetParam().in(exchange_body(id_jag())));

    const auto token = acquire();

    ASSERT_EQ(token.status(), Status::protocol);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_EQ(token.error().http_status, 200);
    EXPECT_THAT(token.error().message, HasSubstr(GetParam().member));
    EXPECT_THAT(redemptions(), IsEmpty());
    EXPECT_EQ(host.stored_count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    E, CrossAppAccessExchangeRefuses,
    ::testing::Values(Change{"AnAccessTokenIssued", "issued_token_type",
                             R"("urn:ietf:params:oauth:token-type:access_token")"},
                      Change{"NoAccessToken", "access_token", ""},
                      Change{"TokenTypeBearer", "token_type", R"("Bearer")"},
                      Change{"ScopeBeyondTheRequest", "scope", R"("chat.read chat.admin")"},
                      Change{"AnotherResource", "resource", R"("https://mcp.chat.example/mcp/")"}),
    name_of);

TEST_F(CrossAppAccessExchange, AnAnswerWith201Counts) {
    exchange_answers(exchange_body(id_jag()), 201);
    redemption_answers(redemption_body(), 201);

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessExchange, TheLenientSettingTakesAnAnswerWithoutATokenType) {
    set_settings(R"({"allow_missing_token_type":true})");
    exchange_answers(without(exchange_body(id_jag()), "token_type"));
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessExchange, TheLenientSettingTakesNoOtherTokenType) {
    set_settings(R"({"allow_missing_token_type":true})");
    exchange_answers(with(exchange_body(id_jag()), "token_type", "Bearer"));

    EXPECT_EQ(acquire().status(), Status::protocol);
}

TEST_F(CrossAppAccessExchange, TheSettingAudienceReplacesTheIssuerInTheRequestAndInTheCheck) {
    set_settings(R"({"audience":"urn:partner:chat"})");
    exchange_gives(id_jag(with(id_jag_claims(), "aud", "urn:partner:chat")));
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(exchanges().at(0).field("audience"), "urn:partner:chat");
}

TEST_F(CrossAppAccessExchange, TheSettingExpectedAudienceReplacesTheIssuerInTheCheckAlone) {
    set_settings(R"({"expected_audience":"urn:partner:chat"})");
    exchange_gives(id_jag(with(id_jag_claims(), "aud", "urn:partner:chat")));
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(exchanges().at(0).field("audience"), issuer);
}

TEST_F(CrossAppAccessExchange, WithAnExpectedAudienceTheIssuerIsNoLongerAccepted) {
    set_settings(R"({"expected_audience":"urn:partner:chat"})");
    exchange_gives_one();

    EXPECT_EQ(acquire().status(), Status::protocol);
}

// ---- K: refusals ----

class CrossAppAccessExchangeError : public World, public ::testing::WithParamInterface<Refusal> {};

TEST_P(CrossAppAccessExchangeError, EndsTheAcquisitionWithItsOutcomeAndItsFields) {
    Error error = refusal("exchange", GetParam().code, GetParam().by_host);
    error.http_status = 401;
    error.max_age = std::chrono::seconds(300);
    error.acr_values = "urn:acme:mfa";
    exchange_fails(error);

    const auto token = acquire();

    ASSERT_EQ(token.status(), GetParam().outcome);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_EQ(token.error().oauth_error, GetParam().code);
    EXPECT_EQ(token.error().description, "words of the peer");
    EXPECT_EQ(token.error().http_status, 401);
    EXPECT_EQ(token.error().max_age, std::chrono::seconds(300));
    EXPECT_EQ(token.error().acr_values, "urn:acme:mfa");
    EXPECT_FALSE(token.error().message.empty());
    EXPECT_EQ(exchanges().size(), 1u);
    EXPECT_THAT(redemptions(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(K, CrossAppAccessExchangeError,
                         ::testing::ValuesIn(and_refusals_of_any_grant(
                             {{"invalid_grant", Status::denied, Status::interaction_required},
                              {"invalid_request", Status::protocol,
                               Status::interaction_required}})),
                         refusal_name);

TEST_F(CrossAppAccessExchange, AnOutageIsPassedOnWithItsRetryAfter) {
    Error error(Status::unavailable, "exchange", "429 from the token endpoint");
    error.http_status = 429;
    error.retry_after = std::chrono::seconds(30);
    exchange_fails(error);

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().retry_after, std::chrono::seconds(30));
    EXPECT_EQ(token.error().http_status, 429);
    EXPECT_EQ(exchanges().size(), 1u);  // trying again is the host's (K2)
}

TEST_F(CrossAppAccessExchange, AnOutageThatSpeaksOfTheGrantIsAnOutage) {
    exchange_fails(refusal("exchange", "invalid_grant", Status::unavailable));

    EXPECT_EQ(acquire().status(), Status::unavailable);
}

TEST_F(CrossAppAccessExchange, ACancellationIsPassedOn) {
    exchange_fails(Error(Status::cancelled, "exchange", "cancelled"));

    EXPECT_EQ(acquire().status(), Status::cancelled);
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
