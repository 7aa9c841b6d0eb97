// The command against the demo enterprise: what a script gets on stdout, and how it exits.
#include "command_fixture.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/json.hpp>

#include <algorithm>
#include <chrono>

namespace mcp_auth::testing {
namespace {

class InEnterprise : public CommandTest {
protected:
    void SetUp() override {
        demo::Options options;
        options.record = true;
        auto started = demo::Enterprise::start(std::move(options));
        ASSERT_TRUE(started) << started.error().message;
        enterprise = std::move(*started);
        sign_in("alice");
        auto config = enterprise->write_configuration();
        ASSERT_TRUE(config) << config.error().message;
        environment.push_back("MCP_AUTH_CONFIG=" + *config);
    }
    void sign_in(const std::string& user) {
        demo::SignIn options;
        options.user = user;
        ASSERT_TRUE(enterprise->sign_in(options));
    }
    std::unique_ptr<Subprocess> run_at_server(std::vector<std::string> arguments) const {
        arguments.push_back(enterprise->mcp_url());
        return run(std::move(arguments));
    }
    // L4: of all that was secret so far, nothing stands in `text`.
    void expect_no_secret(const std::string& text) const {
        for (const std::string& secret : enterprise->secrets())
            EXPECT_EQ(text.find(secret), std::string::npos);
    }

    std::unique_ptr<demo::Enterprise> enterprise;
};

TEST_F(InEnterprise, TokenPrintsTheTokenAndNothingElse) {
    const auto token = run_at_server({"token"});
    ASSERT_EQ(token->exit_code(), 0) << token->err();
    EXPECT_EQ(token->err(), "");
    ASSERT_FALSE(token->out().empty());
    EXPECT_EQ(token->out().find('\n'), token->out().size() - 1);
    const auto secrets = enterprise->secrets();
    EXPECT_NE(
        std::find(secrets.begin(), secrets.end(), token->out().substr(0, token->out().size() - 1)),
        secrets.end());
}

TEST_F(InEnterprise, TokenAsksTheServerOnceWithoutATokenAndNeverShowsItOne) {
    ASSERT_EQ(run_at_server({"token"})->exit_code(), 0);
    const auto asked = enterprise->requests(demo::Server::mcp, "/mcp");
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_FALSE(asked[0].has_header("Authorization"));
}

TEST_F(InEnterprise, TokenAsAHeaderIsForCurl) {
    const auto token = run_at_server({"token", "--format", "header"});
    ASSERT_EQ(token->exit_code(), 0) << token->err();
    EXPECT_EQ(token->out().rfind("Authorization: Bearer ", 0), 0u);
}

TEST_F(InEnterprise, TokenAsJsonSaysTypeScopeAndAbsoluteExpiry) {
    const auto token = run_at_server({"token", "--format", "json"});
    ASSERT_EQ(token->exit_code(), 0) << token->err();
    const auto parsed = json::parse(token->out());
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->string("access_token").empty());
    EXPECT_EQ(parsed->string("token_type"), "Bearer");
    EXPECT_EQ(parsed->string("scope"), "chat.read");
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    ASSERT_TRUE(parsed->find("expires_at") && parsed->find("expires_at")->as_integer());
    EXPECT_NEAR(static_cast<double>(*parsed->find("expires_at")->as_integer()),
                static_cast<double>(now + 3600), 60);
}

TEST_F(InEnterprise, TokenAsksForTheScopeThatWasGiven) {
    const auto token = run_at_server({"token", "--format", "json", "--scope", "chat.write"});
    ASSERT_EQ(token->exit_code(), 0) << token->err();
    EXPECT_EQ(json::parse(token->out())->string("scope"), "chat.write");
}

TEST_F(InEnterprise, AssertionIsTheFirstLegAlone) {
    const auto assertion = run_at_server({"assertion"});
    ASSERT_EQ(assertion->exit_code(), 0) << assertion->err();
    EXPECT_EQ(assertion->out().find('\n'), assertion->out().size() - 1);
    EXPECT_EQ(std::count(assertion->out().begin(), assertion->out().end(), '.'), 2);
    EXPECT_TRUE(enterprise->requests(demo::Server::authorization_server, "/token").empty());
}

TEST_F(InEnterprise, ARefusalExitsWithDeniedAndSaysNoSecret) {
    sign_in("bob");
    const auto refused = run_at_server({"--trace", "token"});
    EXPECT_EQ(refused->exit_code(), 4) << refused->err();
    EXPECT_EQ(refused->out(), "");
    EXPECT_NE(refused->err().find("mcp-auth: exchange: denied: "), std::string::npos)
        << refused->err();
    EXPECT_NE(refused->err().find("access_denied"), std::string::npos);
    expect_no_secret(refused->err());
}

TEST_F(InEnterprise, TheTraceNamesEachLegAndNoSecret) {
    const auto token = run_at_server({"--trace", "token"});
    ASSERT_EQ(token->exit_code(), 0) << token->err();
    for (const char* leg : {"+ mcp", "+ resource_metadata", "+ server_metadata", "+ exchange",
                            "+ redemption", "+ token"})
        EXPECT_NE(token->err().find(leg), std::string::npos) << leg << "\n" << token->err();
    expect_no_secret(token->err());
}

TEST_F(InEnterprise, TheAuditFileHasOneJsonObjectALineAndNoSecret) {
    const std::string path = home + "/audit.jsonl";
    ASSERT_EQ(run_at_server({"token", "--audit", path})->exit_code(), 0);
    std::ifstream file(path);
    std::string line, all;
    int lines = 0;
    for (; std::getline(file, line); ++lines) {
        EXPECT_TRUE(json::parse(line)) << line;
        all += line;
    }
    EXPECT_GT(lines, 5);
    EXPECT_NE(all.find("\"exchange\""), std::string::npos);
    expect_no_secret(all);
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

class OnWire : public InEnterprise, public ::testing::WithParamInterface<const char*> {
protected:
    std::unique_ptr<Subprocess> connect(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"connect", "--protocol", GetParam()});
        return run_at_server(std::move(arguments));
    }
};

TEST_P(OnWire, ConnectListsWhatTheServerHas) {
    const auto session = connect({});
    ASSERT_EQ(session->exit_code(), 0) << session->err();
    EXPECT_NE(session->out().find(std::string("protocol  ") + GetParam() + "\n"), std::string::npos)
        << session->out();
    EXPECT_NE(session->out().find("whoami"), std::string::npos);
    expect_no_secret(session->out() + session->err());
}

TEST_P(OnWire, ConnectAsJsonIsOneDocument) {
    const auto session =
        connect({"--json", "--call", "echo", "--arguments", R"({"text":"héllo"})"});
    ASSERT_EQ(session->exit_code(), 0) << session->err();
    const auto parsed = json::parse(session->out());
    ASSERT_TRUE(parsed) << session->out();
    EXPECT_EQ(parsed->string("protocol"), GetParam());
    ASSERT_NE(parsed->find("tools"), nullptr);
    EXPECT_EQ(parsed->find("tools")->items().size(), 3u);
    ASSERT_NE(parsed->find("result"), nullptr);
    EXPECT_EQ(parsed->find("result")->find("content")->items().at(0).string("text"), "héllo");
}

TEST_P(OnWire, EveryRequestButTheFirstCarriesTheToken) {
    ASSERT_EQ(connect({"--call", "whoami"})->exit_code(), 0);
    const auto asked = enterprise->requests(demo::Server::mcp, "/mcp");
    ASSERT_GE(asked.size(), 4u);
    EXPECT_FALSE(asked[0].has_header("Authorization"));
    for (std::size_t i = 1; i < asked.size(); ++i)
        EXPECT_EQ(asked[i].header("Authorization").rfind("Bearer ", 0), 0u) << i << asked[i].method;
    EXPECT_EQ(asked.back().method, std::string(GetParam()) == "2025-11-25" ? "DELETE" : "POST");
}

TEST_P(OnWire, AToolErrorExitsWith11AndIsStillPrinted) {
    const auto session = connect({"--json", "--call", "echo"});
    EXPECT_EQ(session->exit_code(), 11) << session->err();
    EXPECT_TRUE(json::parse(session->out())) << session->out();
    EXPECT_NE(session->err().find("the tool \"echo\" answered with an error"), std::string::npos);
}

TEST_P(OnWire, AJsonRpcErrorExitsWith11) {
    const auto session = connect({"--call", "no_such_tool"});
    EXPECT_EQ(session->exit_code(), 11) << session->err();
    EXPECT_NE(session->err().find("mcp: "), std::string::npos) << session->err();
}

TEST_P(OnWire, AStepUpIsAskedForWhereTheServerWantsMoreScope) {
    const auto session = connect({"--call", "admin_report"});
    ASSERT_EQ(session->exit_code(), 0) << session->err();
    EXPECT_NE(session->out().find("1 channel, 4 users"), std::string::npos) << session->out();
}

INSTANTIATE_TEST_SUITE_P(Both, OnWire, ::testing::Values("2025-11-25", "2026-07-28"),
                         [](const auto& one) {
                             return std::string(one.param) == "2025-11-25" ? "Handshake"
                                                                           : "Stateless";
                         });

TEST_F(InEnterprise, TheDemoTellsTheWholeWayAndARefusal) {
    const auto demo = run({"demo"});
    ASSERT_EQ(demo->exit_code(), 0) << demo->err();
    EXPECT_EQ(demo->err(), "");
    for (const char* text :
         {"identity provider", "RFC 9728", "RFC 8693", "RFC 7523", "\"user\":\"alice\"",
          "bob signs in", "exchange: denied", "access_denied"})
        EXPECT_NE(demo->out().find(text), std::string::npos) << text << "\n" << demo->out();
    EXPECT_EQ(demo->out().find("eyJ"), std::string::npos);  // how every JWT begins
}

TEST_F(InEnterprise, ADemoThatServesWorksForAnotherProcessAndStopsWhenTold) {
    const std::string directory = home + "/served";
    Subprocess serving(Subprocess::Start{},
                       {MCP_AUTH_COMMAND, "demo", "--serve", "--directory", directory},
                       environment);
    ASSERT_TRUE(serving.wait_for_out("Ctrl-C ends it."));
    const std::string marker = "connect ";
    const std::size_t at = serving.out().find(marker) + marker.size();
    const std::string url = serving.out().substr(at, serving.out().find(' ', at) - at);
    const auto session =
        run({"connect", url, "--config", directory + "/config.json", "--call", "whoami"});
    EXPECT_EQ(session->exit_code(), 0) << session->err();
    EXPECT_NE(session->out().find("\"user\":\"alice\""), std::string::npos) << session->out();
    serving.signal(SIGTERM);
    serving.finish();
    EXPECT_EQ(serving.exit_code(), 0) << serving.err();
}

}  // namespace
}  // namespace mcp_auth::testing
