// workload-identity in the fake host: the platform's assertion, and what each answer leads to.
#include <mcp_auth/jws.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::workload_identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::TokenAnswer;

constexpr const char* issuer = "https://auth.chat.example";
constexpr const char* grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr const char* good =
    R"({"access_token":"CANARY-access-token","token_type":"Bearer","expires_in":60})";

class WorkloadIdentity : public ::testing::Test {
protected:
    WorkloadIdentity() {
        host.client("mcp", {"reports-job", issuer, "", ""});
        provide(assertion_until(host.now() + 600));
    }
    void TearDown() override {
        EXPECT_THAT(host.violations(), ElementsAre());
        EXPECT_TRUE(plugin.expect_no_leak("CANARY-access-token"));
        const auto signature = assertion.substr(assertion.rfind('.') + 1);
        if (signature.size() >= 12) {  // anything shorter stands in many a word
            EXPECT_TRUE(plugin.expect_no_leak(signature));
        }
    }
    static std::string jwt(const std::string& payload) {
        return base64url_encode(R"({"alg":"ES256","typ":"JWT"})") + "." +
               base64url_encode(payload) + "." + base64url_encode("CANARY signature of a platform");
    }
    static std::string assertion_until(std::int64_t expiry) {
        return jwt(R"({"iss":"https://platform","sub":"job","aud":"anything","exp":)" +
                   std::to_string(expiry) + "}");
    }
    void provide(std::string text) {
        assertion = std::move(text);
        host.subject(MCP_AUTH_TYPE_JWT, assertion);
    }
    void answers(const std::string& body) {
        host.token_request("mcp").then(TokenAnswer::json(body));
    }
    testing::NamedTexts sent(std::size_t which = 0) const {
        return host.token_requests("mcp").at(which).fields;
    }
    Error refused() {
        const auto token = plugin.acquire(request);
        EXPECT_FALSE(token);
        EXPECT_TRUE(host.token_requests().empty());
        return token ? Error() : token.error();
    }

    testing::FakeHost host;
    testing::PluginUnderTest plugin{&mcp_auth_plugin_entry_v1, host};
    plugin::TokenRequest request = testing::typical_token_request();
    std::string assertion;
};

TEST_F(WorkloadIdentity, ShowsThePlatformsAssertionForTheServersResource) {
    answers(good);
    const auto token = plugin.acquire(request);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "CANARY-access-token");
    EXPECT_EQ(token->expires_at, host.now() + 60);
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_THAT(sent(), ElementsAre(Pair("grant_type", grant), Pair("assertion", assertion),
                                    Pair("resource", "https://mcp.chat.example/mcp"),
                                    Pair("scope", "chat.read")));
    EXPECT_EQ(host.client_requests().at(0).grant_types, grant);
}

TEST_F(WorkloadIdentity, LeavesOutWhatTheConnectionAndTheServerDoNotWant) {
    answers(good);
    request.omit_resource = true;
    request.scope = "";
    ASSERT_TRUE(plugin.acquire(request));
    EXPECT_THAT(sent(), ElementsAre(Pair("grant_type", grant), Pair("assertion", assertion)));
}

TEST_F(WorkloadIdentity, AsksForTheAssertionAnewEachTime) {
    answers(good);
    answers(good);
    ASSERT_TRUE(plugin.acquire(request));
    provide(assertion_until(host.now() + 1200));
    ASSERT_TRUE(plugin.acquire(request));
    EXPECT_EQ(sent(1).at(1).second, assertion);
}

TEST_F(WorkloadIdentity, DoesNotSendOneThatHasExpired) {
    provide(assertion_until(host.now() - 31));
    const auto error = refused();
    EXPECT_EQ(error.status, Status::unavailable);
    EXPECT_EQ(error.leg, "subject");
    EXPECT_THAT(error.message, HasSubstr("expired"));
}

TEST_F(WorkloadIdentity, AllowsForAClockThatDiffers) {
    answers(good);
    provide(assertion_until(host.now() - 29));
    EXPECT_TRUE(plugin.acquire(request));
    testing::PluginUnderTest strict(&mcp_auth_plugin_entry_v1, host, R"({"clock_leeway":0})");
    EXPECT_EQ(strict.acquire(request).status(), Status::unavailable);
}

TEST_F(WorkloadIdentity, LeavesTheOtherClaimsToTheServer) {
    for (const char* payload : {"{}", R"({"exp":"text"})", R"({"aud":["a","b"]})"}) {
        answers(good);
        provide(jwt(payload));
        EXPECT_TRUE(plugin.acquire(request)) << payload;
    }
}

TEST_F(WorkloadIdentity, DoesNotSendWhatIsNoJwt) {
    for (const char* text : {"a-password-of-somebody", "a.b", "{\"a\":1}", "a.b.c"}) {
        provide(text);
        const auto error = refused();
        EXPECT_EQ(error.status, Status::misconfigured) << text;
        EXPECT_EQ(error.leg, "subject");
    }
}

TEST_F(WorkloadIdentity, SaysWhichTypeItsSubjectMustHave) {
    host.subject(MCP_AUTH_TYPE_JWT, Error(Status::unsupported, "subject", "there is an id_token"));
    const auto error = refused();
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("\"type\": \"jwt\""));
}

TEST_F(WorkloadIdentity, PassesOnThatThereIsNoAssertion) {
    host.subject(MCP_AUTH_TYPE_JWT, Error(Status::misconfigured, "subject", "no such file"));
    EXPECT_EQ(refused().message, "no such file");
}

TEST_F(WorkloadIdentity, NeverTriesAgainAfterARefusal) {  // K1
    for (const auto& [status, code] : {std::pair{Status::denied, "invalid_grant"},
                                       {Status::denied, "invalid_scope"},
                                       {Status::denied, "unauthorized_client"},
                                       {Status::unavailable, "server_error"}}) {
        const auto before = host.token_requests().size();
        host.token_request("mcp").then(testing::oauth_error(status, "redemption", code));
        const auto token = plugin.acquire(request);
        ASSERT_FALSE(token);
        EXPECT_EQ(token.status(), status) << code;
        EXPECT_EQ(token.error().oauth_error, code);
        EXPECT_EQ(host.token_requests().size(), before + 1) << code;
    }
}

TEST_F(WorkloadIdentity, SendsNothingWhereTheServerDoesNotListTheGrant) {  // C5
    request.metadata = R"({"grant_types_supported":["client_credentials"]})";
    const auto error = refused();
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("grant_types_supported"));
    EXPECT_TRUE(host.subject_requests().empty());
}

TEST_F(WorkloadIdentity, DeniesAStepUpThatWasNotGranted) {  // I2
    request.reason = plugin::Reason::insufficient_scope;
    request.challenge = R"(Bearer error="insufficient_scope", scope="chat.admin")";
    answers(R"({"access_token":"CANARY-access-token","token_type":"Bearer","scope":"chat.read"})");
    EXPECT_EQ(plugin.acquire(request).status(), Status::denied);
}

TEST_F(WorkloadIdentity, NeedsItsServices) {
    for (const char* service : {MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}) {
        testing::FakeHost poor;
        poor.remove(service);
        const testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, poor);
        EXPECT_EQ(other.created().status(), Status::misconfigured) << service;
    }
}

TEST_F(WorkloadIdentity, RefusesASettingThatTheSchemaWouldRefuse) {
    for (const char* settings :
         {R"({"clock_leeway":-1})", R"({"clock_leeway":301})", R"({"clock_leeway":"1"})"}) {
        const testing::PluginUnderTest other(&mcp_auth_plugin_entry_v1, host, settings);
        EXPECT_EQ(other.created().status(), Status::misconfigured) << settings;
    }
}

}  // namespace
}  // namespace mcp_auth::workload_identity
