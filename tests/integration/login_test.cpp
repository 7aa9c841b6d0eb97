// `mcp-auth login` through the command, a browser that follows redirects, and the demo's sign-in
// page: what may go wrong on the way, each with its status.
#include "command.hpp"
#include "loopback_listener.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/json.hpp>

#include <Poco/JSON/Object.h>

#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::integration {
namespace {

using demo::Enterprise;
using demo::Server;
using ::testing::HasSubstr;
using ::testing::Not;

class Login : public ::testing::Test {
protected:
    void start(demo::ClientMethod method = demo::ClientMethod::client_secret_basic) {
        demo::Options options;
        options.record = true;
        options.tls = false;
        options.idp_client.method = method;
        auto started = Enterprise::start(options);
        ASSERT_TRUE(started);
        enterprise = std::move(*started);
        configuration = *json::parse(enterprise->sign_in_configuration());
    }
    json::Value& client() {
        return *configuration.find("providers")->find("acme")->find("clients")->find("idp");
    }
    Outcome run(const std::string& command, const std::string& browser,
                std::vector<std::string> more = {}) {
        const auto path = enterprise->write_configuration({}, configuration.dump(2));
        std::vector<std::string> arguments{MCP_AUTH_COMMAND, command, "--config", *path, "--trace"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        std::vector<std::pair<std::string, std::string>> environment{
            {"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS}, {"XDG_STATE_HOME", state.path()}};
        if (!browser.empty())
            environment.emplace_back("BROWSER", MCP_AUTH_BROWSER " " + browser + " %s");
        auto outcome = run_command(arguments, environment);
        for (const auto& secret : enterprise->secrets())
            EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(secret)));
        return outcome;
    }
    Outcome login(const std::string& browser = "follow", std::vector<std::string> more = {}) {
        return run("login", browser, std::move(more));
    }
    void expect_nobody() { EXPECT_EQ(run("whoami", "").exit_code, 5); }
    std::size_t grants() const { return enterprise->requests(Server::idp, "/token").size(); }
    std::size_t pages() const { return enterprise->requests(Server::idp, "/authorize").size(); }

    std::unique_ptr<Enterprise> enterprise;
    json::Value configuration;
    host::testing::TemporaryDirectory state;
};

TEST_F(Login, InABrowserIsKept) {
    start();
    const auto outcome = login();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("signed in: alice@acme.example"));
    EXPECT_EQ(run("whoami", "").exit_code, 0);
}

struct WrongSignIn {
    const char* name;
    const char* browser;
    int exit_code;
    const char* says;
};
void PrintTo(const WrongSignIn& wrong, std::ostream* out) {
    *out << wrong.name;
}
class LoginRedirect : public Login, public ::testing::WithParamInterface<WrongSignIn> {};

TEST_P(LoginRedirect, EndsWithItsStatusAndSendsNoCode) {
    start();
    const auto outcome = login(GetParam().browser);
    EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(GetParam().says));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(grants(), 0U);
    expect_nobody();
}

INSTANTIATE_TEST_SUITE_P(
    Of, LoginRedirect,
    ::testing::Values(WrongSignIn{"AnotherState", "forge-state", 7, "\"state\""},
                      WrongSignIn{"AnotherIss", "other-iss", 7, "\"iss\""},
                      WrongSignIn{"NoIssWhereOneIsPromised", "no-iss", 7, "\"iss\""},
                      WrongSignIn{"AnErrorRedirect", "deny", 4, "access_denied"},
                      WrongSignIn{"NoBrowser", "", 5, "$BROWSER"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(Login, TakesTheFirstOfTwoRedirects) {
    start();
    const auto outcome = login("twice");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(grants(), 1U);
}

TEST_F(Login, IsWaitedForNoLongerThanAsked) {
    start();
    EXPECT_EQ(login("nothing", {"--timeout", "1"}).exit_code, 9);
    expect_nobody();
}

TEST_F(Login, NeedsThePortThatIsRegistered) {
    start();
    auto taken = host::LoopbackListener::listen({}, {});
    ASSERT_TRUE(taken);
    client().set("redirect_uri", (*taken)->address().text());
    const auto outcome = login();
    EXPECT_EQ(outcome.exit_code, 6) << outcome.err;
    EXPECT_EQ(pages(), 0U);
    taken->reset();
    EXPECT_EQ(login().exit_code, 0);
}

using JwtChange = void (*)(Poco::JSON::Object& header, Poco::JSON::Object& claims);
struct Forged {
    const char* name;
    JwtChange change;
    const char* says;
};
void PrintTo(const Forged& forged, std::ostream* out) {
    *out << forged.name;
}
class LoginIdToken : public Login, public ::testing::WithParamInterface<Forged> {};

TEST_P(LoginIdToken, BreaksTheProtocolAndSignsNobodyIn) {
    start();
    enterprise->change_id_token(GetParam().change);
    const auto outcome = login();
    EXPECT_EQ(outcome.exit_code, 7) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("id_token"));
    EXPECT_THAT(outcome.err, HasSubstr(GetParam().says));
    expect_nobody();
}

INSTANTIATE_TEST_SUITE_P(
    With, LoginIdToken,
    ::testing::Values(
        Forged{"NoNonce", [](auto&, auto& claims) { claims.remove("nonce"); }, "nonce"},
        Forged{"AnotherNonce", [](auto&, auto& claims) { claims.set("nonce", std::string("x")); },
               "nonce"},
        Forged{"AnotherAudience", [](auto&, auto& claims) { claims.set("aud", std::string("x")); },
               "aud"},
        Forged{"AKeyThatIsNotPublished",
               [](auto& header, auto&) { header.set("kid", std::string("x")); }, "key"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(Login, TakesNoIdTokenOfAnEarlierOne) {
    start();
    std::string former;
    enterprise->change_id_token([&](Poco::JSON::Object&, Poco::JSON::Object& claims) {
        if (former.empty())
            former = claims.getValue<std::string>("nonce");
        else
            claims.set("nonce", former);
    });
    ASSERT_EQ(login().exit_code, 0);
    ASSERT_EQ(run("logout", "").exit_code, 0);
    const auto outcome = login();
    EXPECT_EQ(outcome.exit_code, 7) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("nonce"));
    expect_nobody();
}

TEST_F(Login, FollowsKeysThatTheProviderRotates) {
    start();
    ASSERT_EQ(login().exit_code, 0);
    enterprise->rotate_idp_keys();
    EXPECT_EQ(login().exit_code, 0);
}

class LoginKey : public Login {
protected:
    // Nobody is sent to a page for a client that cannot redeem what comes of it.
    void expect_refused(const std::string& says) {
        const auto outcome = login();
        EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
        EXPECT_THAT(outcome.err, HasSubstr(says));
        EXPECT_EQ(pages() + grants(), 0U);
    }
};

TEST_F(LoginKey, SignsForTheClient) {
    start(demo::ClientMethod::private_key_jwt);
    const auto outcome = login();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(LoginKey, OfAnotherTypeThanAlgIsMisconfigured) {
    start(demo::ClientMethod::private_key_jwt);
    client().set("alg", "RS256");
    expect_refused("key of client \"idp\": it is an EC key on P-256");
}

TEST_F(LoginKey, ThatIsNotThereIsMisconfigured) {
    start(demo::ClientMethod::private_key_jwt);
    client().set("key", json::Value::object().set("file", "/nonexistent/gone.pem"));
    expect_refused("gone.pem: No such file");
}

TEST_F(LoginKey, ThatIsNoKeyIsMisconfigured) {
    start(demo::ClientMethod::private_key_jwt);
    std::ofstream(enterprise->directory() + "/idp_key.pem") << "canary";
    expect_refused("it cannot be read; give a private key");
}

}  // namespace
}  // namespace mcp_auth::integration
