// client-credentials in the fake host: what it asks, and what each answer leads to.
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::client_credentials {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::TokenAnswer;

constexpr const char* issuer = "https://auth.chat.example";
constexpr const char* good =
    R"({"access_token":"CANARY-access-token","token_type":"Bearer","expires_in":60})";

class ClientCredentials : public ::testing::Test {
protected:
    ClientCredentials() { host.client("mcp", {"nightly", issuer, "", ""}); }
    void TearDown() override {
        EXPECT_THAT(host.violations(), ElementsAre());
        EXPECT_TRUE(plugin.expect_no_leak("CANARY-access-token"));
    }
    void answers(const std::string& body) {
        host.token_request("mcp").then(TokenAnswer::json(body));
    }
    testing::NamedTexts sent() const { return host.token_requests("mcp").at(0).fields; }

    testing::FakeHost host;
    testing::PluginUnderTest plugin{&mcp_auth_plugin_entry_v1, host};
    plugin::TokenRequest request = testing::typical_token_request();
};

TEST_F(ClientCredentials, AsksForTheServersResourceAndScopeAsItself) {
    answers(good);
    const auto token = plugin.acquire(request);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "CANARY-access-token");
    EXPECT_EQ(token->token_type, "Bearer");
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_EQ(token->expires_at, host.now() + 60);
    EXPECT_THAT(sent(), ElementsAre(Pair("grant_type", "client_credentials"),
                                    Pair("resource", "https://mcp.chat.example/mcp"),
                                    Pair("scope", "chat.read")));
    EXPECT_EQ(host.client_requests().at(0).grant_types, "client_credentials");
}

TEST_F(ClientCredentials, LeavesOutWhatTheConnectionAndTheServerDoNotWant) {
    answers(good);
    request.omit_resource = true;
    request.scope = "";
    ASSERT_TRUE(plugin.acquire(request));
    EXPECT_THAT(sent(), ElementsAre(Pair("grant_type", "client_credentials")));
}

TEST_F(ClientCredentials, SendsTheAudienceThatItsSettingsName) {
    testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, host, R"({"audience":"urn:chat"})");
    answers(good);
    ASSERT_TRUE(other.acquire(request));
    EXPECT_EQ(host.token_requests("mcp").at(0).field("audience"), "urn:chat");
}

TEST_F(ClientCredentials, HandsOutTheScopeThatWasGranted) {
    answers(R"({"access_token":"CANARY-access-token","token_type":"Bearer","scope":"less"})");
    EXPECT_EQ(plugin.acquire(request)->scope, "less");
}

TEST_F(ClientCredentials, AsksNoUser) {
    answers(good);
    ASSERT_TRUE(plugin.acquire(request));
    EXPECT_TRUE(host.subject_requests().empty());
}

TEST_F(ClientCredentials, SendsNothingWhereTheServerDoesNotListTheGrant) {  // C5
    request.metadata = R"({"grant_types_supported":["authorization_code"]})";
    const auto token = plugin.acquire(request);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "token");
    EXPECT_THAT(token.error().message, HasSubstr("grant_types_supported"));
    EXPECT_TRUE(host.token_requests().empty());
    EXPECT_TRUE(host.client_requests().empty());  // nor is anything registered there
}

TEST_F(ClientCredentials, TriesWhereTheServerListsNoGrants) {
    request.metadata = R"({"issuer":"https://auth.chat.example"})";
    answers(good);
    EXPECT_TRUE(plugin.acquire(request));
}

TEST_F(ClientCredentials, DeniesAStepUpThatWasNotGranted) {  // I2
    request.reason = plugin::Reason::insufficient_scope;
    request.scope = "chat.read chat.admin";
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.admin")";
    answers(R"({"access_token":"CANARY-access-token","token_type":"Bearer","scope":"chat.read"})");
    EXPECT_EQ(plugin.acquire(request).status(), Status::denied);
    answers(R"({"access_token":"CANARY-access-token","token_type":"Bearer","scope":"chat.admin"})");
    EXPECT_TRUE(plugin.acquire(request));
}

TEST_F(ClientCredentials, PassesOnWhatTheServerSaidAndTriesNoOtherWay) {
    host.token_request("mcp").then(
        testing::oauth_error(Status::denied, "token", "unauthorized_client", "not you"));
    const auto token = plugin.acquire(request);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().oauth_error, "unauthorized_client");
    EXPECT_EQ(host.token_requests().size(), 1U);
}

TEST_F(ClientCredentials, PassesOnThatTheClientCannotBeHad) {
    host.client("mcp").then(Error(Status::misconfigured, "registration", "registers nobody"));
    const auto token = plugin.acquire(request);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().leg, "registration");
    EXPECT_TRUE(host.token_requests().empty());
}

TEST_F(ClientCredentials, NeedsAResourceAndAnIssuer) {
    request.resource = "";
    EXPECT_EQ(plugin.acquire(request).status(), Status::invalid_argument);
}

TEST_F(ClientCredentials, NeedsTheOauthService) {
    host.remove(MCP_AUTH_SERVICE_OAUTH);
    const testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, host);
    EXPECT_EQ(other.created().status(), Status::misconfigured);
}

TEST_F(ClientCredentials, RefusesASettingThatTheSchemaWouldRefuse) {
    for (const char* settings : {R"({"audience":""})", R"({"audience":1})"}) {
        const testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, host, settings);
        EXPECT_EQ(other.created().status(), Status::misconfigured) << settings;
    }
}

}  // namespace
}  // namespace mcp_auth::client_credentials
