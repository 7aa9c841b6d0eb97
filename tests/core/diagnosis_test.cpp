// A diagnosis on a scripted network: what it asks, what it leaves unsent, and what it says of
// clocks.
#include "core_fixture.hpp"

#include <mcp_auth/form.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using Verdict = Finding::Verdict;

class DiagnosisTest : public CoreTest {
protected:
    // The MCP server's answer to a request without a token has these headers.
    Diagnosis run(const Headers& headers = unauthorized()) {
        http->on("POST", server).always().respond(401, "", headers);
        const Probe probe = [](HttpTransport& transport, const Bounds& bounds) {
            HttpRequest request;
            request.method = "POST";
            request.url = server;
            return transport.send(request, bounds);
        };
        return diagnose(options(), server, probe, {});
    }
    static const Finding* of(const Diagnosis& diagnosis, const std::string& step) {
        const auto& all = diagnosis.findings;
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Finding& one) { return one.step == step; });
        return found == all.end() ? nullptr : &*found;
    }
    static std::string fact(const Finding& finding, const std::string& name) {
        for (const auto& [key, value] : finding.facts)
            if (key == name) return value;
        return {};
    }
};

TEST_F(DiagnosisTest, BuildsTheNextRequestAndSendsItNot) {
    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_EQ(acquisitions(), 0U);
    EXPECT_TRUE(http->unexpected().empty());
    const auto* request = of(diagnosis, "request");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->verdict, Verdict::good);
    EXPECT_EQ(fact(*request, "request"), std::string("POST ") + token_url);
    EXPECT_EQ(fact(*request, "grant_type"), "client_credentials");
    EXPECT_EQ(fact(*request, "client authentication"), "none");
}

// A plugin's own request could carry anything, so it is no more sent than one to a token endpoint.
TEST_F(DiagnosisTest, SendsNoRequestOfThePluginsOwn) {
    configuration.insert(configuration.rfind("\"scopes\""),
                         R"("origins": ["https://broker.example"], )");
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        const auto answer = call.http({"GET", "https://broker.example/s?secret=canary", {}, {}});
        if (!answer) return answer.error();
        return Error(Status::internal, "broker", "it was sent");
    };

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_TRUE(http->unexpected().empty());
    EXPECT_EQ(fact(*of(diagnosis, "request"), "request"), "GET https://broker.example/s");
}

TEST_F(DiagnosisTest, OpensNoBrowserAndSaysWhichPageItWouldShow) {
    required = R"(["mcp.auth.oauth/1", "mcp.auth.browser/1"])";
    http = std::make_shared<ScriptedTransport>();
    http->on("GET", resource_url).always().json(200, R"({"resource": "https://mcp.example/mcp",
                       "authorization_servers": ["https://auth.example"]})");
    http->on("GET", issuer_url).always().json(200, R"({"issuer": "https://auth.example",
                       "token_endpoint": "https://auth.example/token",
                       "authorization_endpoint": "https://auth.example/authorize",
                       "code_challenge_methods_supported": ["S256"]})");
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        const auto flow = call.browser_begin("mcp");
        if (!flow) return flow.error();
        const std::string redirect_uri = form_encode(flow->redirect_uri);
        const std::string url =
            "https://auth.example/authorize?response_type=code&client_id=us"
            "&code_challenge_method=S256&code_challenge=" +
            std::string(flow->code_challenge) + "&state=" + std::string(flow->state) +
            "&redirect_uri=" + redirect_uri;
        const auto answer = call.browser_finish(url);
        if (!answer) return answer.error();
        return Error(Status::internal, "browser", "it was opened");
    };

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_EQ(fact(*of(diagnosis, "request"), "request"), "browser https://auth.example/authorize");
    EXPECT_EQ(fact(*of(diagnosis, "request"), "client_id"), "us");
    EXPECT_EQ(fact(*of(diagnosis, "request"), "state"), "(not shown)");
}

TEST_F(DiagnosisTest, TellsAClockThatDiffersAndWhose) {
    clock->set_wall(784'111'777 + 3600);
    auto headers = unauthorized();
    headers.emplace_back("Date", "Sun, 06 Nov 1994 08:49:37 GMT");

    const auto diagnosis = run(headers);

    const auto* finding = of(diagnosis, "clock");
    ASSERT_NE(finding, nullptr);
    EXPECT_EQ(finding->verdict, Verdict::note);
    EXPECT_EQ(fact(*finding, "server"), "https://mcp.example");
    EXPECT_EQ(fact(*finding, "ahead by"), "-3600 s");
    EXPECT_EQ(diagnosis.status(), Status::ok);
}

TEST_F(DiagnosisTest, PassesOnWhatThePluginSaysIsWrongBeforeAnythingIsSent) {
    grant.acquire = [](plugin::Call&, const plugin::TokenRequest&) -> Result<plugin::Token> {
        return Error(Status::interaction_required, "subject", "sign in first");
    };

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::interaction_required);
    ASSERT_TRUE(of(diagnosis, "request")->error);
    EXPECT_EQ(of(diagnosis, "request")->error->message, "sign in first");
    EXPECT_EQ(of(diagnosis, "client")->verdict, Verdict::good);  // it goes on
}

TEST_F(DiagnosisTest, SaysThatAServerGaveNoAnswerAndLooksAtTheOthers) {
    http = std::make_shared<ScriptedTransport>();
    http->on("POST", server).always().fail(Status::unavailable, "connection refused");
    for (const auto* url :
         {resource_url, "https://mcp.example/.well-known/oauth-protected-resource", issuer_url,
          "https://auth.example/.well-known/openid-configuration"})
        http->on("GET", url).always().fail(Status::unavailable, "connection refused");

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::unavailable);
    EXPECT_EQ(of(diagnosis, "server")->verdict, Verdict::fault);
    EXPECT_EQ(of(diagnosis, "server")->error->leg, "mcp");
    EXPECT_THAT(fact(*of(diagnosis, "resource_metadata"), "asked"),
                HasSubstr("connection refused"));
    EXPECT_THAT(fact(*of(diagnosis, "server_metadata"), "asked"), HasSubstr(issuer_url));
    EXPECT_TRUE(http->unexpected().empty());
}

TEST_F(DiagnosisTest, AnUnreadableChallengeIsANoteAndNoFault) {
    const auto diagnosis = run({{"WWW-Authenticate", "Bearer scope=\"x"}});

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_EQ(of(diagnosis, "server")->verdict, Verdict::note);
}

// The whole report, as whoever reads it sees it.
TEST_F(DiagnosisTest, HoldsNoSecret) {
    const std::string secret = "canary-client-secret";
    configuration.replace(configuration.find("\"method\": \"none\""), 16,
                          R"("method": "client_secret_basic", "secret": ")" + secret + "\"");

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_EQ(fact(*of(diagnosis, "client"), "secret from"), "the configuration itself");
    for (const auto& finding : diagnosis.findings)
        for (const auto& [name, value] : finding.facts)
            EXPECT_EQ(value.find("canary"), std::string::npos) << finding.step << " " << name;
}

}  // namespace
}  // namespace mcp_auth::host::testing
