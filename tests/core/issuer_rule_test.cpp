// C4: what may go to an authorization server that the administrator did not list.
#include "core_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class IssuerRuleTest : public CoreTest {
protected:
    void discovered(bool leave) {
        configuration = R"({
          "version": 1,
          "providers": { "acme": { "plugin": "scripted",
                                   "clients": { "mcp": { "id": "us", "method": "none" } } } },
          "connections": [ { "name": "chat", "server": "https://mcp.example/mcp",
                             "provider": "acme", "issuer": "discovered" } ],
          "policy": { "credentials_to_discovered_issuer": )" +
                        std::string(leave ? "true" : "false") + " } }";
    }
    void redeem_an_assertion() {
        grant.acquire = [](plugin::Call& call,
                           const plugin::TokenRequest&) -> Result<plugin::Token> {
            auto answer = call.token_request(
                "mcp", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                        {"assertion", "aaa.bbb.ccc"}});
            if (!answer) return answer.error();
            return plugin::Token{answer->access_token, answer->token_type, {}, 0};
        };
    }
    // Where the resource's metadata leads is not gone to.
    void expect_the_policy_to_refuse_what_follows() {
        const auto token = connect().token();
        ASSERT_FALSE(token);
        EXPECT_EQ(token.error().status, Status::misconfigured);
        EXPECT_NE(token.error().message.find("private_networks"), std::string::npos)
            << token.error().message;
        EXPECT_EQ(http->sent(), (std::vector<std::string>{std::string("GET ") + resource_url}));
    }
};

TEST_F(IssuerRuleTest, AnIssuerThatIsNotListedIsMisconfiguredAndNothingIsSentToIt) {
    http->on("GET", resource_url);
    configuration.replace(configuration.find("https://auth.example"), 20, "https://good.example");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::misconfigured);
    EXPECT_EQ(http->sent(), (std::vector<std::string>{std::string("GET ") + resource_url}));
}

// L2: the network of these tests is an application's own transport.
TEST_F(IssuerRuleTest, ADiscoveredIssuerOfAnAddressThatThePolicyRefusesIsNotAsked) {
    for (const char* const address : {"169.254.169.254", "0xa9fea9fe", "127.0.0.1"}) {
        discovered(true);
        http = std::make_shared<ScriptedTransport>();
        http->on("GET", resource_url)
            .json(200, std::string(R"({"resource": "https://mcp.example/mcp",)") +
                           R"("authorization_servers": ["https://)" + address + R"("]})");
        expect_the_policy_to_refuse_what_follows();
    }
}

TEST_F(IssuerRuleTest, ARedirectToAnAddressThatThePolicyRefusesIsNotFollowed) {
    discovered(true);
    http = std::make_shared<ScriptedTransport>();
    http->on("GET", resource_url)
        .respond(302, "", {{"Location", "https://169.254.169.254/latest/meta-data"}});
    expect_the_policy_to_refuse_what_follows();
    for (const auto& request : http->requests()) EXPECT_EQ(request.max_redirects, 0);
}

TEST_F(IssuerRuleTest, AnotherRedirectIsFollowedForAnApplicationsTransportToo) {
    discovered(true);
    http->on("GET", resource_url)
        .anew()
        .respond(302, "", {{"Location", "https://mcp.example/about"}});
    http->on("GET", "https://mcp.example/about")
        .json(200, R"({"resource": "https://mcp.example/mcp",)"
                   R"("authorization_servers": ["https://auth.example"]})");
    grant_next("t1");
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
}

TEST_F(IssuerRuleTest, AnAssertionDoesNotGoToADiscoveredIssuer) {
    discovered(false);
    redeem_an_assertion();
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::misconfigured);
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(IssuerRuleTest, AnAssertionForADiscoveredIssuerIsNotEvenAskedFor) {
    discovered(false);
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest& request) {
        auto answer = call.token_request(
            "mcp", {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                    {"audience", request.issuer}});
        return answer ? Result<plugin::Token>(plugin::Token{}) : answer.error();
    };
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::misconfigured);
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(IssuerRuleTest, ThePolicyAllowsIt) {
    discovered(true);
    redeem_an_assertion();
    grant_next("t1");
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->value(), "t1");
}

TEST_F(IssuerRuleTest, APublicClientWithoutAnAssertionMayAskADiscoveredIssuer) {
    discovered(false);
    grant_next("t1");
    EXPECT_TRUE(connect().token());
}

}  // namespace
}  // namespace mcp_auth::host::testing
