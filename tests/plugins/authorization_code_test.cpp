#include "settings_schema.hpp"

#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>

#include <memory>
#include <string>

extern "C" const mcp_auth_plugin* mcp_auth_plugin_entry_v1(void);

namespace mcp_auth::authorization_code {
namespace {

using namespace mcp_auth::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* issuer = "https://auth.chat.example";
constexpr const char* key = R"(["refresh","https://mcp.chat.example/mcp"])";

std::string metadata(const std::string& change = {}, const std::string& without = {}) {
    auto value = json::parse(R"({"issuer":"https://auth.chat.example",
        "authorization_endpoint":"https://auth.chat.example/authorize",
        "token_endpoint":"https://auth.chat.example/token",
        "response_types_supported":["code"],
        "grant_types_supported":["authorization_code","refresh_token"],
        "code_challenge_methods_supported":["plain","S256"],
        "scopes_supported":["chat.read","offline_access"]})");
    auto out = json::Value::object();
    for (const auto& member : value->members())
        if (member.name != without) out.set(member.name, member.value);
    if (const auto more = json::parse(change); more)
        for (const auto& member : more->members()) out.set(member.name, member.value);
    return out.dump();
}

class AuthorizationCode : public ::testing::Test {
protected:
    AuthorizationCode() { server_is(metadata()); }
    void server_is(std::string text) {
        text_ = std::move(text);
        request.metadata = text_;
        host.client("mcp", ClientAnswer{"us", issuer, text_, {}});
    }
    void start(const char* settings = "{}") {
        plugin.emplace(&mcp_auth_plugin_entry_v1, host, settings);
    }
    Result<Token> acquire() {
        if (!plugin) start();
        return plugin->acquire(request);
    }
    void code(const std::string& name = "the-code") {
        host.browser().then(BrowserCode{name, "the-verifier"});
    }
    void answer(const std::string& members) {
        host.token_request("mcp").then(
            TokenAnswer::json(R"({"access_token":"at","token_type":"Bearer",)" + members + "}"));
    }
    void refuse(Status status, const char* error, int http_status = 400) {
        host.token_request("mcp").then(oauth_error(status, "token", error, {}, http_status));
    }
    void kept(const std::string& token, const std::string& granted,
              const std::string& asked = "chat.read") {
        host.put("mcp", key,
                 {R"({"refresh_token":")" + token + R"(","asked":")" + asked + R"(","granted":")" +
                      granted + R"("})",
                  0});
    }
    std::string stored() const {
        const auto entry = host.stored("mcp", key);
        return entry ? entry->value : std::string();
    }
    FakeHost host;
    std::optional<PluginUnderTest> plugin;
    plugin::TokenRequest request = typical_token_request();

private:
    std::string text_;
};

TEST_F(AuthorizationCode, AsksTheUserAndRedeemsTheCodeWithItsVerifier) {
    code();
    answer(R"("expires_in":60,"scope":"chat.read")");
    const auto token = acquire();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "at");
    EXPECT_EQ(token->expires_at, host.now() + 60);
    const auto sent = host.token_requests("mcp").at(0);
    EXPECT_EQ(sent.fields, (NamedTexts{{"grant_type", "authorization_code"},
                                       {"code", "the-code"},
                                       {"redirect_uri", "http://127.0.0.1:33418/callback"},
                                       {"code_verifier", "the-verifier"},
                                       {"resource", "https://mcp.chat.example/mcp"}}));
    EXPECT_THAT(plugin->violations(), IsEmpty());
}

TEST_F(AuthorizationCode, SendsTheBrowserToTheEndpointWithS256StateScopeAndResource) {
    code();
    answer(R"("expires_in":60)");
    ASSERT_TRUE(acquire());
    EXPECT_EQ(host.browser_urls().at(0),
              "https://auth.chat.example/authorize?response_type=code&client_id=us&redirect_uri="
              "http%3A%2F%2F127.0.0.1%3A33418%2Fcallback&state=fake-state&code_challenge="
              "fake-S256-challenge&code_challenge_method=S256&scope=chat.read+offline_access"
              "&prompt=consent&resource=https%3A%2F%2Fmcp.chat.example%2Fmcp");
}

TEST_F(AuthorizationCode, RegistersForBothGrantsWithTheListenersAddressAndNoScope) {
    code();
    answer(R"("expires_in":60)");
    ASSERT_TRUE(acquire());
    const auto asked = host.client_requests().at(0);
    EXPECT_EQ(asked.redirect_uri, "http://127.0.0.1:33418/callback");
    EXPECT_EQ(asked.grant_types, "authorization_code refresh_token");
    EXPECT_EQ(asked.scope, "");
}

TEST_F(AuthorizationCode, LeavesResourceOutOfBothRequestsWhereTheConnectionSaysSo) {
    request.omit_resource = true;
    code();
    answer(R"("expires_in":60)");
    ASSERT_TRUE(acquire());
    EXPECT_THAT(host.browser_urls().at(0), Not(HasSubstr("resource=")));
    EXPECT_FALSE(host.token_requests("mcp").at(0).has("resource"));
}

TEST_F(AuthorizationCode, SendsNoScopeWhereThereIsNone) {
    server_is(metadata(R"({"scopes_supported":[]})"));
    request.scope = "";
    code();
    answer(R"("expires_in":60)");
    ASSERT_TRUE(acquire());
    EXPECT_THAT(host.browser_urls().at(0), Not(HasSubstr("scope=")));
}

TEST_F(AuthorizationCode, AsksForOfflineAccessOnlyWhereItIsListedAndARefreshTokenWanted) {
    for (const auto& [text, settings] :
         {std::pair{metadata(R"({"scopes_supported":["chat.read"]})"), "{}"},
          std::pair{metadata("", "scopes_supported"), "{}"},
          std::pair{metadata(R"({"grant_types_supported":["authorization_code"]})"), "{}"},
          std::pair{metadata(), R"({"refresh_tokens":false})"}}) {
        FakeHost other;
        PluginUnderTest tested(&mcp_auth_plugin_entry_v1, other, settings);
        other.client("mcp", ClientAnswer{"us", issuer, text, {}});
        other.browser().then(BrowserCode{"c", "v"});
        other.token_request("mcp").then(
            TokenAnswer::json(R"({"access_token":"at","token_type":"Bearer"})"));
        auto asked = typical_token_request();
        asked.metadata = text;
        ASSERT_TRUE(tested.acquire(asked)) << text;
        EXPECT_THAT(other.browser_urls().at(0), Not(HasSubstr("offline_access"))) << text;
        EXPECT_THAT(other.browser_urls().at(0), Not(HasSubstr("prompt="))) << text;
    }
}

struct Unusable {
    const char* name;
    const char* change;
    const char* without;
};
class UnusableServer : public AuthorizationCode, public ::testing::WithParamInterface<Unusable> {};

TEST_P(UnusableServer, IsRefusedBeforeAnybodyIsAsked) {
    server_is(metadata(GetParam().change, GetParam().without));
    const auto token = acquire();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::misconfigured);
    EXPECT_THAT(host.browser_urls(), IsEmpty());
    EXPECT_THAT(host.client_requests(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    A, UnusableServer,
    ::testing::Values(
        Unusable{"WithoutPkceInItsMetadata", "", "code_challenge_methods_supported"},
        Unusable{"WithPlainAlone", R"({"code_challenge_methods_supported":["plain"]})", ""},
        Unusable{"WithoutAnAuthorizationEndpoint", "", "authorization_endpoint"},
        Unusable{"WithoutCodes", R"({"response_types_supported":["id_token"]})", ""},
        Unusable{"WithoutTheGrant", R"({"grant_types_supported":["client_credentials"]})", ""}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(AuthorizationCode, IsNotRunForAClientOfAnotherIssuer) {
    host.client("mcp", ClientAnswer{"us", "https://other.example", metadata(), {}});
    EXPECT_EQ(acquire().status(), Status::misconfigured);
    EXPECT_THAT(host.browser_urls(), IsEmpty());
}

TEST_F(AuthorizationCode, NeedsTheUserWhereNobodyMayBeAsked) {
    host.allow_interaction(false);
    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_THAT(host.client_requests(), IsEmpty());  // registers nothing for it either
}

TEST_F(AuthorizationCode, PassesOnWhatTheBrowserBroughtInsteadOfACode) {
    host.browser().then(oauth_error(Status::denied, "authorization", "access_denied"));
    EXPECT_EQ(acquire().status(), Status::denied);
    EXPECT_THAT(host.token_requests(), IsEmpty());
}

TEST_F(AuthorizationCode, PassesOnWhyACodeWasNotRedeemed) {
    code();
    refuse(Status::interaction_required, "invalid_grant");
    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(host.token_requests().size(), 1U);
}

TEST_F(AuthorizationCode, KeepsTheRefreshTokenAndUsesItInsteadOfTheUser) {
    code();
    answer(R"("expires_in":60,"refresh_token":"rt-1","scope":"chat.read")");
    ASSERT_TRUE(acquire());
    answer(R"("expires_in":60)");
    request.reason = plugin::Reason::expiring;
    host.allow_interaction(false);
    const auto token = acquire();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_EQ(host.token_requests("mcp").at(1).fields,
              (NamedTexts{{"grant_type", "refresh_token"},
                          {"refresh_token", "rt-1"},
                          {"resource", "https://mcp.chat.example/mcp"}}));
    EXPECT_THAT(stored(), HasSubstr("rt-1"));
    EXPECT_TRUE(plugin->expect_no_leak("rt-1"));
}

TEST_F(AuthorizationCode, KeepsARotatedRefreshTokenInThePlaceOfTheFormer) {
    kept("rt-1", "chat.read");
    answer(R"("expires_in":60,"refresh_token":"rt-2")");
    ASSERT_TRUE(acquire());
    EXPECT_THAT(stored(), HasSubstr("rt-2"));
    EXPECT_THAT(stored(), Not(HasSubstr("rt-1")));
}

TEST_F(AuthorizationCode, ForgetsARefusedRefreshTokenAndAsksTheUserOnce) {
    kept("rt-1", "chat.read");
    refuse(Status::interaction_required, "invalid_grant");
    code();
    answer(R"("expires_in":60,"refresh_token":"rt-2")");
    ASSERT_TRUE(acquire());
    EXPECT_EQ(host.browser_urls().size(), 1U);
    EXPECT_THAT(stored(), HasSubstr("rt-2"));
}

TEST_F(AuthorizationCode, NeverShowsARefusedRefreshTokenAgainWhereNobodyMayBeAsked) {
    kept("rt-1", "chat.read");
    refuse(Status::interaction_required, "invalid_grant");
    host.allow_interaction(false);
    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(acquire().status(), Status::interaction_required);
    EXPECT_EQ(host.token_requests().size(), 1U);
    EXPECT_EQ(stored(), "");
}

TEST_F(AuthorizationCode, KeepsTheRefreshTokenThroughAnOutageAndDoesNotAskTheUserForIt) {
    kept("rt-1", "chat.read");
    for (const auto* error : {"temporarily_unavailable", "invalid_grant"}) {
        refuse(Status::unavailable, error, 429);
        EXPECT_EQ(acquire().status(), Status::unavailable);
    }
    EXPECT_THAT(host.browser_urls(), IsEmpty());
    EXPECT_THAT(stored(), HasSubstr("rt-1"));
}

TEST_F(AuthorizationCode, StartsOverWhereTheHostForgotARegistrationThatTheServerForgot) {
    kept("rt-1", "chat.read");
    bool refused = false;
    host.token_request("mcp").otherwise([&](const SentTokenRequest&) -> Result<TokenAnswer> {
        if (refused) return TokenAnswer::json(R"({"access_token":"at","token_type":"Bearer"})");
        refused = true;
        host.put("mcp", key, {});  // as the host does with all that belonged to the client
        return oauth_error(Status::misconfigured, "token", "invalid_client", {}, 401);
    });
    code();
    const auto token = acquire();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(host.token_requests("mcp").at(1).field("grant_type"), "authorization_code");
}

TEST_F(AuthorizationCode, AsksNobodyWhereAConfiguredClientIsRefused) {
    kept("rt-1", "chat.read");
    refuse(Status::misconfigured, "invalid_client", 401);
    EXPECT_EQ(acquire().status(), Status::misconfigured);
    EXPECT_THAT(host.browser_urls(), IsEmpty());
    EXPECT_THAT(stored(), HasSubstr("rt-1"));
}

TEST_F(AuthorizationCode, AsksTheUserForScopeThatTheRefreshTokenDoesNotReach) {
    kept("rt-1", "chat.read");
    request.scope = "chat.read chat.write";
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.write")";
    code();
    answer(R"("expires_in":60,"scope":"chat.read chat.write","refresh_token":"rt-2")");
    ASSERT_TRUE(acquire());
    EXPECT_THAT(host.browser_urls().at(0), HasSubstr("scope=chat.read+chat.write+offline_access"));
    EXPECT_THAT(stored(), HasSubstr("rt-2"));
}

TEST_F(AuthorizationCode, RefreshesWhereTheServerGrantedLessThanWasAskedFor) {
    kept("rt-1", "chat.read", "chat.read chat.write");
    request.scope = "chat.read chat.write";
    answer(R"("expires_in":60)");
    const auto token = acquire();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->scope, "chat.read");
}

TEST_F(AuthorizationCode, LosesNoRefreshTokenToAStepUpThatBringsNoneOrANarrowerOne) {
    for (const auto* more : {"", R"(,"refresh_token":"rt-narrow")"}) {
        kept("rt-1", "chat.read chat.admin", "chat.read chat.admin");
        request.scope = "chat.read chat.write";
        code();
        answer(std::string(R"("expires_in":60,"scope":"chat.read")") + more);
        ASSERT_TRUE(acquire());
        EXPECT_THAT(stored(), HasSubstr("rt-1"));
    }
}

TEST_F(AuthorizationCode, IsDeniedAStepUpThatTheUserDidNotGrant) {
    request.scope = "chat.read chat.write";
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.write")";
    code();
    answer(R"("expires_in":60,"scope":"chat.read")");
    EXPECT_EQ(acquire().status(), Status::denied);
}

TEST_F(AuthorizationCode, ShowsARefreshTokenToNoOtherServer) {
    kept("rt-1", "chat.read");
    // The store keeps entries by issuer and client, so another server's finds nothing.
    const std::string there = metadata(R"({"issuer":"https://two.example",
        "authorization_endpoint":"https://two.example/authorize"})");
    host.client("mcp", ClientAnswer{"other", "https://two.example", there, {}});
    request.issuer = "https://two.example";
    request.metadata = there;
    // The fake host knows a client once it was asked for.
    code();
    answer(R"("expires_in":60)");
    ASSERT_TRUE(acquire());
    for (const auto& sent : host.token_requests("mcp")) EXPECT_FALSE(sent.has("refresh_token"));
}

TEST_F(AuthorizationCode, KeepsNothingWhereRefreshTokensAreOff) {
    start(R"({"refresh_tokens":false})");
    code();
    answer(R"("expires_in":60,"refresh_token":"rt-1")");
    ASSERT_TRUE(acquire());
    EXPECT_EQ(stored(), "");
    EXPECT_EQ(host.client_requests().at(0).grant_types, "authorization_code");
}

TEST_F(AuthorizationCode, WorksWithoutAStore) {
    host.remove(MCP_AUTH_SERVICE_STORE);
    code();
    answer(R"("expires_in":60,"refresh_token":"rt-1")");
    EXPECT_TRUE(acquire());
}

TEST_F(AuthorizationCode, AsksNobodyWhileTheStoreIsDown) {
    host.fails(MCP_AUTH_SERVICE_STORE, Error(Status::unavailable, "store", "disk full"));
    EXPECT_EQ(acquire().status(), Status::unavailable);
    EXPECT_THAT(host.browser_urls(), IsEmpty());
}

TEST(AuthorizationCodeCreate, NamesASettingThatItCannotUse) {
    FakeHost host;
    PluginUnderTest tested(&mcp_auth_plugin_entry_v1, host, R"({"refresh_tokens":"no"})");
    ASSERT_FALSE(tested.created());
    EXPECT_THAT(tested.created().error().message, HasSubstr("refresh_tokens"));
}

TEST(AuthorizationCodeCreate, AgreesWithTheSchemaAboutItsSettings) {
    FakeHost host;
    const auto taken = [&](const char* settings) {
        return PluginUnderTest(&mcp_auth_plugin_entry_v1, host, settings).created().ok();
    };
    for (const char* settings : {"{}", R"({"refresh_tokens":false})", R"({"x-note":1})"}) {
        EXPECT_TRUE(schema_allows(SETTINGS_SCHEMA, settings)) << settings;
        EXPECT_TRUE(taken(settings)) << settings;
    }
    for (const char* settings : {R"({"refresh_tokens":"no"})", R"({"refresh_tokens":null})"}) {
        EXPECT_FALSE(schema_allows(SETTINGS_SCHEMA, settings)) << settings;
        EXPECT_FALSE(taken(settings)) << settings;
    }
}

}  // namespace
}  // namespace mcp_auth::authorization_code
