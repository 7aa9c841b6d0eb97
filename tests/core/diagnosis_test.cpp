// A diagnosis on a scripted network: what it asks, what it leaves unsent, and what it says of
// clocks.
#include "core_fixture.hpp"

#include "kept_sign_in.hpp"
#include "support/temporary_directory.hpp"
#include "url.hpp"

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
    Diagnosis run(const Headers& headers = unauthorized(), const std::string& sessions = {}) {
        auto with = options();
        with.session_directory = sessions;
        http->on("POST", server).always().respond(401, "", headers);
        const Probe probe = [](HttpTransport& transport, const Bounds& bounds) {
            HttpRequest request;
            request.method = "POST";
            request.url = server;
            return transport.send(request, bounds);
        };
        return diagnose(with, server, probe, {});
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

TEST_F(DiagnosisTest, SaysHowAnOldServerIsFound) {
    configuration = R"({ "version": 1,
      "providers": { "acme": { "plugin": "scripted", "clients": { "mcp": { "id": "us" } } },
                     "peer": { "plugin": "scripted" } },
      "connections": [ { "name": "old", "server": "https://mcp.example/mcp", "provider": "acme",
        "issuer": "https://mcp.example", "discovery": "2025-03-26" } ] })";
    http = std::make_shared<ScriptedTransport>();
    const std::string at = "https://mcp.example/.well-known/oauth-authorization-server";
    http->on("GET", at).always().respond(404, "");

    const auto diagnosis = run();

    EXPECT_EQ(diagnosis.status(), Status::ok);
    EXPECT_TRUE(http->unexpected().empty());  // no resource metadata, and no token request
    const auto* resource = of(diagnosis, "resource_metadata");
    ASSERT_NE(resource, nullptr);
    EXPECT_EQ(resource->verdict, Verdict::note);
    EXPECT_THAT(resource->summary, HasSubstr("\"2025-03-26\": none is looked for"));
    const auto* metadata = of(diagnosis, "server_metadata");
    ASSERT_NE(metadata, nullptr);
    EXPECT_EQ(fact(*metadata, "asked"), at + ": 404");
    EXPECT_EQ(fact(*metadata, "token endpoint"), "https://mcp.example/token");
    EXPECT_EQ(fact(*of(diagnosis, "request"), "request"), "POST https://mcp.example/token");
}

TEST_F(DiagnosisTest, SaysOfAnOldServerThatItIsNone) {
    configuration.replace(configuration.find("\"https://auth.example\""), 22,
                          R"("https://mcp.example", "discovery": "2025-03-26")");
    http->on("GET", "https://mcp.example/.well-known/oauth-authorization-server")
        .always()
        .respond(404, "");

    const auto diagnosis =
        run(unauthorized("resource_metadata=\"" + std::string(resource_url) + "\""));

    EXPECT_EQ(diagnosis.status(), Status::misconfigured);
    EXPECT_THAT(of(diagnosis, "request")->error->message, HasSubstr("take \"discovery\" out"));
}

// In the words of the setting, and what it means.
TEST_F(DiagnosisTest, SaysWhatTheConnectionDoesAboutDpop) {
    EXPECT_THAT(fact(*of(run(), "connection"), "DPoP"),
                HasSubstr("auto: where the server asks for it; with a key of this process"));
    configuration.insert(
        configuration.rfind("\"scopes\""),
        R"("dpop": {"mode": "required", "key": {"file": "/keys/d.pem"}, "alg": "PS256"}, )");
    EXPECT_EQ(fact(*of(run(), "connection"), "DPoP"),
              "required: a token that is bound to no key is discarded; with the key from the file "
              "/keys/d.pem, by PS256");
}

class DiagnosisOfASession : public DiagnosisTest {
protected:
    DiagnosisOfASession() {
        configuration.replace(configuration.find("\"acme\": {"), 9,
                              R"("acme": { "subject": { "type": "id_token",
                                 "from": { "session": "work" } }, )");
        configuration.replace(configuration.find("\"clients\": {"), 12, R"("clients": {
            "idp": { "id": "host", "issuer": "https://auth.example" },)");
        grant.acquire = [](plugin::Call& call,
                           const plugin::TokenRequest& request) -> Result<plugin::Token> {
            auto subject = call.subject({"urn:ietf:params:oauth:token-type:id_token"});
            if (!subject) return subject.error();
            return ask_token_endpoint(call, request);
        };
    }
    void keep(std::int64_t lifetime) {
        KeptSignIn sign_in;
        sign_in.issuer = issuer;
        sign_in.client_id = "host";
        sign_in.subject = "canary-subject";
        sign_in.name = "canary-name";
        sign_in.id_token = Secret(std::string_view("canary-id-token"));
        sign_in.refresh_token = Secret(std::string_view("canary-refresh-token"));
        sign_in.expires_at = clock->wall() + lifetime;
        const KeptSignIns kept(Store::file(sessions.path(), 10, clock), sessions.path());
        ASSERT_TRUE(kept.write("work", sign_in));
    }
    static std::string all_of(const Diagnosis& diagnosis) {
        std::string text;
        for (const auto& finding : diagnosis.findings) {
            text += finding.summary;
            for (const auto& [name, value] : finding.facts) text += name + value;
        }
        return text;
    }
    TemporaryDirectory sessions;
};

TEST_F(DiagnosisOfASession, SaysThatNobodyIsSignedInAndWhatToDo) {
    const auto diagnosis = run(unauthorized(), sessions.path());
    EXPECT_EQ(diagnosis.status(), Status::interaction_required);
    const auto* subject = of(diagnosis, "subject");
    ASSERT_NE(subject, nullptr);
    EXPECT_EQ(subject->verdict, Verdict::fault);
    EXPECT_THAT(subject->error->message, HasSubstr("run mcp-auth login --session work"));
    EXPECT_EQ(fact(*subject, "identity provider"), issuer);
    EXPECT_EQ(fact(*subject, "kept"), sessions.path());
}

TEST_F(DiagnosisOfASession, SaysUntilWhenSomebodyIsSignedInAndNothingOfThem) {
    keep(600);
    const auto diagnosis = run(unauthorized(), sessions.path());
    EXPECT_EQ(diagnosis.status(), Status::ok);
    const auto* subject = of(diagnosis, "subject");
    ASSERT_NE(subject, nullptr);
    EXPECT_EQ(subject->verdict, Verdict::good);
    EXPECT_EQ(fact(*subject, "from"), "the session work");
    EXPECT_EQ(fact(*subject, "client"), "host");
    EXPECT_EQ(fact(*subject, "exp"), "in 600 s");
    EXPECT_THAT(fact(*subject, "renewed before that"), HasSubstr("yes"));
    EXPECT_THAT(all_of(diagnosis), ::testing::Not(HasSubstr("canary")));
}

TEST_F(DiagnosisOfASession, OfAnotherClientIsAFault) {
    keep(600);
    configuration.replace(configuration.find("\"host\""), 6, "\"another\"");
    const auto diagnosis = run(unauthorized(), sessions.path());
    EXPECT_EQ(of(diagnosis, "subject")->verdict, Verdict::fault);
    EXPECT_EQ(diagnosis.status(), Status::interaction_required);
}

// The provider that the connection names asks another one, whose user's sign-in it is.
TEST_F(DiagnosisTest, LooksAtThePeerThatGivesTheAssertion) {
    configuration.replace(configuration.find("\"peer\": {"), 9, R"("peer": {
        "subject": { "type": "id_token", "from": { "env": "MCP_AUTH_TEST_NOBODY_SETS_THIS" } },
        "clients": { "idp": { "id": "broker", "issuer": "https://auth.example" } }, )");
    grant.acquire = [](plugin::Call& call,
                       const plugin::TokenRequest& request) -> Result<plugin::Token> {
        plugin::AssertionRequest asked;
        asked.audience = request.issuer;
        asked.resource = request.resource;
        auto peer = call.peer_assertion("peer", asked);
        return peer ? Error(Status::internal, "peer", "there was one") : peer.error();
    };
    grant.assertion = [](plugin::Call& call,
                         const plugin::AssertionRequest&) -> Result<plugin::Assertion> {
        return call.subject({"urn:ietf:params:oauth:token-type:id_token"}).error();
    };

    const auto diagnosis = run();

    const auto* subject = of(diagnosis, "subject");
    ASSERT_NE(subject, nullptr);
    EXPECT_EQ(subject->verdict, Verdict::fault);
    EXPECT_THAT(subject->summary,
                HasSubstr("of provider \"peer\", which is asked for the assertion,"));
    EXPECT_THAT(fact(*subject, "from"), HasSubstr("MCP_AUTH_TEST_NOBODY_SETS_THIS"));
    bool client = false;
    for (const auto& finding : diagnosis.findings)
        client =
            client || (finding.step == "client" &&
                       finding.summary.find("\"idp\" of provider \"peer\"") != std::string::npos);
    EXPECT_TRUE(client);
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
