// authorization-code through the command: $BROWSER, the loopback redirect, the demo's authorization
// server with its page, and what is kept from one run to the next.
#include "command.hpp"
#include "loopback_listener.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/json.hpp>

#include <Poco/JSON/Object.h>

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::integration {
namespace {

using demo::Enterprise;
using demo::Server;
using ::testing::HasSubstr;
using ::testing::Not;

class Consent : public ::testing::Test {
protected:
    explicit Consent(demo::ClientMethod method = demo::ClientMethod::client_secret_basic) {
        demo::Options options;
        options.mcp_client.method = method;
        options.record = true;
        options.tls = false;
        options.consent_at_once = true;
        auto started = Enterprise::start(options);
        EXPECT_TRUE(started);
        enterprise = std::move(*started);
    }
    // What else the client "mcp" has.
    std::function<void(json::Value& client)> change_client;
    std::string configuration(const std::string& redirect_uri = {}) const {
        auto value = *json::parse(enterprise->configuration());
        value.set("providers",
                  json::Value::object().set(
                      "acme", json::Value::object().set("plugin", "authorization-code")));
        auto connection = value.find("connections")->items().front();
        auto& client = *connection.find("clients")->find("mcp");
        if (!redirect_uri.empty()) client.set("redirect_uri", redirect_uri);
        if (change_client) change_client(client);
        value.set("connections", json::Value::array().push(std::move(connection)));
        return *enterprise->write_configuration({}, value.dump(2));
    }
    // `mode` of the browser; empty: there is none.
    Outcome token(const std::string& mode, std::vector<std::string> more = {},
                  const std::string& redirect_uri = {}) {
        std::vector<std::string> arguments{MCP_AUTH_COMMAND,
                                           "token",
                                           enterprise->mcp_url(),
                                           "--config",
                                           configuration(redirect_uri),
                                           "--trace"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        std::vector<std::pair<std::string, std::string>> environment{
            {"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS}, {"XDG_STATE_HOME", state.path()}};
        if (!mode.empty()) environment.emplace_back("BROWSER", MCP_AUTH_BROWSER " " + mode + " %s");
        auto outcome = run_command(arguments, environment);
        for (const auto& secret : enterprise->secrets())
            EXPECT_THAT(outcome.err, Not(HasSubstr(secret)));
        return outcome;
    }
    std::vector<demo::RecordedRequest> grants() const {
        return enterprise->requests(Server::authorization_server, "/token");
    }
    std::size_t asked() const {
        return enterprise->requests(Server::authorization_server, "/authorize").size();
    }
    std::unique_ptr<Enterprise> enterprise;
    host::testing::TemporaryDirectory state;
};

TEST_F(Consent, InABrowserBecomesAToken) {
    const auto outcome = token("follow");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(grants().size(), 1U);
    EXPECT_EQ(grants()[0].field("grant_type"), "authorization_code");
    EXPECT_EQ(grants()[0].field("resource"), enterprise->mcp_url());
    EXPECT_TRUE(grants()[0].field("code_verifier"));
}

TEST_F(Consent, IsNotAskedForAgainWhileARefreshTokenLasts) {
    ASSERT_EQ(token("follow").exit_code, 0);
    for (int run = 0; run < 2; ++run) {  // the second by the successor of the first: rotation
        const auto outcome = token("");
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    ASSERT_EQ(grants().size(), 3U);
    EXPECT_EQ(grants()[1].field("grant_type"), "refresh_token");
    EXPECT_NE(grants()[1].field("refresh_token"), grants()[2].field("refresh_token"));
    EXPECT_EQ(asked(), 1U);
}

TEST_F(Consent, IsAskedForAgainOnceTheServerRefusesTheRefreshToken) {
    ASSERT_EQ(token("follow").exit_code, 0);
    enterprise->script(demo::answer(Server::authorization_server, "/token",
                                    demo::oauth_error(400, "invalid_grant"), 1));
    EXPECT_EQ(token("follow").exit_code, 0);
    EXPECT_EQ(asked(), 2U);
}

struct Wrong {
    const char* name;
    const char* browser;
    int exit_code;
    const char* says;
};
class ConsentFault : public Consent, public ::testing::WithParamInterface<Wrong> {};

TEST_P(ConsentFault, EndsWithItsStatusAndSendsNoCode) {
    const auto outcome = token(GetParam().browser);
    EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(GetParam().says));
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(grants().empty());
}

INSTANTIATE_TEST_SUITE_P(Of, ConsentFault,
                         ::testing::Values(Wrong{"AnotherState", "forge-state", 7, "\"state\""},
                                           Wrong{"AnotherIss", "other-iss", 7, "\"iss\""},
                                           Wrong{"NoIssWhereOneIsPromised", "no-iss", 7, "\"iss\""},
                                           Wrong{"AnErrorRedirect", "deny", 4, "access_denied"},
                                           Wrong{"NoBrowser", "", 5, "$BROWSER"}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(Consent, TakesTheFirstOfTwoRedirects) {
    const auto outcome = token("twice");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(grants().size(), 1U);
}

TEST_F(Consent, IsWaitedForNoLongerThanAsked) {
    const auto outcome = token("nothing", {"--timeout", "1"});
    EXPECT_EQ(outcome.exit_code, 9) << outcome.err;
}

TEST_F(Consent, NeedsThePortThatIsRegistered) {
    auto taken = host::LoopbackListener::listen({}, {});
    ASSERT_TRUE(taken);
    const auto uri = (*taken)->address().text();
    const auto outcome = token("follow", {}, uri);
    EXPECT_EQ(outcome.exit_code, 6) << outcome.err;
    EXPECT_EQ(asked(), 0U);
    taken->reset();
    EXPECT_EQ(token("follow", {}, uri).exit_code, 0);
    EXPECT_EQ(grants().at(0).field("redirect_uri"), uri);
}

// Nobody is sent to a page for a client that cannot redeem what comes of it.
class ConsentKey : public Consent {
protected:
    ConsentKey() : Consent(demo::ClientMethod::private_key_jwt) {}
    void expect_refused(const std::string& says) {
        const auto outcome = token("follow");
        EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
        EXPECT_THAT(outcome.err, HasSubstr(says));
        EXPECT_EQ(asked() + grants().size(), 0U);
    }
};

TEST_F(ConsentKey, SignsForTheClient) {
    const auto outcome = token("follow");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(ConsentKey, OfAnotherTypeThanAlgIsMisconfigured) {
    change_client = [](json::Value& client) { client.set("alg", "PS256"); };
    expect_refused("it is an EC key on P-256");
}

TEST_F(ConsentKey, ThatIsNotThereIsMisconfigured) {
    change_client = [](json::Value& client) {
        client.set("key", json::Value::object().set("file", "/nonexistent/gone.pem"));
    };
    expect_refused("gone.pem: No such file");
}

TEST_F(Consent, IsNotAskedForWhereTheServerStatesNoS256) {
    enterprise->change_document([](demo::Document document, Poco::JSON::Object& object) {
        if (document == demo::Document::authorization_server_metadata)
            object.remove("code_challenge_methods_supported");
    });
    EXPECT_EQ(token("follow").exit_code, 3);
    EXPECT_EQ(asked(), 0U);
}

}  // namespace
}  // namespace mcp_auth::integration
