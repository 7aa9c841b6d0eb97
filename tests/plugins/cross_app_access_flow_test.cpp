// Both legs as the peers see them (protocol.md E1, G1), both roles, scopes and step-up (I2), and
// what is noticed before anything is sent (C3, C5).
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using CrossAppAccessFlow = World;

TEST_F(CrossAppAccessFlow, BothLegsCarryExactlyTheFieldsOfTheProfile) {
    const std::string id_token = this->id_token();
    sign_in(id_token);
    const std::string id_jag = exchange_gives_one();
    redemption_succeeds();

    const auto token = acquire();

    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, access_token);
    EXPECT_EQ(token->token_type, "Bearer");
    EXPECT_EQ(token->scope, "chat.read chat.write");
    EXPECT_EQ(token->expires_at, host.now() + 600);
    ASSERT_EQ(host.token_requests().size(), 2u);
    EXPECT_EQ(host.token_requests()[0].client, "idp");
    EXPECT_THAT(host.token_requests()[0].fields,
                ElementsAre(Pair("grant_type", grant_type_exchange),
                            Pair("requested_token_type", MCP_AUTH_TYPE_ID_JAG),
                            Pair("audience", issuer), Pair("resource", resource),
                            Pair("scope", "chat.read chat.write"), Pair("subject_token", id_token),
                            Pair("subject_token_type", MCP_AUTH_TYPE_ID_TOKEN)));
    EXPECT_EQ(host.token_requests()[1].client, "mcp");
    EXPECT_THAT(host.token_requests()[1].fields,
                ElementsAre(Pair("grant_type", grant_type_jwt_bearer), Pair("assertion", id_jag),
                            Pair("resource", resource), Pair("scope", "chat.read chat.write")));
}

TEST_F(CrossAppAccessFlow, WithoutAScopeNeitherLegSendsOne) {
    exchange_answers(without(exchange_body(id_jag(without(id_jag_claims(), "scope"))), "scope"));
    redemption_answers(without(redemption_body(), "scope"));
    auto request = token_request();
    request.scope = "";

    const auto token = acquire(request);

    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->scope, "");
    EXPECT_FALSE(exchanges().at(0).has("scope"));
    EXPECT_FALSE(redemptions().at(0).has("scope"));
}

TEST_F(CrossAppAccessFlow, WithoutAScopeTheProvidersOwnChoiceIsRedeemed) {
    exchange_gives_one();
    redemption_succeeds();
    auto request = token_request();
    request.scope = "";

    ASSERT_TRUE(acquire(request));

    EXPECT_EQ(redemptions().at(0).field("scope"), "chat.read chat.write");
}

TEST_F(CrossAppAccessFlow, TheRedemptionAloneLeavesTheResourceOutWhenTheConnectionSaysSo) {
    exchange_gives_one();
    redemption_succeeds();
    auto request = token_request();
    request.omit_resource = true;

    ASSERT_TRUE(acquire(request));

    EXPECT_EQ(exchanges().at(0).field("resource"), resource);
    EXPECT_FALSE(redemptions().at(0).has("resource"));
}

TEST_F(CrossAppAccessFlow, AScopeThatTheExchangeNarrowedIsRedeemedAsItWasGranted) {
    exchange_answers(with(exchange_body(id_jag(with(id_jag_claims(), "scope", "chat.read"))),
                          "scope", "chat.read"));
    redemption_answers(without(redemption_body(), "scope"));

    const auto token = acquire();

    ASSERT_TRUE(token);
    EXPECT_EQ(redemptions().at(0).field("scope"), "chat.read");
    EXPECT_EQ(token->scope, "chat.read");
}

TEST_F(CrossAppAccessFlow, AScopeThatOnlyTheIdJagNarrowsIsRedeemedAsTheIdJagHasIt) {
    exchange_answers(
        without(exchange_body(id_jag(with(id_jag_claims(), "scope", "chat.write"))), "scope"));
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(redemptions().at(0).field("scope"), "chat.write");
}

TEST_F(CrossAppAccessFlow, AnIdJagWithMoreScopesThanTheExchangeGrantedDoesNotWidenIt) {
    exchange_answers(with(exchange_body(id_jag()), "scope", "chat.read"));
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_EQ(redemptions().at(0).field("scope"), "chat.read");
}

TEST_F(CrossAppAccessFlow, AStepUpIsDeniedWhenTheSecondIdJagIsNarrowedAfterARefusal) {
    exchange_gives_one();
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "chat.read")));
    redemption_fails(refusal("redemption", "invalid_grant"));
    auto request = token_request();
    request.reason = plugin::Reason::insufficient_scope;

    EXPECT_EQ(acquire(request).status(), Status::denied);
    EXPECT_EQ(redemptions().size(), 1u);
}

TEST_F(CrossAppAccessFlow, AnExchangeThatGrantsNoneOfTheScopesIsDeniedAndNothingIsRedeemed) {
    exchange_answers(with(exchange_body(id_jag()), "scope", ""));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_THAT(redemptions(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AnIdJagWithNoneOfTheScopesIsDeniedAndNothingIsRedeemed) {
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "")));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_THAT(redemptions(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AStepUpWhoseChallengedScopeIsNarrowedAwayIsDeniedAtOnce) {
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "chat.read")));
    auto request = token_request();
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge =
        R"(Basic realm="a, b", Bearer error="insufficient_scope", scope="chat.write")";

    const auto token = acquire(request);

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_THAT(token.error().message, HasSubstr("\"chat.write\""));
    EXPECT_THAT(redemptions(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AStepUpGoesOnWhenAnotherScopeThanTheChallengedOneIsNarrowedAway) {
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "chat.write")));
    redemption_succeeds();
    auto request = token_request();
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(DPoP error="insufficient_scope", SCOPE = "chat\.write")";

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessFlow, AStepUpWithoutAReadableChallengeMustBeGrantedAllThatIsRequested) {
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "chat.write")));
    auto request = token_request();
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(Negotiate dGVzdA==, Basic scope="chat.write", Bearer scope="chat)";

    const auto token = acquire(request);

    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_THAT(token.error().message, HasSubstr("\"chat.read\""));
}

TEST_F(CrossAppAccessFlow, AFirstAcquisitionTakesWhatThePolicyNarrowed) {
    exchange_gives(id_jag(with(id_jag_claims(), "scope", "chat.read")));
    redemption_succeeds();
    auto request = token_request();
    request.challenge = R"(Bearer scope="chat.write")";

    EXPECT_TRUE(acquire(request));
}

TEST_F(CrossAppAccessFlow, TheClientsAreNamedWithTheirGrantsForRegistration) {
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    const auto asked = host.client_requests();
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_EQ(asked[0].name, "mcp");
    EXPECT_EQ(asked[0].grant_types, grant_type_jwt_bearer);
    EXPECT_EQ(asked[0].scope, "");  // a registration that names none need not change with it
    EXPECT_EQ(asked[1].name, "idp");
    EXPECT_EQ(asked[1].grant_types, grant_type_exchange);
}

TEST_F(CrossAppAccessFlow, TheTraceSaysWhatWasChecked) {
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_TRUE(logged("id_token checked"));
    ASSERT_TRUE(logged("id_jag checked"));
    for (const auto& line : host.logs()) {
        if (line.event != "id_jag checked") continue;
        EXPECT_THAT(line.fields, ElementsAre(Pair("checks",
                                                  "typ alg iss aud client_id resource "
                                                  "scope iat exp jti sub cnf")));
    }
}

// ---- nothing is sent ----

TEST_F(CrossAppAccessFlow, AClientOfAnotherIssuerGetsNoIdJag) {
    host.client("mcp", {mcp_client, "https://auth.other.example", "", ""});

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AServerThatListsItsGrantsWithoutJwtBearerIsMisconfigured) {
    auto request = token_request();
    request.metadata = R"({"grant_types_supported":["authorization_code"]})";

    const auto token = acquire(request);

    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_THAT(token.error().message, HasSubstr("grant_types_supported"));
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AProviderThatListsItsGrantsWithoutTokenExchangeIsMisconfigured) {
    host.client("idp", {idp_client, idp, R"({"grant_types_supported":["refresh_token"]})", ""});

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_THAT(token.error().message, HasSubstr("grant_types_supported"));
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, ServersThatListTheGrantsButNotTheProfileAreUsedAndTheTraceSaysSo) {
    host.client("idp", {idp_client, idp, R"({"identity_chaining_requested_token_types_supported":[],
        "grant_types_supported":["urn:ietf:params:oauth:grant-type:token-exchange"]})",
                        ""});
    exchange_gives_one();
    redemption_succeeds();
    auto request = token_request();
    request.metadata = R"({"authorization_grant_profiles_supported":["urn:example:another"],
        "grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer"]})";

    ASSERT_TRUE(acquire(request));

    EXPECT_TRUE(logged("the authorization server does not list the id-jag grant profile"));
    EXPECT_TRUE(logged("the identity provider does not list the id-jag token type"));
}

TEST_F(CrossAppAccessFlow, AProviderWithAConfiguredTokenEndpointHasNoMetadataAndIsUsed) {
    host.client("idp", {idp_client, idp, "", ""});
    exchange_gives_one();
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessFlow, AFailureOfAClientIsPassedOnAsTheHostSaidIt) {
    Error error(Status::unavailable, "discovery", "the server's metadata cannot be fetched");
    error.retry_after = std::chrono::seconds(7);
    error.http_status = 503;
    host.client("idp").always(error);

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().leg, "discovery");
    EXPECT_EQ(token.error().retry_after, std::chrono::seconds(7));
    EXPECT_EQ(token.error().http_status, 503);
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

// ---- the first leg alone ----

TEST_F(CrossAppAccessFlow, TheAssertionRoleDoesTheExchangeAloneForWhoeverRedeems) {
    const std::string id_jag = exchange_gives_one();

    const auto given = assertion(assertion_request());

    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->assertion, id_jag);
    EXPECT_EQ(given->token_type, MCP_AUTH_TYPE_ID_JAG);
    EXPECT_EQ(given->issuer, idp);
    EXPECT_EQ(given->scope, "chat.read chat.write");
    EXPECT_EQ(given->expires_at, host.now() + 300);
    EXPECT_EQ(exchanges().at(0).field("audience"), issuer);
    EXPECT_EQ(exchanges().at(0).field("resource"), resource);
    EXPECT_THAT(redemptions(), IsEmpty());
    // Client "mcp" is the redeemer's own affair.
    ASSERT_EQ(host.client_requests().size(), 1u);
    EXPECT_EQ(host.client_requests()[0].name, "idp");
}

TEST_F(CrossAppAccessFlow, TheAssertionRoleSendsNoResourceWhenNoneIsAskedFor) {
    exchange_gives(id_jag(without(id_jag_claims(), "resource")));
    auto request = assertion_request();
    request.resource = "";

    ASSERT_TRUE(assertion(request));

    EXPECT_FALSE(exchanges().at(0).has("resource"));
}

TEST_F(CrossAppAccessFlow, AnAssertionForNobodyIsInvalid) {
    auto request = assertion_request();
    request.client_id = "";
    EXPECT_EQ(assertion(request).status(), Status::invalid_argument);
    request = assertion_request();
    request.audience = "";
    EXPECT_EQ(assertion(request).status(), Status::invalid_argument);
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(CrossAppAccessFlow, AnAssertionThatIsNotTheOneAskedForIsNotHandedOut) {
    exchange_gives(id_jag(with(id_jag_claims(), "client_id", "somebody-else")));

    const auto given = assertion(assertion_request());

    EXPECT_EQ(given.status(), Status::protocol);
    EXPECT_EQ(given.error().leg, "id_jag");
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
