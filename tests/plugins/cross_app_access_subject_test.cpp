// The subject token: ID tokens checked before use (protocol.md D3; each claim is a row of
// tests/kit/id_token_test.cpp), SAML and refresh tokens (D2).
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class CrossAppAccessSubject : public World {
protected:
    const std::string saml2 = "CANARY-saml2-assertion";
    const std::string refresh_token = "CANARY-first-rt-5d81";

    json::Value refresh_token_body(const std::string& token) const {
        return json::Value::object()
            .set("issued_token_type", MCP_AUTH_TYPE_REFRESH_TOKEN)
            .set("access_token", token)
            .set("token_type", "N_A")
            .set("scope", "openid offline_access");
    }
    // Where each exchange is one of the ID-JAG and the subject is what counts.
    std::vector<std::string> subject_tokens() const {
        std::vector<std::string> tokens;
        for (const auto& sent : exchanges()) tokens.push_back(sent.field("subject_token"));
        return tokens;
    }
    void expect_not_sent(Status status, const std::string& names) {
        const auto token = acquire();
        ASSERT_EQ(token.status(), status);
        EXPECT_EQ(token.error().leg, "subject");
        EXPECT_THAT(token.error().message, HasSubstr(names));
        EXPECT_THAT(host.token_requests(), IsEmpty());
    }
};

TEST_F(CrossAppAccessSubject, AnIdTokenOfAnotherProviderIsMisconfiguredAndNeverSent) {
    sign_in(jwt(id_token_header(), with(id_token_claims(), "iss", "https://evil.idp.example")));
    expect_not_sent(Status::misconfigured, "iss");
}

TEST_F(CrossAppAccessSubject, AnIdTokenOfAnotherClientIsMisconfiguredAndNeverSent) {
    sign_in(jwt(id_token_header(), with(id_token_claims(), "aud", mcp_client)));
    expect_not_sent(Status::misconfigured, "aud");
}

TEST_F(CrossAppAccessSubject, AnExpiredIdTokenNeedsInteractionAndIsNeverSent) {
    sign_in(jwt(id_token_header(), with(id_token_claims(), "exp", host.now() - 1)));
    expect_not_sent(Status::interaction_required, "expired");
}

TEST_F(CrossAppAccessSubject, AnIdTokenThatExpiresWithinTheLeewayCountsAsExpired) {
    sign_in(jwt(id_token_header(), with(id_token_claims(), "exp", host.now() + 60)));
    expect_not_sent(Status::interaction_required, "expired");
}

TEST_F(CrossAppAccessSubject, AnIdTokenThatLastsLongerThanTheLeewayIsUsed) {
    sign_in(jwt(id_token_header(), with(id_token_claims(), "exp", host.now() + 61)));
    exchange_gives_one();
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessSubject, TheLeewayIsASetting) {
    set_settings(R"({"clock_leeway":0})");
    sign_in(jwt(id_token_header(), with(id_token_claims(), "exp", host.now() + 1)));
    exchange_gives_one();
    redemption_succeeds();

    EXPECT_TRUE(acquire());
}

TEST_F(CrossAppAccessSubject, AnIdTokenThatIsNoJwtIsMisconfiguredAndNeverSent) {
    sign_in("CANARY-opaque-token");
    expect_not_sent(Status::misconfigured, "ID token");
}

TEST_F(CrossAppAccessSubject, NoIdentityAssertionIsTheHostsError) {
    Error error(Status::interaction_required, "subject", "nobody is signed in");
    error.acr_values = "urn:acme:mfa";
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, error);

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::interaction_required);
    EXPECT_EQ(token.error().leg, "subject");
    EXPECT_EQ(token.error().acr_values, "urn:acme:mfa");
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(CrossAppAccessSubject, ASourceWithNoAcceptedTypeIsMisconfigured) {
    set_settings(R"({"accepted_subject_types":["saml2"]})");
    expect_not_sent(Status::misconfigured, "accepted_subject_types");
}

TEST_F(CrossAppAccessSubject, AllTypesAreAcceptedInTheOrderOfTheProfile) {
    exchange_gives_one();
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    EXPECT_THAT(host.subject_requests(),
                ElementsAre(MCP_AUTH_TYPE_ID_TOKEN " " MCP_AUTH_TYPE_SAML2
                                                   " " MCP_AUTH_TYPE_REFRESH_TOKEN));
}

TEST_F(CrossAppAccessSubject, TheAcceptedTypesAndTheirOrderAreASetting) {
    set_settings(R"({"accepted_subject_types":["refresh_token","id_token"]})");
    sign_in(refresh_token, MCP_AUTH_TYPE_REFRESH_TOKEN);
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_THAT(host.subject_requests(),
                ElementsAre(MCP_AUTH_TYPE_REFRESH_TOKEN " " MCP_AUTH_TYPE_ID_TOKEN));
    EXPECT_EQ(exchanges().at(0).field("subject_token"), refresh_token);
}

TEST_F(CrossAppAccessSubject, ARefreshTokenIsTheSubjectTokenItself) {
    sign_in_with_another_type(refresh_token, MCP_AUTH_TYPE_REFRESH_TOKEN);
    set_settings(R"({"accepted_subject_types":["refresh_token"]})");
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    ASSERT_EQ(exchanges().size(), 1u);
    EXPECT_EQ(exchanges()[0].field("subject_token"), refresh_token);
    EXPECT_EQ(exchanges()[0].field("subject_token_type"), MCP_AUTH_TYPE_REFRESH_TOKEN);
}

TEST_F(CrossAppAccessSubject, ARefusedRefreshTokenNeedsInteraction) {
    set_settings(R"({"accepted_subject_types":["refresh_token"]})");
    sign_in(refresh_token, MCP_AUTH_TYPE_REFRESH_TOKEN);
    exchange_fails(refusal("exchange", "invalid_grant"));

    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(exchanges().size(), 1u);
}

// ---- SAML ----

class CrossAppAccessSaml : public CrossAppAccessSubject {
protected:
    CrossAppAccessSaml() {
        set_settings(R"({"accepted_subject_types":["saml2"]})");
        sign_in(saml2, MCP_AUTH_TYPE_SAML2);
        canary(refresh_token);
    }
    // Both exchanges and the redemption.
    void acquire_first() {
        exchange_answers(refresh_token_body(refresh_token));
        exchange_gives_one();
        redemption_succeeds();
        const auto token = acquire();
        ASSERT_TRUE(token) << token.error().message;
    }
};

TEST_F(CrossAppAccessSaml, IsExchangedForARefreshTokenThatIsTheSubjectTokenThen) {
    acquire_first();

    ASSERT_EQ(exchanges().size(), 2u);
    EXPECT_THAT(exchanges()[0].fields,
                ElementsAre(Pair("grant_type", grant_type_exchange),
                            Pair("requested_token_type", MCP_AUTH_TYPE_REFRESH_TOKEN),
                            Pair("scope", "openid offline_access"), Pair("subject_token", saml2),
                            Pair("subject_token_type", MCP_AUTH_TYPE_SAML2)));
    EXPECT_EQ(exchanges()[1].field("requested_token_type"), MCP_AUTH_TYPE_ID_JAG);
    EXPECT_EQ(exchanges()[1].field("subject_token"), refresh_token);
    EXPECT_EQ(exchanges()[1].field("subject_token_type"), MCP_AUTH_TYPE_REFRESH_TOKEN);
}

TEST_F(CrossAppAccessSaml, ItsRefreshTokenIsKeptForTheNextIdJag) {
    acquire_first();
    restart();
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::rejected));

    EXPECT_THAT(subject_tokens(), ElementsAre(saml2, refresh_token, refresh_token));
}

TEST_F(CrossAppAccessSaml, AnotherAssertionNeverUsesTheRefreshTokenOfTheFormer) {
    acquire_first();
    sign_in("CANARY-assertion-of-another-user", MCP_AUTH_TYPE_SAML2);
    exchange_answers(refresh_token_body(canary("CANARY-other-rt-93c2")));
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::rejected));

    EXPECT_THAT(subject_tokens(),
                ElementsAre(saml2, refresh_token, "CANARY-assertion-of-another-user",
                            "CANARY-other-rt-93c2"));
}

TEST_F(CrossAppAccessSaml, ASpentRefreshTokenIsReplacedOnceByTheAssertion) {
    acquire_first();
    exchange_fails(refusal("exchange", "invalid_grant"));
    exchange_answers(refresh_token_body(canary("CANARY-second-rt-b70e")));
    exchange_gives_one();
    redemption_succeeds();

    ASSERT_TRUE(acquire(plugin::Reason::rejected));

    EXPECT_THAT(subject_tokens(),
                ElementsAre(saml2, refresh_token, refresh_token, saml2, "CANARY-second-rt-b70e"));
}

TEST_F(CrossAppAccessSaml, AnAssertionThatHasExpiredTooNeedsInteraction) {
    acquire_first();
    exchange_fails(refusal("exchange", "invalid_grant"));
    exchange_fails(refusal("exchange", "invalid_grant"));

    EXPECT_EQ(acquire(plugin::Reason::rejected).status(), Status::interaction_required);
    EXPECT_EQ(exchanges().size(), 4u);
}

TEST_F(CrossAppAccessSaml, AFreshRefreshTokenThatIsRefusedIsNotReplaced) {
    exchange_answers(refresh_token_body(refresh_token));
    exchange_fails(refusal("exchange", "invalid_grant"));

    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(exchanges().size(), 2u);
}

TEST_F(CrossAppAccessSaml, WithoutAStoreItIsExchangedEachTime) {
    host.remove(MCP_AUTH_SERVICE_STORE);
    acquire_first();
    acquire_first();

    EXPECT_THAT(subject_tokens(), ElementsAre(saml2, refresh_token, saml2, refresh_token));
}

TEST_F(CrossAppAccessSaml, AnAssertionThatIsNotBase64urlIsMisconfiguredAndNeverSent) {
    for (const auto* assertion : {"<saml2:Assertion>CANARY</saml2:Assertion>", "Q0FOQVJZ+/Q="}) {
        sign_in(assertion, MCP_AUTH_TYPE_SAML2);
        expect_not_sent(Status::misconfigured, "base64url");
    }
}

TEST_F(CrossAppAccessSaml, AnAnswerWithAnotherTypeOfTokenIsRefused) {
    exchange_answers(with(refresh_token_body(refresh_token), "issued_token_type",
                          "urn:ietf:params:oauth:token-type:access_token"));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::protocol);
    EXPECT_EQ(token.error().leg, "exchange");
    EXPECT_EQ(exchanges().size(), 1u);
}

TEST_F(CrossAppAccessSaml, ALeaseThatIsNotHadInTimeEndsTheAcquisition) {
    host.fails(MCP_AUTH_SERVICE_STORE, Error(Status::deadline, "store", "no lease in time"));

    EXPECT_EQ(acquire().status(), Status::deadline);
    EXPECT_THAT(exchanges(), IsEmpty());
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
