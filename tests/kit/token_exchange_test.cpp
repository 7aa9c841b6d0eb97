// Token exchange: the request, and the answers of the identity provider (protocol.md E, K), one
// fault each.
#include "support/json_change.hpp"

#include <mcp_auth/testing.hpp>
#include <mcp_auth/token_exchange.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using testing::Change;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::with;
using testing::without;

json::Value body() {
    return json::Value::object()
        .set("issued_token_type", MCP_AUTH_TYPE_ID_JAG)
        .set("access_token", "CANARY-id-jag")
        .set("token_type", "N_A")
        .set("scope", "chat.read chat.write")
        .set("expires_in", 300);
}

class TokenExchangeOf : public ::testing::Test {
protected:
    TokenExchangeOf() {
        exchange.audience = "https://auth.chat.example/";
        exchange.resource = "https://mcp.chat.example/mcp";
        exchange.scope = "chat.read chat.write";
    }
    Result<Exchanged> answered(const json::Value& json, std::uint32_t http_status = 200) {
        host.token_request("idp").then(testing::TokenAnswer::json(json.dump(), http_status));
        auto exchanged = exchange_token(*call, exchange);
        if (!exchanged) {
            EXPECT_EQ(exchanged.error().leg, "exchange");
            EXPECT_THAT(exchanged.error().message, Not(HasSubstr("CANARY")));
        }
        return exchanged;
    }
    Result<Exchanged> refused(Error error) {
        host.token_request("idp").then(std::move(error));
        return exchange_token(*call, exchange);
    }

    testing::FakeHost host;
    testing::CallUnderTest call{host};
    TokenExchange exchange{MCP_AUTH_TYPE_ID_JAG, {"CANARY-subject", MCP_AUTH_TYPE_ID_TOKEN, 0}};
};

TEST_F(TokenExchangeOf, AnIdTokenSendsTheFieldsOfTheProfileInTheirOrder) {
    const auto exchanged = answered(body());
    ASSERT_TRUE(exchanged) << exchanged.error().message;
    EXPECT_EQ(exchanged->token, "CANARY-id-jag");
    EXPECT_EQ(exchanged->scope, "chat.read chat.write");
    EXPECT_EQ(exchanged->expires_at, host.now() + 300);
    EXPECT_THAT(
        host.token_requests("idp").at(0).fields,
        ElementsAre(Pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                    Pair("requested_token_type", MCP_AUTH_TYPE_ID_JAG),
                    Pair("audience", "https://auth.chat.example/"),
                    Pair("resource", "https://mcp.chat.example/mcp"),
                    Pair("scope", "chat.read chat.write"), Pair("subject_token", "CANARY-subject"),
                    Pair("subject_token_type", MCP_AUTH_TYPE_ID_TOKEN)));
}

TEST_F(TokenExchangeOf, ASubjectAloneSendsNothingElse) {
    exchange.audience = exchange.resource = exchange.scope = {};
    ASSERT_TRUE(answered(body()));
    const auto sent = host.token_requests("idp").at(0);
    for (const char* name : {"audience", "resource", "scope"}) EXPECT_FALSE(sent.has(name)) << name;
}

TEST_F(TokenExchangeOf, AnotherClientIsThatClients) {
    host.token_request("broker").then(testing::TokenAnswer::json(body().dump()));
    EXPECT_TRUE(exchange_token(*call, exchange, "broker"));
}

class TokenExchangeAccepts : public TokenExchangeOf,
                             public ::testing::WithParamInterface<Change> {};
class TokenExchangeRefuses : public TokenExchangeOf,
                             public ::testing::WithParamInterface<Change> {};

TEST_P(TokenExchangeAccepts, TheAnswer) {
    const auto exchanged = answered(GetParam().in(body()));
    EXPECT_TRUE(exchanged) << exchanged.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    E3, TokenExchangeAccepts,
    ::testing::Values(Change{"TokenTypeInLowerCase", "token_type", R"("n_a")"},
                      Change{"TokenTypeInMixedCase", "token_type", R"("n_A")"},
                      Change{"NoScopeMeansAsRequested", "scope", ""},
                      Change{"NoExpiresIn", "expires_in", ""},
                      Change{"ExpiresInAsText", "expires_in", R"("300")"},
                      Change{"ARefreshTokenIsIgnored", "refresh_token", R"("ignored-token")"},
                      Change{"AnUnknownMemberIsIgnored", "x", R"({"y":[1]})"},
                      Change{"TheResourceItself", "resource", R"("https://mcp.chat.example/mcp")"},
                      Change{"TheResourceInAnArray", "resource",
                             R"(["https://mcp.chat.example/mcp"])"}),
    testing::name_of);

TEST_P(TokenExchangeRefuses, TheAnswer) {
    const auto exchanged = answered(GetParam().in(body()));
    ASSERT_EQ(exchanged.status(), Status::protocol);
    EXPECT_EQ(exchanged.error().http_status, 200);
    EXPECT_THAT(exchanged.error().message, HasSubstr(GetParam().member));
}

INSTANTIATE_TEST_SUITE_P(
    E3, TokenExchangeRefuses,
    ::testing::Values(Change{"NoIssuedTokenType", "issued_token_type", ""},
                      Change{"AnAccessTokenIssued", "issued_token_type",
                             R"("urn:ietf:params:oauth:token-type:access_token")"},
                      Change{"IssuedTokenTypeInAnotherCase", "issued_token_type",
                             R"("urn:ietf:params:oauth:token-type:ID-JAG")"},
                      Change{"IssuedTokenTypeNotAString", "issued_token_type", "1"},
                      Change{"NoAccessToken", "access_token", ""},
                      Change{"EmptyAccessToken", "access_token", R"("")"},
                      Change{"AccessTokenNotAString", "access_token", R"({"a":1})"},
                      Change{"NoTokenType", "token_type", ""},
                      Change{"TokenTypeBearer", "token_type", R"("Bearer")"},
                      Change{"TokenTypeNull", "token_type", "null"},
                      Change{"ScopeNotAString", "scope", R"(["chat.read"])"},
                      Change{"ScopeNull", "scope", "null"},
                      Change{"ScopeBeyondTheRequest", "scope", R"("chat.read chat.admin")"},
                      Change{"ScopeInAnotherCase", "scope", R"("Chat.Read")"}),
    testing::name_of);
INSTANTIATE_TEST_SUITE_P(
    E4, TokenExchangeRefuses,
    ::testing::Values(Change{"AnotherResource", "resource", R"("https://mcp.chat.example/mcp/")"},
                      Change{"AnotherResourceInAnArray", "resource",
                             R"(["https://mcp.other.example"])"},
                      Change{"NoResourceInTheArray", "resource", "[]"},
                      Change{"TheResourceTwice", "resource",
                             R"(["https://mcp.chat.example/mcp","https://mcp.chat.example/mcp"])"},
                      Change{"AnotherResourceToo", "resource",
                             R"(["https://mcp.chat.example/mcp","https://mcp.other.example"])"},
                      Change{"ResourceNotAString", "resource", "7"},
                      Change{"ResourceNull", "resource", "null"}),
    testing::name_of);

TEST_F(TokenExchangeOf, AnAnswerWith201Counts) {
    EXPECT_TRUE(answered(body(), 201));
}

TEST_F(TokenExchangeOf, AnAnswerWithoutATokenTypeIsTakenWhereThatIsAllowed) {
    exchange.missing_token_type_setting = "allow_missing_token_type";
    EXPECT_THAT(answered(without(body(), "token_type")).error().message,
                HasSubstr("the setting allow_missing_token_type"));
    exchange.allow_missing_token_type = true;
    EXPECT_TRUE(answered(without(body(), "token_type")));
    EXPECT_EQ(answered(with(body(), "token_type", "Bearer")).status(), Status::protocol);
}

TEST_F(TokenExchangeOf, ATokenThatTurnsUpInAnotherMemberIsNotShown) {
    EXPECT_THAT(
        answered(with(body(), "token_type", "eyJhbGciOiJFUzI1NiJ9.e30.CANARY")).error().message,
        HasSubstr("may hold a token"));
    EXPECT_THAT(answered(with(body(), "issued_token_type", std::string(201, 'C'))).error().message,
                HasSubstr("too long to show"));
}

TEST_F(TokenExchangeOf, NarrowerScopeIsWhatWasGranted) {
    EXPECT_EQ(answered(with(body(), "scope", "chat.read"))->scope, "chat.read");
    exchange.scope = {};  // the provider chose
    EXPECT_EQ(answered(with(body(), "scope", "chat.any"))->scope, "chat.any");
}

TEST_F(TokenExchangeOf, NoneOfTheScopesIsDeniedForAnIdJagAlone) {
    const auto none = answered(with(body(), "scope", ""));
    EXPECT_EQ(none.status(), Status::denied);
    EXPECT_THAT(none.error().message, HasSubstr("\"chat.read chat.write\""));
    exchange.requested_token_type = MCP_AUTH_TYPE_REFRESH_TOKEN;
    EXPECT_TRUE(answered(
        with(with(body(), "scope", ""), "issued_token_type", MCP_AUTH_TYPE_REFRESH_TOKEN)));
}

TEST_F(TokenExchangeOf, AnUnusableSubjectNeedsInteractionWhicheverCodeSaysSo) {  // K
    for (const char* code :
         {"invalid_grant", "invalid_request", "insufficient_user_authentication"}) {
        Error error = testing::oauth_error(Status::denied, "", code, "words", 401);
        error.max_age = std::chrono::seconds(300);
        error.acr_values = "urn:acme:mfa";
        const auto exchanged = refused(error);
        EXPECT_EQ(exchanged.status(), Status::interaction_required) << code;
        EXPECT_EQ(exchanged.error().leg, "exchange");
        EXPECT_EQ(exchanged.error().http_status, 401);
        EXPECT_EQ(exchanged.error().max_age, std::chrono::seconds(300));
        EXPECT_EQ(exchanged.error().acr_values, "urn:acme:mfa");
    }
}

TEST_F(TokenExchangeOf, AnOutageIsAnOutageWhateverItSays) {
    for (const char* code : {"", "invalid_grant", "insufficient_user_authentication"}) {
        auto error = testing::oauth_error(Status::unavailable, "exchange", code);
        error.retry_after = std::chrono::seconds(30);
        const auto exchanged = refused(error);
        EXPECT_EQ(exchanged.status(), Status::unavailable) << code;
        EXPECT_EQ(exchanged.error().retry_after, std::chrono::seconds(30));
        EXPECT_FALSE(is_refused_subject(exchanged.error()));
    }
}

TEST_F(TokenExchangeOf, APolicyThatSaysNoIsPassedOn) {
    for (const char* code : {"access_denied", "invalid_target", "invalid_scope"})
        EXPECT_EQ(refused(testing::oauth_error(Status::denied, "exchange", code)).status(),
                  Status::denied);
}

}  // namespace
}  // namespace mcp_auth::plugin
