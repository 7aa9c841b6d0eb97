// How an acquisition begins and ends, and the redemption of an assertion between.
#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/jwt_grant.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class AnAcquisition : public ::testing::Test {
protected:
    AnAcquisition() { host.client("mcp", {"us", "https://auth.chat.example", "", ""}); }
    Result<Acquisition> begin() { return Acquisition::begin(*call, request, "token"); }
    Result<Token> end(std::string_view asked) { return begin()->token(response, asked); }
    template <class T>
    void expect_fault(const Result<T>& result, Status status, const std::string& names,
                      const char* leg = "token") {
        ASSERT_EQ(result.status(), status);
        EXPECT_EQ(result.error().leg, leg);
        EXPECT_THAT(result.error().message, HasSubstr(names));
    }

    testing::FakeHost host;
    testing::CallUnderTest call{host};
    TokenRequest request = testing::typical_token_request();
    TokenResponse response{200, {}, "CANARY-access-token", "Bearer", {}, {}, {}, 1'700'000'060};
};

TEST_F(AnAcquisition, NeedsAResourceAndAnIssuer) {
    for (auto member : {&TokenRequest::resource, &TokenRequest::issuer}) {
        request = testing::typical_token_request();
        request.*member = {};
        expect_fault(begin(), Status::invalid_argument, "a resource and an issuer");
    }
}

TEST_F(AnAcquisition, ReadsTheServersMetadata) {
    EXPECT_EQ(begin()->server().document().string("issuer"), "https://auth.chat.example");
    request.metadata = {};  // a token endpoint was configured
    EXPECT_TRUE(begin());
    request.metadata = "no json";
    expect_fault(begin(), Status::protocol, "");
}

TEST_F(AnAcquisition, NamesItsGrantAndNoScopeForARegistration) {
    const auto client = begin()->client_for("a-grant");
    ASSERT_TRUE(client) << client.error().message;
    EXPECT_EQ(client->client_id, "us");
    const auto asked = host.client_requests().at(0);
    EXPECT_EQ(asked.name, "mcp");
    EXPECT_EQ(asked.grant_types, "a-grant");
    EXPECT_EQ(asked.scope, "");
}

TEST_F(AnAcquisition, AsksForNoClientWhereTheGrantIsNotOffered) {  // C5
    request.metadata = R"({"grant_types_supported":["another"]})";
    expect_fault(begin()->client_for("a-grant"), Status::misconfigured, "grant_types_supported");
    EXPECT_THAT(host.client_requests(), IsEmpty());
}

TEST_F(AnAcquisition, IsNotForAClientOfAnotherServer) {  // C3, F5
    host.client("mcp", {"us", "https://auth.other.example", "", ""});
    expect_fault(begin()->client_for("a-grant"), Status::misconfigured,
                 "\"https://auth.other.example\"");
}

TEST_F(AnAcquisition, PassesOnThatTheClientCannotBeHad) {
    host.client("mcp").then(Error(Status::unavailable, "registration", "503"));
    expect_fault(begin()->client_for("a-grant"), Status::unavailable, "503", "registration");
}

TEST_F(AnAcquisition, TargetsTheResourceUnlessTheConnectionLeavesItOut) {
    Fields fields;
    add_target(fields, request, "a b");
    EXPECT_THAT(fields, ElementsAre(Pair("resource", "https://mcp.chat.example/mcp"),
                                    Pair("scope", "a b")));
    fields.clear();
    request.omit_resource = true;
    add_target(fields, request, {});
    EXPECT_THAT(fields, IsEmpty());
}

TEST_F(AnAcquisition, EndsWithTheTokenOfTheResponse) {
    response.scope = "chat.read";
    const auto token = end("chat.read chat.write");
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "CANARY-access-token");
    EXPECT_EQ(token->token_type, "Bearer");
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_EQ(token->expires_at, 1'700'000'060);
}

TEST_F(AnAcquisition, GrantsWhatWasAskedForWhereTheResponseDoesNotSay) {
    EXPECT_EQ(end(std::string("chat.") + "read")->scope, "chat.read");
}

TEST_F(AnAcquisition, UnderstandsBearerAndDpopInAnyCase) {  // H1
    for (const char* type : {"bearer", "BEARER", "DPoP", "dpop"}) {
        response.token_type = type;
        EXPECT_EQ(end("")->token_type, type);
    }
    for (const char* type : {"", "mac", "N_A"}) {
        response.token_type = type;
        const auto token = end("");
        expect_fault(token, Status::protocol, '"' + std::string(type) + '"');
        EXPECT_EQ(token.error().http_status, 200);
    }
}

TEST_F(AnAcquisition, DeniesAStepUpThatWasNotGranted) {  // I2
    request.reason = Reason::insufficient_scope;
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.admin")";
    response.scope = "chat.read";
    expect_fault(end("chat.read chat.admin"), Status::denied, "\"chat.admin\"");
    response.scope = "chat.admin";
    EXPECT_TRUE(end("chat.read chat.admin"));
    expect_fault(
        require_step_up(request, "chat.read", "exchange", "the identity provider", "sorry"),
        Status::denied, "the identity provider does not grant \"chat.admin\"", "exchange");
}

// ---- RFC 7523 ----

class Redemption : public AnAcquisition {
protected:
    Result<TokenResponse> redeem(std::string_view scope = "chat.read") {
        return redeem_assertion(*call, "CANARY-assertion", scope, request);
    }
    Result<TokenResponse> refused(Status status, const char* code) {
        host.token_request("mcp").then(testing::oauth_error(status, "", code, "words"));
        return redeem();
    }
};

TEST_F(Redemption, ShowsTheAssertionForTheResourceAndItsScope) {
    host.token_request("mcp").always(
        testing::TokenAnswer::json(R"({"access_token":"CANARY","token_type":"Bearer"})"));
    ASSERT_TRUE(redeem());
    request.omit_resource = true;
    ASSERT_TRUE(redeem(""));
    const char* grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    EXPECT_THAT(
        host.token_requests("mcp").at(0).fields,
        ElementsAre(Pair("grant_type", grant), Pair("assertion", "CANARY-assertion"),
                    Pair("resource", "https://mcp.chat.example/mcp"), Pair("scope", "chat.read")));
    EXPECT_THAT(host.token_requests("mcp").at(1).fields,
                ElementsAre(Pair("grant_type", grant), Pair("assertion", "CANARY-assertion")));
}

TEST_F(Redemption, OfARefusedAssertionIsDenied) {  // K1
    const auto answer = refused(Status::protocol, "invalid_grant");
    expect_fault(answer, Status::denied, "invalid_grant", "redemption");
    EXPECT_EQ(answer.error().description, "words");
    EXPECT_TRUE(is_refused_grant(answer.error()));
}

TEST_F(Redemption, ForAUserWhoMustStepUpNeedsInteraction) {
    EXPECT_EQ(refused(Status::denied, "insufficient_user_authentication").status(),
              Status::interaction_required);
}

TEST_F(Redemption, ThatEndsInAnOutageSaysNothingOfTheAssertion) {
    for (const char* code : {"", "invalid_grant", "insufficient_user_authentication"}) {
        const auto answer = refused(Status::unavailable, code);
        EXPECT_EQ(answer.status(), Status::unavailable) << code;
        EXPECT_FALSE(is_refused_grant(answer.error()));
    }
}

TEST_F(Redemption, PassesOnAllElse) {
    EXPECT_EQ(refused(Status::denied, "invalid_scope").status(), Status::denied);
    EXPECT_EQ(refused(Status::misconfigured, "invalid_client").status(), Status::misconfigured);
    EXPECT_EQ(refused(Status::protocol, "invalid_request").status(), Status::protocol);
}

}  // namespace
}  // namespace mcp_auth::plugin
