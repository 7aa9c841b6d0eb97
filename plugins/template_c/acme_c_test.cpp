// acme_c in the fake host: no network, no real host, no real time. Each refusal is one good answer
// with one fault in it, and what must follow: the status, and that nothing was sent which should
// not be.
#include <mcp_auth/testing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace acme_c {
namespace {

using namespace mcp_auth;
namespace testing = mcp_auth::testing;
using testing::NamedTexts;
using testing::TokenAnswer;

constexpr const char* assertion = "CANARY-of-the-users-assertion";
constexpr const char* good =
    R"({"access_token":"CANARY-access-token","token_type":"Bearer","expires_in":60})";

class Acme : public ::testing::Test {
protected:
    Acme() {
        host.client("mcp", {"client-at-chat", "https://auth.chat.example", "", ""});
        host.subject(MCP_AUTH_TYPE_JWT, assertion);
    }
    // What every test must leave behind it, refusals first of all.
    void TearDown() override {
        EXPECT_TRUE(provider.expect_no_leak(assertion));
        EXPECT_TRUE(provider.expect_no_leak("CANARY-access-token"));
        for (const std::string& violation : host.violations()) ADD_FAILURE() << violation;
    }
    void answers(const std::string& body) {
        host.token_request("mcp").then(TokenAnswer::json(body));
    }
    void answers_with_scope(const std::string& scope) {
        answers(R"({"access_token":"CANARY-access-token","token_type":"Bearer","scope":")" + scope +
                R"("})");
    }

    testing::FakeHost host;
    testing::PluginUnderTest provider{&mcp_auth_plugin_entry_v1, host};
    plugin::TokenRequest request = testing::typical_token_request();
};

TEST_F(Acme, RedeemsTheUsersAssertionForTheServersResource) {
    answers(good);
    const auto token = provider.acquire(request);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "CANARY-access-token");
    EXPECT_EQ(token->token_type, "Bearer");
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_EQ(token->expires_at, host.now() + 60);
    const NamedTexts expected{{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                              {"assertion", assertion},
                              {"resource", "https://mcp.chat.example/mcp"},
                              {"scope", "chat.read"}};
    EXPECT_EQ(host.token_requests("mcp").at(0).fields, expected);
}

TEST_F(Acme, LeavesOutWhatTheConnectionDoesNotWant) {
    answers(good);
    request.omit_resource = true;
    request.scope = "";
    ASSERT_TRUE(provider.acquire(request));
    EXPECT_EQ(host.token_requests("mcp").at(0).fields.size(), 2U);
}

TEST_F(Acme, SendsNothingWhenNobodyIsSignedIn) {
    host.subject(MCP_AUTH_TYPE_JWT, Error(Status::interaction_required, "subject", "sign in"));
    const auto token = provider.acquire(request);
    EXPECT_EQ(token.status(), Status::interaction_required);
    EXPECT_EQ(token.error().message, "sign in");
    EXPECT_TRUE(host.token_requests().empty());
}

TEST_F(Acme, SendsNothingToAServerThatIsNotTheClients) {
    request.issuer = "https://auth.other.example";
    EXPECT_EQ(provider.acquire(request).status(), Status::misconfigured);
    EXPECT_TRUE(host.token_requests().empty());
}

TEST_F(Acme, PassesARefusalOnAndTriesNothingAfterIt) {
    for (const auto& [status, code] : {std::pair{Status::denied, "invalid_grant"},
                                       {Status::denied, "invalid_scope"},
                                       {Status::misconfigured, "unsupported_grant_type"},
                                       {Status::unavailable, "temporarily_unavailable"}}) {
        const auto before = host.token_requests().size();
        host.token_request("mcp").then(testing::oauth_error(status, "redemption", code));
        const auto token = provider.acquire(request);
        ASSERT_FALSE(token);
        EXPECT_EQ(token.status(), status) << code;
        EXPECT_EQ(token.error().oauth_error, code);
        EXPECT_EQ(host.token_requests().size(), before + 1) << code;
    }
}

TEST_F(Acme, DeniesAStepUpThatWasNotGranted) {
    request.reason = plugin::Reason::insufficient_scope;
    request.scope = "chat.read chat.admin";
    for (const char* less :
         {"chat.read", "chat.admi chat.read", "chat.administration", "chat.admin"}) {
        answers_with_scope(less);
        EXPECT_EQ(provider.acquire(request).status(), Status::denied) << less;
    }
    answers_with_scope("chat.admin  chat.write chat.read");
    EXPECT_TRUE(provider.acquire(request));
}

TEST_F(Acme, StopsWhenItIsCancelled) {
    host.fails(MCP_AUTH_SERVICE_OAUTH, Error(Status::cancelled, "", "cancelled"));
    EXPECT_EQ(provider.acquire(request).status(), Status::cancelled);
}

TEST_F(Acme, NeedsItsServices) {
    for (const char* service : {MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}) {
        testing::FakeHost poor;
        poor.remove(service);
        const testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, poor);
        EXPECT_EQ(other.created().status(), Status::misconfigured) << service;
    }
}

}  // namespace
}  // namespace acme_c
