// browser/1 and the bounds of interaction, through a host on a scripted network.
#include "core/core_fixture.hpp"
#include "loopback_client.hpp"
#include "loopback_listener.hpp"
#include "scripted_browser.hpp"
#include "url.hpp"

#include <mcp_auth/form.hpp>

#include <gmock/gmock.h>

#include <future>
#include <string>
#include <thread>

namespace mcp_auth::host {
namespace {

using testing::CoreTest;
using testing::get;
using ::testing::HasSubstr;
using testing::redirect;
using testing::ScriptedBrowser;

class BrowserService : public CoreTest {
protected:
    BrowserService() {
        http->on("GET", issuer_url).anew().always().json(200, R"({"issuer": "https://auth.example",
            "authorization_endpoint": "https://auth.example/authorize",
            "token_endpoint": "https://auth.example/token",
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported": ["none"]})");
        required = R"(["mcp.auth.oauth/1", "mcp.auth.browser/1"])";
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            return by_code(call, request);
        };
        browse([](const std::string& url) {
            return redirect(url, "code=the-code&iss=https://auth.example");
        });
    }
    // The browser follows to where `to` says; empty: nowhere.
    void browse(std::function<std::string(const std::string&)> to) {
        opened = std::make_shared<ScriptedBrowser>([to = std::move(to)](const std::string& url) {
            if (const auto next = to(url); !next.empty()) (void)get(next);
            return Result<void>();
        });
        browser = opened;
    }
    Result<plugin::Token> by_code(plugin::Call& call, const plugin::TokenRequest&) {
        auto flow = call.browser_begin("mcp");
        if (!flow) return flow.error();
        auto url = "https://auth.example/authorize?response_type=code&redirect_uri=" +
                   form_encode(flow->redirect_uri) + "&state=" + std::string(flow->state) +
                   "&code_challenge=" + std::string(flow->code_challenge) +
                   "&code_challenge_method=S256";
        auto answer = call.browser_finish(url);
        if (!answer) return answer.error();
        auto token = call.token_request("mcp", {{"grant_type", "authorization_code"},
                                                {"code", answer->code},
                                                {"code_verifier", answer->code_verifier},
                                                {"redirect_uri", flow->redirect_uri}});
        if (!token) return token.error();
        return plugin::Token{token->access_token, token->token_type, token->scope,
                             token->expires_at};
    }
    static Wait allowed() {
        Wait wait;
        wait.interaction = true;
        return wait;
    }
    std::shared_ptr<ScriptedBrowser> opened;
};

TEST_F(BrowserService, BringsACodeThatIsRedeemedWithItsVerifier) {
    const auto connection = connect();
    grant_next("at");
    const auto token = connection.token(allowed());
    ASSERT_TRUE(token) << token.error().message;
    ASSERT_EQ(acquisitions(), 1U);
    const auto body = http->requests("POST", token_url).front().body;
    EXPECT_THAT(body, HasSubstr("code=the-code&code_verifier="));
    EXPECT_THAT(body, HasSubstr("redirect_uri=http%3A%2F%2F127.0.0.1%3A"));
}

TEST_F(BrowserService, IsNotAllowedUnlessTheCallerSaysSo) {
    const auto connection = connect();
    const auto token = connection.token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::interaction_required);
    EXPECT_TRUE(opened->opened().empty());
}

TEST_F(BrowserService, HasItsOwnAcquisitionForThoseWhoAllowIt) {
    std::promise<std::string> url;
    browse([&](const std::string& at) {
        url.set_value(at);
        return std::string();
    });
    const auto connection = connect();
    auto waiting = std::async(std::launch::async, [&] { return connection.token(allowed()); });
    const auto at = url.get_future().get();
    // Another who allows nothing is answered now, not when a person is done.
    EXPECT_EQ(connection.token().status(), Status::interaction_required);
    grant_next("at");
    (void)get(redirect(at, "code=c&iss=https://auth.example"));
    EXPECT_TRUE(waiting.get());
    EXPECT_TRUE(connection.token());  // cached, for everybody
    EXPECT_EQ(opened->opened().size(), 1U);
}

TEST_F(BrowserService, OpensOneBrowserForAllWhoAllowIt) {
    std::promise<std::string> url;
    browse([&](const std::string& at) {
        url.set_value(at);
        return std::string();
    });
    const auto connection = connect();
    auto first = std::async(std::launch::async, [&] { return connection.token(allowed()); });
    const auto at = url.get_future().get();
    auto second = std::async(std::launch::async, [&] { return connection.token(allowed()); });
    while (host_->metrics().joined == 0) std::this_thread::yield();
    grant_next("at");
    (void)get(redirect(at, "code=c&iss=https://auth.example"));
    EXPECT_TRUE(first.get());
    EXPECT_TRUE(second.get());
    EXPECT_EQ(opened->opened().size(), 1U);
}

TEST_F(BrowserService, NeverOpensOneForARenewal) {
    const auto connection = connect();
    grant_next("at", 100);
    ASSERT_TRUE(connection.token(allowed()));
    clock->advance(std::chrono::seconds(85));
    // Past 80 % of its life: still handed out, and renewed in the background.
    ASSERT_TRUE(connection.token(allowed()));
    const auto failed = [&] {
        for (const auto& event : audit->events())
            if (event.kind == AuditEvent::Kind::outcome &&
                event.status == Status::interaction_required)
                return true;
        return false;
    };
    while (!failed()) std::this_thread::yield();
    EXPECT_EQ(opened->opened().size(), 1U);
}

TEST_F(BrowserService, DemandsThePromisedIss) {
    browse([](const std::string& url) { return redirect(url, "code=the-code"); });
    const auto connection = connect();
    const auto token = connection.token(allowed());
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::protocol);
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(BrowserService, SendsACodeOnceWhateverHappens) {
    const auto connection = connect();
    http->on("POST", token_url).json(503, "{}");
    EXPECT_EQ(connection.token(allowed()).status(), Status::unavailable);
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(BrowserService, ListensWhereTheClientIsRegistered) {
    std::uint16_t port = 0;
    {
        auto spare = LoopbackListener::listen({}, {});
        ASSERT_TRUE(spare);
        port = (*spare)->address().port;
    }
    const auto uri = "http://localhost:" + std::to_string(port) + "/oauth/done";
    const std::string client = R"("id": "us")";
    configuration.replace(configuration.find(client), client.size(),
                          client + R"(, "redirect_uri": ")" + uri + "\"");
    browse([](const std::string&) { return std::string(); });
    const auto connection = connect();
    auto waiting = std::async(std::launch::async, [&] { return connection.token(allowed()); });
    while (opened->opened().empty()) std::this_thread::yield();
    EXPECT_EQ(testing::parameter(opened->opened().front(), "redirect_uri"), uri);
    host_->close();
    EXPECT_EQ(waiting.get().status(), Status::cancelled);
}

TEST_F(BrowserService, TellsAnAuditNeitherCodeNorState) {
    const auto connection = connect();
    grant_next("at");
    ASSERT_TRUE(connection.token(allowed()));
    const auto state = testing::parameter(opened->opened().front(), "state");
    bool seen = false;
    for (const auto& event : audit->events()) {
        seen = seen || event.leg == "authorization";
        for (const auto& text : {event.event, event.peer})
            EXPECT_EQ(text.find(state), std::string::npos);
    }
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace mcp_auth::host
