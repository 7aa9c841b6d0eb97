// The conformance client against a stand-in for mcp-auth that shows how it was called.
#include "support/file_contents.hpp"

#include <mcp_auth/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
namespace json = mcp_auth::json;
using ::testing::ElementsAre;

constexpr const char* kServer = "http://localhost:4711/mcp";
constexpr const char* kContext =
    R"({"name":"auth/enterprise-managed-authorization","client_id":"mcp-id","client_secret":"s:e cret",)"
    R"("idp_client_id":"idp-id","idp_id_token":"a.b.c","idp_issuer":"http://localhost:4712",)"
    R"("idp_token_endpoint":"http://localhost:4712/token"})";

class ConformanceClient : public testing::Test {
protected:
    ConformanceClient() {
        std::string pattern =
            (fs::temp_directory_path() / "conformance-client-test-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        // Keeps what it was given, and the directory the configuration came from.
        std::ofstream(directory_ / "mcp-auth")
            << "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" << directory_.string() << "/arguments'\n"
            << "printf '%s' \"$XDG_STATE_HOME\" >'" << directory_.string() << "/state'\n"
            << "cp -a \"$(dirname \"$4\")\" '" << directory_.string() << "/seen'\nexit 4\n";
        fs::permissions(directory_ / "mcp-auth", fs::perms::owner_all);
    }
    ~ConformanceClient() override { fs::remove_all(directory_); }

    int run(const std::string& environment, const std::string& arguments) {
        fs::remove_all(directory_ / "seen");
        const std::string command = "env -u MCP_CONFORMANCE_SCENARIO " + environment +
                                    " MCP_AUTH='" + (directory_ / "mcp-auth").string() +
                                    "' " CONFORMANCE_CLIENT " " + arguments + " 2>/dev/null";
        return WEXITSTATUS(std::system(command.c_str()));
    }
    // Another scenario, with the client at the authorization server as it is configured.
    json::Value client_of(const std::string& scenario, const std::string& context) {
        EXPECT_EQ(run("MCP_CONFORMANCE_SCENARIO=" + scenario + " MCP_CONFORMANCE_CONTEXT='" +
                          context + "'",
                      kServer),
                  4);
        const json::Value connections = at(configuration(), {"connections"});
        return at(connections.items().at(0), {"clients", "mcp"});
    }
    int run_scenario() {
        return run(
            "MCP_CONFORMANCE_SCENARIO=auth/enterprise-managed-authorization "
            "MCP_CONFORMANCE_PROTOCOL_VERSION=2026-07-28 MCP_CONFORMANCE_CONTEXT='" +
                std::string(kContext) + "'",
            kServer);
    }
    std::string text(const fs::path& name) const {
        return mcp_auth::testing::file_contents(directory_ / name);
    }
    json::Value configuration() const {
        auto parsed = json::parse(text("seen/config.json"));
        return parsed ? *parsed : json::Value();
    }
    static json::Value at(json::Value value, std::initializer_list<const char*> path) {
        for (const char* name : path) {
            const json::Value* member = value.find(name);
            json::Value next = member != nullptr ? *member : json::Value();
            value = std::move(next);
        }
        return value;
    }

    fs::path directory_;
};

TEST_F(ConformanceClient, AnswersWithTheExitCodeOfTheCommand) {
    EXPECT_EQ(run_scenario(), 4);
}

TEST_F(ConformanceClient, RunsConnectOnTheWireOfTheScenario) {
    run_scenario();
    std::istringstream lines(text("arguments"));
    std::vector<std::string> arguments;
    for (std::string line; std::getline(lines, line);) arguments.push_back(line);
    EXPECT_THAT(arguments,
                ElementsAre("connect", kServer, "--config", testing::EndsWith("/config.json"),
                            "--trace", "--protocol", "2026-07-28"));
}

TEST_F(ConformanceClient, TurnsTheContextIntoAConfiguration) {
    run_scenario();
    const json::Value config = configuration();
    const json::Value provider = at(config, {"providers", "suite"});
    EXPECT_EQ(at(provider, {"clients", "idp"}).string("issuer"), "http://localhost:4712");
    EXPECT_EQ(at(provider, {"clients", "idp"}).string("id"), "idp-id");
    EXPECT_EQ(at(provider, {"clients", "idp"}).string("method"), "none");
    ASSERT_EQ(at(config, {"connections"}).items().size(), 1U);
    const json::Value connection = at(config, {"connections"}).items()[0];
    EXPECT_EQ(connection.string("server"), kServer);
    EXPECT_EQ(connection.string("issuer"), "discovered");
    EXPECT_EQ(at(connection, {"clients", "mcp"}).string("id"), "mcp-id");
    EXPECT_EQ(at(connection, {"clients", "mcp"}).string("method"), "client_secret_basic");
}

TEST_F(ConformanceClient, CallsAToolWhereTheUserConsents) {
    client_of("auth/scope-step-up", R"({"name":"x"})");
    EXPECT_EQ(at(configuration(), {"providers", "suite"}).string("plugin"), "authorization-code");
    EXPECT_THAT(text("arguments"), testing::HasSubstr("--call\ntest-tool\n"));
}

TEST_F(ConformanceClient, PicksThePluginByTheScenario) {
    client_of("auth/client-credentials-basic", R"({"client_id":"a","client_secret":"s"})");
    EXPECT_EQ(at(configuration(), {"providers", "suite"}).string("plugin"), "client-credentials");
    EXPECT_FALSE(at(configuration(), {"providers", "suite"}).find("subject"));
    client_of("auth/wif-jwt-bearer", R"({"client_id":"a","valid_jwt":"a.b.c"})");
    const json::Value provider = at(configuration(), {"providers", "suite"});
    EXPECT_EQ(provider.string("plugin"), "workload-identity");
    EXPECT_EQ(at(provider, {"subject"}).string("type"), "jwt");
    EXPECT_EQ(text("seen/valid_jwt"), "a.b.c");
}

TEST_F(ConformanceClient, GivesAKeyToAClientThatHasOne) {
    const json::Value client =
        client_of("auth/client-credentials-jwt",
                  R"({"client_id":"a","private_key_pem":"pem","signing_algorithm":"ES256"})");
    EXPECT_EQ(client.string("method"), "private_key_jwt");
    EXPECT_EQ(client.string("alg"), "ES256");
    EXPECT_EQ(text("seen/private_key_pem"), "pem");
}

TEST_F(ConformanceClient, LeavesTheClientToTheServerWhereTheContextHasNone) {
    const json::Value client = client_of("auth/metadata-default", R"({"name":"x"})");
    EXPECT_EQ(client.string("metadata_document"),
              "https://conformance-test.local/client-metadata.json");
    EXPECT_TRUE(client.find("register"));
    EXPECT_FALSE(client.find("id"));
}

TEST_F(ConformanceClient, SaysWhichServersAreOld) {
    client_of("auth/2025-03-26-oauth-endpoint-fallback", "{}");
    const json::Value old = at(configuration(), {"connections"});
    EXPECT_EQ(old.items().at(0).string("discovery"), "2025-03-26");
    client_of("auth/metadata-default", "{}");
    const json::Value other = at(configuration(), {"connections"});
    EXPECT_FALSE(other.items().at(0).find("discovery"));
}

TEST_F(ConformanceClient, KeepsTheStateOfScenariosApart) {
    run_scenario();
    const std::string first = text("state");
    EXPECT_THAT(first, testing::HasSubstr("conformance-"));
    run_scenario();
    EXPECT_NE(text("state"), first);
}

TEST_F(ConformanceClient, KeepsSecretsInFilesThatNobodyElseReads) {
    run_scenario();
    EXPECT_EQ(text("seen/client_secret"), "s:e cret");
    EXPECT_EQ(text("seen/idp_id_token"), "a.b.c");
    EXPECT_EQ(text("seen/config.json").find("s:e cret"), std::string::npos);
    for (const char* name : {"seen/client_secret", "seen/idp_id_token", "seen/config.json"}) {
        EXPECT_EQ(fs::status(directory_ / name).permissions(),
                  fs::perms::owner_read | fs::perms::owner_write)
            << name;
    }
}

TEST_F(ConformanceClient, LeavesNothingBehind) {
    run_scenario();
    const std::string secret = configuration()
                                   .find("connections")
                                   ->items()[0]
                                   .find("clients")
                                   ->find("mcp")
                                   ->find("secret")
                                   ->find("file")
                                   ->as_string()[0];
    EXPECT_FALSE(fs::exists(fs::path(secret).parent_path()));
}

TEST_F(ConformanceClient, NeedsNoContextForAScenarioThatStopsEarly) {
    EXPECT_EQ(run("-u MCP_CONFORMANCE_CONTEXT", kServer), 4);
    const json::Value connections = at(configuration(), {"connections"});
    EXPECT_TRUE(at(connections.items().at(0), {"clients", "mcp"}).find("register"));
}

TEST_F(ConformanceClient, RefusesAContextThatIsNotJson) {
    EXPECT_EQ(run("MCP_CONFORMANCE_CONTEXT='{'", kServer), 2);
    EXPECT_FALSE(fs::exists(directory_ / "arguments"));
}

TEST_F(ConformanceClient, NeedsExactlyOneServer) {
    EXPECT_EQ(run("", ""), 2);
}

}  // namespace
