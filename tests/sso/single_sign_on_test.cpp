// Single sign-on as an application has it, through the public headers, at the demo enterprise.
#include "page_browser.hpp"
#include "support/temporary_directory.hpp"
#include "url.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/host.hpp>

#include <Poco/JSON/Object.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

namespace mcp_auth::host {
namespace {

using demo::Enterprise;
using demo::Server;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PageBrowser;
using testing::TemporaryDirectory;

class SingleSignOnTest : public ::testing::Test {
protected:
    SingleSignOnTest() { start({}); }
    void start(demo::Options options) {
        options.record = true;
        options.device_interval = 1;
        enterprise = std::move(*Enterprise::start(options));
    }
    // The configuration's client at the identity provider, instead of the one with an id.
    std::string with_client(const std::string& members) const {
        auto text = enterprise->sign_in_configuration("work");
        const auto idp = text.find("\"idp\": {");
        const auto end = text.find('}', text.find("\"issuer\"", idp));
        return text.replace(
            idp, end + 1 - idp,
            "\"idp\": {\"issuer\": \"" + enterprise->idp_issuer() + "\", " + members + "}");
    }
    Host open(std::string configuration = {}) {
        Options options;
        if (configuration.empty()) configuration = enterprise->sign_in_configuration("work");
        options.config_json = configuration;
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        options.session_directory = state / "sessions";
        options.store = Store::file(state / "store");
        options.browser = browser;
        auto host = Host::open(options);
        EXPECT_TRUE(host) << (host ? "" : host.error().message);
        browser->network = host->transport();
        return std::move(*host);
    }
    Result<AccessToken> token(const Host& host) {
        return host.connection(enterprise->mcp_url())->token();
    }
    std::size_t exchanges() const {
        std::size_t count = 0;
        for (const auto& request : enterprise->requests(Server::idp, "/token"))
            count += request.field("subject_token") ? 1 : 0;
        return count;
    }

    TemporaryDirectory state;
    std::unique_ptr<Enterprise> enterprise;
    std::shared_ptr<PageBrowser> browser = std::make_shared<PageBrowser>();
};

TEST_F(SingleSignOnTest, ASignInIsTheSubjectOfEveryConnection) {
    const auto host = open();
    EXPECT_EQ(token(host).status(), Status::interaction_required);
    const auto who = host.sign_in({}, {});
    ASSERT_TRUE(who) << who.error().leg << ": " << who.error().message;
    EXPECT_EQ(who->session, "work");
    EXPECT_EQ(who->subject, "00u-alice");
    EXPECT_EQ(who->name, "alice@acme.example");
    EXPECT_EQ(who->issuer, enterprise->idp_issuer());
    EXPECT_EQ(who->kept, state / "sessions");
    EXPECT_TRUE(who->renewable);
    EXPECT_THAT(browser->landing, HasSubstr("HTTP/1.1 200"));
    const auto won = token(host);
    ASSERT_TRUE(won) << won.error().message;
}

TEST_F(SingleSignOnTest, AnotherProcessFindsTheSessionInAFileOfOursAlone) {
    ASSERT_TRUE(open().sign_in({}, {}));
    const auto other = open();
    const auto who = other.signed_in();
    ASSERT_TRUE(who && *who);
    EXPECT_EQ((*who)->subject, "00u-alice");
    EXPECT_TRUE(token(other));
    for (const auto& file : std::filesystem::recursive_directory_iterator(state / "sessions"))
        EXPECT_TRUE(file.status().permissions() == (file.is_directory()
                                                        ? std::filesystem::perms::owner_all
                                                        : std::filesystem::perms::owner_read |
                                                              std::filesystem::perms::owner_write))
            << file.path();
}

TEST_F(SingleSignOnTest, ASignOutLeavesNothingBehind) {
    const auto host = open();
    ASSERT_TRUE(host.sign_in({}, {}));
    ASSERT_TRUE(token(host));
    const auto out = host.sign_out({}, {});
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_TRUE(out->was_signed_in);
    EXPECT_TRUE(out->revoked) << out->not_revoked_because;
    EXPECT_EQ(enterprise->requests(Server::idp, "/revoke").size(), 1U);
    EXPECT_FALSE(host.connection(enterprise->mcp_url())->cached());
    EXPECT_EQ(token(host).status(), Status::interaction_required);
    EXPECT_EQ(exchanges(), 1U);
    EXPECT_FALSE(host.signed_in()->has_value());
    const auto again = host.sign_out({}, {});
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->was_signed_in);
}

TEST_F(SingleSignOnTest, AnotherUserGetsNothingOfTheFormers) {
    const auto host = open();
    ASSERT_TRUE(host.sign_in({}, {}));
    ASSERT_TRUE(token(host));
    browser->user = "bob";
    const auto who = host.sign_in({}, {});
    ASSERT_TRUE(who);
    EXPECT_EQ(who->subject, "00u-bob");
    EXPECT_FALSE(host.connection(enterprise->mcp_url())->cached());
    EXPECT_EQ(token(host).status(), Status::denied);  // the enterprise's policy for bob
}

TEST_F(SingleSignOnTest, AWrongPasswordOrALockedAccountSignsNobodyIn) {
    const auto host = open();
    browser->password = "guessed";
    EXPECT_EQ(host.sign_in({}, {}).status(), Status::interaction_required);
    browser->password = "demo";
    browser->user = "mallory";
    EXPECT_EQ(host.sign_in({}, {}).status(), Status::interaction_required);
    EXPECT_FALSE(host.signed_in()->has_value());
}

TEST_F(SingleSignOnTest, WhoCancelsAtTheProviderIsDenied) {
    const auto host = open();
    browser->button = "deny";
    const auto who = host.sign_in({}, {});
    EXPECT_EQ(who.status(), Status::denied);
    EXPECT_EQ(who.error().oauth_error, "access_denied");
}

TEST_F(SingleSignOnTest, RotatedKeysAreFoundByThemselves) {
    const auto host = open();
    ASSERT_TRUE(host.sign_in({}, {}));
    enterprise->rotate_idp_keys();
    const auto fresh = open();
    EXPECT_TRUE(fresh.sign_in({}, {}));
}

TEST_F(SingleSignOnTest, AnIdTokenOfAnotherIsNotTaken) {
    const auto host = open();
    enterprise->change_id_token(
        [](Poco::JSON::Object&, Poco::JSON::Object& claims) { claims.set("aud", "other"); });
    const auto who = host.sign_in({}, {});
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_EQ(who.error().leg, "id_token");
}

TEST_F(SingleSignOnTest, ADeviceWithoutABrowserSignsInThroughAnother) {
    const auto host = open();
    SignIn how;
    std::string verification_uri;
    how.device = [&](const DevicePrompt& prompt) {
        verification_uri = prompt.verification_uri;
        EXPECT_EQ(prompt.verification_uri_complete,
                  prompt.verification_uri + "?user_code=" + prompt.user_code);
        const auto page =
            browser->submit(prompt.verification_uri, {}, "&user_code=" + prompt.user_code);
        ASSERT_TRUE(page);
        EXPECT_THAT(page->body, HasSubstr("Your device is signed in"));
    };
    const auto who = host.sign_in(how, {});
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(verification_uri, enterprise->idp_issuer() + "/device");
    EXPECT_EQ(who->subject, "00u-alice");
    EXPECT_TRUE(token(host));
}

TEST_F(SingleSignOnTest, ADeviceThatTheUserRefusesIsDenied) {
    const auto host = open();
    SignIn how;
    how.device = [&](const DevicePrompt& prompt) {
        browser->button = "deny";
        ASSERT_TRUE(browser->submit(prompt.verification_uri, {}, "&user_code=" + prompt.user_code));
    };
    EXPECT_EQ(host.sign_in(how, {}).status(), Status::denied);
}

TEST_F(SingleSignOnTest, ClosingTheHostEndsASignInThatWaits) {
    auto host = std::make_shared<Host>(open());
    std::thread closer;
    SignIn how;
    how.device = [&](const DevicePrompt&) { closer = std::thread([host] { host->close(); }); };
    EXPECT_EQ(host->sign_in(how, {}).status(), Status::cancelled);
    closer.join();
    EXPECT_EQ(host->sign_in({}, {}).status(), Status::cancelled);
}

TEST_F(SingleSignOnTest, ARefreshTokenIsTheSubjectWhereTheConfigurationSaysSo) {
    auto text = enterprise->sign_in_configuration("work");
    const std::string type = "\"type\": \"id_token\"";
    text.replace(text.find(type), type.size(), "\"type\": \"refresh_token\"");
    const auto host = open(text);
    ASSERT_TRUE(host.sign_in({}, {}));
    const auto won = token(host);
    ASSERT_TRUE(won) << won.error().message;
    const auto sent = enterprise->requests(Server::idp, "/token").back();
    EXPECT_EQ(sent.field("subject_token_type"), "urn:ietf:params:oauth:token-type:refresh_token");
}

TEST_F(SingleSignOnTest, AClientWithoutAnIdRegistersItselfOnceAndIsTheSubjectsClient) {
    demo::Options options;
    options.open_registration = true;
    start(options);
    const auto text = with_client(R"("register": {"name": "Acme Assistant"})");
    {
        const auto host = open(text);
        const auto who = host.sign_in({}, {});
        ASSERT_TRUE(who) << who.error().leg << ": " << who.error().message;
        EXPECT_THAT(who->client_id, ::testing::StartsWith("registered-"));
        const auto won = token(host);
        ASSERT_TRUE(won) << won.error().leg << ": " << won.error().message;
    }
    const auto next = open(text);  // in another process
    EXPECT_TRUE(token(next));
    EXPECT_TRUE(next.sign_in({}, {}));
    EXPECT_EQ(enterprise->requests(Server::idp, "/register").size(), 1U);
    EXPECT_TRUE(next.sign_out({}, {})->revoked);
}

TEST_F(SingleSignOnTest, AnIdentityProviderThatForgotItsClientIsSignedInToOnceMore) {
    demo::Options options;
    options.open_registration = true;
    start(options);
    const auto host = open(with_client(R"("register": {"name": "Acme Assistant"})"));
    ASSERT_TRUE(host.sign_in({}, {}));
    enterprise->forget_registered_clients();
    EXPECT_FALSE(token(host));  // refused, and forgotten here, too
    EXPECT_EQ(token(host).status(), Status::interaction_required);
    ASSERT_TRUE(host.sign_in({}, {}));
    EXPECT_TRUE(token(host));
}

TEST_F(SingleSignOnTest, AMetadataDocumentIsTheClientWhereTheProviderTakesIt) {
    demo::Options options;
    options.open_registration = true;
    start(options);
    const auto document = enterprise->stranger_url() + "/client.json";
    enterprise->script(
        [document](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
            if (request.path() != "/client.json") return std::nullopt;
            return demo::ScriptedAnswer{
                .body = R"({"client_id": ")" + document +
                        R"(", "client_name": "Acme Assistant", "token_endpoint_auth_method": "none",
                     "redirect_uris": ["http://127.0.0.1/callback"]})"};
        });
    const auto host = open(with_client("\"metadata_document\": \"" + document + "\""));
    const auto who = host.sign_in({}, {});
    ASSERT_TRUE(who) << who.error().leg << ": " << who.error().message;
    EXPECT_EQ(who->client_id, document);
    const auto won = token(host);
    ASSERT_TRUE(won) << won.error().leg << ": " << won.error().message;
    EXPECT_TRUE(enterprise->requests(Server::idp, "/register").empty());
}

TEST_F(SingleSignOnTest, TokensThatAreBoundToAKeyAreRenewedAndExchangedWithIt) {
    demo::Options options;
    options.dpop = true;
    options.dpop_nonces = demo::DpopNonces::single_use;
    options.idp_client.method = demo::ClientMethod::private_key_jwt;
    start(options);
    auto text = enterprise->sign_in_configuration("work");
    const std::string type = "\"type\": \"id_token\"";
    text.replace(
        text.find(type), type.size(),
        type + R"(, "dpop": {"key": {"file": ")" + enterprise->directory() + R"(/idp_key.pem"}})");
    const auto host = open(text);
    const auto who = host.sign_in({}, {});
    ASSERT_TRUE(who) << who.error().leg << ": " << who.error().message;
    const auto won = token(host);
    ASSERT_TRUE(won) << won.error().leg << ": " << won.error().message;
    EXPECT_EQ(won->type(), "DPoP");
}

TEST_F(SingleSignOnTest, InMemoryByDefault) {
    Options options;
    options.config_json = enterprise->sign_in_configuration("work");
    options.browser = browser;
    const auto host = Host::open(options);
    ASSERT_TRUE(host);
    browser->network = host->transport();
    const auto who = host->sign_in({}, {});
    ASSERT_TRUE(who);
    EXPECT_EQ(who->kept, "in memory");
    EXPECT_FALSE(open().signed_in()->has_value());
}

TEST_F(SingleSignOnTest, WhichSessionIsMeantIsNeverGuessed) {
    auto text = enterprise->sign_in_configuration("work");
    const auto provider = text.find("\"acme\": {");
    const auto end = text.find("\"connections\"");
    auto second = text.substr(provider, text.rfind('}', end) - provider);
    second.replace(second.find("acme"), 4, "beta");
    second.replace(second.find("\"work\""), 6, "\"home\"");
    text.insert(provider, second.substr(0, second.rfind('}') + 1) + ",\n");
    const auto host = open(text);
    const auto either = host.signed_in();
    EXPECT_EQ(either.status(), Status::invalid_argument);
    EXPECT_THAT(either.error().message, HasSubstr("work (provider acme)"));
    EXPECT_THAT(either.error().message, HasSubstr("home (provider beta)"));
    EXPECT_TRUE(host.signed_in({"home", ""}));
    EXPECT_TRUE(host.signed_in({"", "acme"}));
    const auto unknown = host.signed_in({"elsewhere", ""});
    EXPECT_EQ(unknown.status(), Status::invalid_argument);
    EXPECT_THAT(unknown.error().message, HasSubstr("home (provider beta)"));
}

TEST_F(SingleSignOnTest, WithoutASessionInTheConfigurationThereIsNothingToSignInTo) {
    auto text = enterprise->sign_in_configuration("work");
    const std::string session = "\"session\": \"work\"";
    text.replace(text.find(session), session.size(), "\"env\": \"ID_TOKEN\"");
    const auto nothing = open(text).sign_in({}, {});
    EXPECT_EQ(nothing.status(), Status::misconfigured);
    EXPECT_THAT(nothing.error().message, HasSubstr("session"));
}

TEST_F(SingleSignOnTest, NoErrorAndNoAuditEventHoldsASecret) {
    struct Sink final : AuditSink {
        std::mutex mutex;
        std::string all;
        void record(const AuditEvent& event) noexcept override {
            const std::lock_guard lock(mutex);
            all += event.leg + " " + event.event + " " + event.peer + " " + event.correlation;
            for (const auto& [name, value] : event.fields) all += " " + name + "=" + value;
            all += "\n";
        }
    };
    const auto sink = std::make_shared<Sink>();
    Options options;
    options.config_json = enterprise->sign_in_configuration("work");
    options.default_plugin_directory = MCP_AUTH_PLUGINS;
    options.browser = browser;
    options.audit = sink;
    const auto host = Host::open(options);
    ASSERT_TRUE(host);
    browser->network = host->transport();
    ASSERT_TRUE(host->sign_in({}, {}));
    ASSERT_TRUE(token(*host));
    ASSERT_TRUE(host->sign_out({}, {}));
    EXPECT_THAT(sink->all, HasSubstr("id_token checked"));
    EXPECT_THAT(sink->all, HasSubstr("revocation asked"));
    const auto secrets = enterprise->secrets();
    EXPECT_GT(secrets.size(), 6U);
    for (const auto& secret : secrets) EXPECT_THAT(sink->all, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace mcp_auth::host
