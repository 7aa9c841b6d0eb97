// The host library as an application links it: the shipped plugin, loaded through its manifest,
// against the demo enterprise over TLS.
#include "fault.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/host.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace mcp_auth::integration {
namespace {

using demo::Enterprise;
using demo::Server;

class EmbeddingTest : public ::testing::Test {
protected:
    explicit EmbeddingTest(demo::Options options = {}) {
        options.record = true;
        auto started = Enterprise::start(options);
        EXPECT_TRUE(started);
        enterprise = std::move(*started);
        EXPECT_TRUE(enterprise->sign_in());
    }
    Host open(const std::string& configuration = {}) {
        Options options;
        options.config_file = *enterprise->write_configuration({}, configuration);
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        options.store = store;
        auto host = Host::open(options);
        EXPECT_TRUE(host) << (host ? "" : host.error().message);
        return std::move(*host);
    }
    std::size_t posts(Server server) const {
        const auto requests = enterprise->requests(server, "/token");
        return requests.size();
    }
    static Headers challenge(const std::string& value) { return {{"WWW-Authenticate", value}}; }

    std::unique_ptr<Enterprise> enterprise;
    std::shared_ptr<Store> store;
};

TEST_F(EmbeddingTest, ATokenIsWonWithTheRequestsThatTheStandardsWant) {
    const auto host = open();
    const auto token = host.connection(enterprise->mcp_url())->token();
    ASSERT_TRUE(token) << token.error().message;

    const auto exchange = enterprise->requests(Server::idp, "/token");
    ASSERT_EQ(exchange.size(), 1U);
    const auto& sent = exchange.front();
    EXPECT_EQ(sent.field("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");  // E1
    EXPECT_EQ(sent.field("requested_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
    EXPECT_EQ(sent.field("audience"), enterprise->authorization_server_issuer());
    EXPECT_EQ(sent.field("resource"), enterprise->mcp_url());
    EXPECT_EQ(sent.field("scope"), "chat.read");
    EXPECT_EQ(sent.field("subject_token_type"), "urn:ietf:params:oauth:token-type:id_token");
    EXPECT_EQ(sent.header("Authorization").rfind("Basic ", 0), 0U);  // G2
    EXPECT_FALSE(sent.field("client_secret"));
    EXPECT_FALSE(sent.field("client_id"));

    const auto redemption = enterprise->requests(Server::authorization_server, "/token");
    ASSERT_EQ(redemption.size(), 1U);
    EXPECT_EQ(redemption.front().field("grant_type"),
              "urn:ietf:params:oauth:grant-type:jwt-bearer");  // G1
    EXPECT_TRUE(redemption.front().field("assertion"));
    EXPECT_EQ(redemption.front().field("resource"), enterprise->mcp_url());
}

TEST_F(EmbeddingTest, AWrongTokenIsReplacedOnceTheServerRefusesIt) {
    const auto host = open();
    const auto chat = host.connection(enterprise->mcp_url());
    auto call = chat->request();
    ASSERT_TRUE(chat->token());
    ASSERT_TRUE(call.authorize("POST", enterprise->mcp_url()));
    const auto first = std::string(call.token()->value());
    ASSERT_TRUE(call.again(401, challenge("Bearer error=\"invalid_token\"")));
    const auto headers = call.authorize("POST", enterprise->mcp_url());
    ASSERT_TRUE(headers) << headers.error().message;
    EXPECT_NE(call.token()->value(), first);
    EXPECT_EQ(posts(Server::idp), 2U);  // a rejected token wants a fresh ID-JAG
    EXPECT_EQ(posts(Server::authorization_server), 2U);
}

// A second process that has the same store, as a restarted command has.
TEST_F(EmbeddingTest, AServerThatWantsAnIdJagOnceIsRemembered) {
    store = Store::memory();
    for (const std::size_t redemptions : {1U, 3U, 4U}) {  // only the first reuse is refused
        const auto host = open();
        const auto token = host.connection(enterprise->mcp_url())->token();
        ASSERT_TRUE(token) << token.error().message;
        EXPECT_EQ(posts(Server::authorization_server), redemptions);
    }
    EXPECT_EQ(posts(Server::idp), 3U);
}

class ReuseTest : public EmbeddingTest {
protected:
    static demo::Options lenient() {
        demo::Options options;
        options.single_use = false;
        return options;
    }
    ReuseTest() : EmbeddingTest(lenient()) {}
};

TEST_F(ReuseTest, AnIdJagIsShownAgainWhereTheServerAcceptsThat) {
    store = Store::memory();
    for (int i = 0; i < 3; ++i) {
        const auto host = open();
        ASSERT_TRUE(host.connection(enterprise->mcp_url())->token());
    }
    EXPECT_EQ(posts(Server::idp), 1U);
    EXPECT_EQ(posts(Server::authorization_server), 3U);
}

TEST_F(EmbeddingTest, AStepUpThatTheEnterpriseNarrowsAwayIsDeniedAtOnce) {
    demo::SignIn carol;
    carol.user = "carol";
    ASSERT_TRUE(enterprise->sign_in(carol));
    const auto host = open();
    const auto chat = host.connection(enterprise->mcp_url());
    ASSERT_TRUE(chat->token());
    auto call = chat->request();
    ASSERT_TRUE(call.authorize("POST", enterprise->mcp_url()));
    ASSERT_TRUE(
        call.again(403, challenge("Bearer error=\"insufficient_scope\", scope=\"chat.admin\"")));
    const auto headers = call.authorize("POST", enterprise->mcp_url());
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.error().status, Status::denied);
    EXPECT_EQ(posts(Server::authorization_server), 1U);
}

TEST_F(EmbeddingTest, TheFirstLegAloneGivesAnIdJagForTheAllowedServerOnly) {
    const auto host = open();
    const auto chat = host.connection(enterprise->mcp_url());
    const auto jag = chat->assertion(
        {enterprise->authorization_server_issuer(), enterprise->mcp_url(), "chat.read"});
    ASSERT_TRUE(jag) << jag.error().message;
    EXPECT_EQ(jag->token_type, "urn:ietf:params:oauth:token-type:id-jag");
    EXPECT_EQ(std::count(jag->value.begin(), jag->value.end(), '.'), 2);
    EXPECT_EQ(chat->assertion({"https://other.example", "", ""}).status(), Status::misconfigured);
    EXPECT_EQ(posts(Server::authorization_server), 0U);
}

TEST_F(EmbeddingTest, AGatewaysUsersHaveTheirOwnTokens) {
    const auto host = open();
    const auto chat = host.connection(enterprise->mcp_url());
    const auto user = [&](const std::string& name) {
        return host.user(name, [this, name](std::string_view, const Bounds&) {
            demo::SignIn sign_in;
            sign_in.user = name;
            sign_in.write = false;
            SubjectAssertion assertion;
            assertion.value = *enterprise->sign_in(sign_in);
            return Result<SubjectAssertion>(std::move(assertion));
        });
    };
    Wait alice, bob, carol;
    alice.user = user("alice");
    bob.user = user("bob");
    carol.user = user("carol");
    const auto hers = chat->token(alice), other = chat->token(carol);
    ASSERT_TRUE(hers) << hers.error().message;
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_NE(hers->value(), other->value());
    EXPECT_EQ(chat->token(bob).status(), Status::denied);
    EXPECT_EQ(chat->token(alice)->value(), hers->value());
}

// D2: what a SAML assertion was exchanged for serves the next ID-JAG, until the IdP revokes it.
TEST_F(EmbeddingTest, ASamlAssertionIsExchangedAgainOnlyWhenItsRefreshTokenWasRevoked) {
    demo::SignIn saml2;
    saml2.as = demo::SubjectType::saml2;
    ASSERT_TRUE(enterprise->sign_in(saml2));
    auto configuration = json::parse(enterprise->configuration());
    ASSERT_TRUE(configuration);
    subject_is(*configuration, "saml2");
    const auto host = open(configuration->dump());
    const auto chat = host.connection(enterprise->mcp_url());
    auto call = chat->request();
    ASSERT_TRUE(chat->token());
    EXPECT_EQ(posts(Server::idp), 2U);  // for a refresh token, and for an ID-JAG with that

    const auto refused = [&] {
        ASSERT_TRUE(call.authorize("POST", enterprise->mcp_url()));
        ASSERT_TRUE(call.again(401, challenge("Bearer error=\"invalid_token\"")));
        const auto headers = call.authorize("POST", enterprise->mcp_url());
        ASSERT_TRUE(headers) << headers.error().message;
        call = chat->request();
    };
    refused();
    EXPECT_EQ(posts(Server::idp), 3U);
    enterprise->revoke_refresh_tokens();
    refused();
    EXPECT_EQ(posts(Server::idp), 6U);  // refused, for another refresh token, and with that
}

TEST_F(EmbeddingTest, ThePluginIsReportedAsLoadedAndUsed) {
    const auto host = open();
    const auto plugins = host.plugins();
    const auto found = std::find_if(plugins.begin(), plugins.end(), [](const PluginReport& plugin) {
        return plugin.id == "cross-app-access";
    });
    ASSERT_NE(found, plugins.end());
    EXPECT_TRUE(found->loaded) << (found->refused ? found->refused->message : "");
    EXPECT_EQ(found->used_by, std::vector<std::string>{"acme"});
    EXPECT_EQ(found->sha256.size(), 64U);
}

}  // namespace
}  // namespace mcp_auth::integration
