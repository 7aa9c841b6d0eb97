#include "browser_flow.hpp"
#include "loopback_client.hpp"
#include "scripted_browser.hpp"
#include "support/manual_clock.hpp"
#include "url.hpp"

#include <mcp_auth/form.hpp>

#include <gmock/gmock.h>

#include <string>
#include <thread>

namespace mcp_auth::host {
namespace {

using testing::get;
using ::testing::HasSubstr;
using testing::LoopbackClient;
using testing::ManualClock;
using ::testing::Not;
using testing::redirect;
using testing::ScriptedBrowser;
using ::testing::StartsWith;

constexpr const char* endpoint = "https://auth.example/authorize";

std::string url_of(const BrowserFlow& flow, const std::string& at = endpoint) {
    return at + (at.find('?') == std::string::npos ? "?" : "&") +
           "response_type=code&client_id=us" + "&redirect_uri=" + form_encode(flow.redirect_uri()) +
           "&state=" + std::string(flow.state()) + "&code_challenge=" + flow.code_challenge() +
           "&code_challenge_method=S256";
}

class BrowserFlowTest : public ::testing::Test {
protected:
    std::unique_ptr<BrowserFlow> begin(BrowserFlows& flows, RedirectUri uri = {}) {
        auto flow =
            flows.begin({"https://auth.example", endpoint, false, std::move(uri)}, bounds());
        EXPECT_TRUE(flow) << flow.error().message;
        return flow ? std::move(*flow) : nullptr;
    }
    Bounds bounds() { return {clock->now() + std::chrono::minutes(5), cancellation, {}}; }
    std::shared_ptr<ScriptedBrowser> browser_that(ScriptedBrowser::Visit visit) {
        return std::make_shared<ScriptedBrowser>(std::move(visit));
    }
    // Answers as the authorization server would, with `more` behind the state.
    std::shared_ptr<ScriptedBrowser> answering(std::string more) {
        return browser_that([this, more = std::move(more)](const std::string& url) -> Result<void> {
            page = get(redirect(url, more));
            return {};
        });
    }
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    Cancellation cancellation;
    std::string page;
};

TEST_F(BrowserFlowTest, BringsTheCodeAndItsVerifier) {
    BrowserFlows flows(clock, answering("code=the-code"));
    const auto flow = begin(flows);
    const auto code = flow->finish(url_of(*flow), bounds());
    ASSERT_TRUE(code) << code.error().message;
    EXPECT_EQ(code->code.reveal(), "the-code");
    EXPECT_EQ(code->verifier.size(), 43U);
    EXPECT_THAT(page, HasSubstr("It worked"));
}

TEST_F(BrowserFlowTest, ShowsNeitherCodeNorStateNorVerifierOnItsPage) {
    BrowserFlows flows(clock, answering("code=the-code"));
    const auto flow = begin(flows);
    const auto code = flow->finish(url_of(*flow), bounds());
    for (const auto& secret : {std::string("the-code"), std::string(flow->state()),
                               std::string(code->verifier.reveal()), flow->code_challenge()})
        EXPECT_THAT(page, Not(HasSubstr(secret)));
}

TEST_F(BrowserFlowTest, KeepsAQueryOfTheEndpoint) {
    BrowserFlows flows(clock, answering("code=c"));
    const std::string at = "https://auth.example/authorize?tenant=7";
    auto flow = flows.begin({"https://auth.example", at, false, {}}, bounds());
    ASSERT_TRUE(flow);
    EXPECT_TRUE((*flow)->finish(url_of(**flow, at), bounds()));
}

TEST_F(BrowserFlowTest, OpensNothingButTheIssuersEndpointWithThisFlowsParameters) {
    const auto browser = answering("code=c");
    BrowserFlows flows(clock, browser);
    const auto flow = begin(flows);
    const auto good = url_of(*flow);
    const auto without = [&](const std::string& piece, const std::string& instead) {
        auto url = good;
        return url.replace(url.find(piece), piece.size(), instead);
    };
    for (const auto& bad :
         {without("https://auth.example/authorize?", "https://evil.example/authorize?"),
          without("authorize?", "authorize/more?"), without("authorize?", "authorize"),
          without("S256", "plain"), without("&code_challenge=", "&x="), without("&state=", "&x="),
          without("response_type=code", "response_type=token"), without("127.0.0.1", "127.0.0.2"),
          good + "&state=" + std::string(flow->state()), good + "#x"}) {
        const auto code = flow->finish(bad, bounds());
        ASSERT_FALSE(code) << bad;
        EXPECT_EQ(code.error().status, Status::invalid_argument) << bad;
    }
    EXPECT_TRUE(browser->opened().empty());
}

TEST_F(BrowserFlowTest, EndsWithProtocolAtAnotherState) {
    BrowserFlows flows(
        clock, browser_that([this](const std::string& url) -> Result<void> {
            page = get(testing::parameter(url, "redirect_uri") + "?state=forged&code=c");
            return {};
        }));
    const auto flow = begin(flows);
    EXPECT_EQ(flow->finish(url_of(*flow), bounds()).status(), Status::protocol);
    EXPECT_THAT(page, HasSubstr("It did not work"));
}

TEST_F(BrowserFlowTest, EndsWithTheServersErrorAndSaysItOnThePage) {
    BrowserFlows flows(clock, answering("error=access_denied&error_description=not+%3Cyou%3E"));
    const auto flow = begin(flows);
    EXPECT_EQ(flow->finish(url_of(*flow), bounds()).status(), Status::denied);
    EXPECT_THAT(page, HasSubstr("access_denied"));
    EXPECT_THAT(page, HasSubstr("not &lt;you&gt;"));
}

TEST_F(BrowserFlowTest, ChecksTheIssBeforeTheErrorIsShown) {
    BrowserFlows flows(
        clock, answering("error=access_denied&error_description=call+0800&iss=https://e.example"));
    const auto flow = begin(flows);
    EXPECT_EQ(flow->finish(url_of(*flow), bounds()).status(), Status::protocol);
    EXPECT_THAT(page, Not(HasSubstr("0800")));
}

TEST_F(BrowserFlowTest, SaysThatThereIsNoBrowser) {
    BrowserFlows flows(clock, browser_that([](const std::string&) -> Result<void> {
                           return Error(Status::interaction_required, "browser", "no browser");
                       }));
    const auto flow = begin(flows);
    EXPECT_EQ(flow->finish(url_of(*flow), bounds()).status(), Status::interaction_required);
}

TEST_F(BrowserFlowTest, TakesOneAnswerAndTellsTheSecondThatItChangesNothing) {
    std::string first, second;
    BrowserFlows flows(clock, browser_that([&](const std::string& url) -> Result<void> {
                           first = get(redirect(url, "code=first"));
                           second = get(redirect(url, "code=second"));
                           return {};
                       }));
    const auto flow = begin(flows);
    const auto code = flow->finish(url_of(*flow), bounds());
    ASSERT_TRUE(code);
    EXPECT_EQ(code->code.reveal(), "first");
    EXPECT_THAT(first, HasSubstr("It worked"));
    EXPECT_THAT(second, HasSubstr("Already answered"));
}

TEST_F(BrowserFlowTest, TellsALateBrowserThatItIsLate) {
    std::string url;
    BrowserFlows flows(clock, browser_that([&](const std::string& opened) -> Result<void> {
                           url = opened;
                           return {};
                       }));
    {
        const auto flow = begin(flows);
        clock->auto_advance(true);
        const auto code = flow->finish(url_of(*flow), bounds());
        ASSERT_FALSE(code);
        EXPECT_EQ(code.error().status, Status::deadline);
    }
    EXPECT_THAT(get(redirect(url, "code=c")), HasSubstr("Too late"));
}

TEST_F(BrowserFlowTest, EndsWhenItsCallerCancels) {
    BrowserFlows flows(clock, std::make_shared<ScriptedBrowser>());
    const auto flow = begin(flows);
    std::thread canceller([&] {
        clock->block_until_waiting();
        cancellation.cancel();
    });
    EXPECT_EQ(flow->finish(url_of(*flow), bounds()).status(), Status::cancelled);
    canceller.join();
}

TEST_F(BrowserFlowTest, AnswersAFaviconAndGoesOnWaiting) {
    std::string icon;
    BrowserFlows flows(clock, browser_that([&](const std::string& url) -> Result<void> {
                           const auto uri = Url::parse(testing::parameter(url, "redirect_uri"));
                           icon = get(uri->port(), "/favicon.ico");
                           page = get(redirect(url, "code=c"));
                           return {};
                       }));
    const auto flow = begin(flows);
    EXPECT_TRUE(flow->finish(url_of(*flow), bounds()));
    EXPECT_THAT(icon, StartsWith("HTTP/1.1 404 "));
}

// A recorded redirect URI has one port for all flows (RFC 7591 registers it with its port).
TEST_F(BrowserFlowTest, TellsALateAnswerToAnEarlierFlowOnTheSamePortFromAForgedOne) {
    std::string url, late;
    int round = 0;
    BrowserFlows flows(clock, browser_that([&](const std::string& opened) -> Result<void> {
                           if (++round == 1) {
                               url = opened;
                               return Error(Status::interaction_required, "browser", "closed");
                           }
                           late = get(redirect(url, "code=old"));
                           page = get(redirect(opened, "code=new"));
                           return {};
                       }));
    RedirectUri uri;
    {
        const auto listening = begin(flows);
        uri.port = Url::parse(listening->redirect_uri())->port();
    }
    flows.close();
    {
        const auto first = begin(flows, uri);
        EXPECT_FALSE(first->finish(url_of(*first), bounds()));
    }
    const auto second = begin(flows, uri);
    const auto code = second->finish(url_of(*second), bounds());
    ASSERT_TRUE(code) << code.error().message;
    EXPECT_EQ(code->code.reveal(), "new");
    EXPECT_THAT(late, HasSubstr("Too late"));
}

TEST_F(BrowserFlowTest, WaitsForAPortThatAnotherFlowOfThisHostHas) {
    BrowserFlows flows(clock, answering("code=c"));
    RedirectUri uri;
    uri.port = Url::parse(begin(flows)->redirect_uri())->port();
    flows.close();
    auto first = begin(flows, uri);
    std::unique_ptr<BrowserFlow> second;
    std::thread waiter([&] { second = begin(flows, uri); });
    clock->block_until_waiting();
    first.reset();
    waiter.join();
    EXPECT_TRUE(second->finish(url_of(*second), bounds()));
}

TEST_F(BrowserFlowTest, SaysThatAPortIsAnotherPrograms) {
    BrowserFlows flows(clock, answering("code=c")), other(clock, answering("code=c"));
    const auto taken = begin(other);
    RedirectUri uri;
    uri.port = Url::parse(taken->redirect_uri())->port();
    const auto flow = flows.begin({"https://auth.example", endpoint, false, uri}, bounds());
    EXPECT_EQ(flow.status(), Status::unavailable);
    // And leaves it free for the next who asks.
    EXPECT_EQ(flows.begin({"https://auth.example", endpoint, false, uri}, bounds()).status(),
              Status::unavailable);
}

TEST_F(BrowserFlowTest, LeavesNoListenerBehind) {
    std::uint16_t port = 0;
    {
        BrowserFlows flows(clock, answering("code=c"));
        const auto flow = begin(flows);
        port = Url::parse(flow->redirect_uri())->port();
        EXPECT_TRUE(flow->finish(url_of(*flow), bounds()));
    }
    EXPECT_FALSE(LoopbackClient(port).connected());
}

}  // namespace
}  // namespace mcp_auth::host
