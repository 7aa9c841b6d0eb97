// Plugins of other versions of the ABI in this host: what loads must work, in all that it does, and
// what does not is refused with a reason.
#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"
#include "support/temporary_directory.hpp"

#include "../cli/subprocess.hpp"
#include "support/file_contents.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

struct Manifest {
    const char* library;
    const char* id;
    unsigned major = 1, min_minor = 0;
};

// `manifest`'s library, copied to where nobody else can write, and the manifest. Its path.
std::string install(const TemporaryDirectory& directory, const Manifest& manifest) {
    directory.write("plugin.so", mcp_auth::testing::file_contents(manifest.library));
    std::ostringstream text;
    text
        << R"({"manifest_version": 1, "id": ")" << manifest.id
        << R"(", "version": "1.0.0", "vendor": "tests", "description": "a plugin of another version",
            "abi": {"major": )"
        << manifest.major << R"(, "min_minor": )" << manifest.min_minor
        << R"(}, "library": {"path": "./plugin.so"},
            "roles": ["mcp.auth.token/1", "mcp.auth.assertion/1"]})";
    return directory.write("plugin.json", text.str());
}

// The plugin of fixtures/walk.c, which looks at everything itself and says what is wrong.
class WalkTest : public ::testing::TestWithParam<const char*> {
protected:
    WalkTest() {
        http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/mcp")
            .always()
            .json(200, R"({"resource": "https://mcp.example/mcp",
                           "authorization_servers": ["https://auth.example"]})");
        http->on("GET", "https://auth.example/.well-known/oauth-authorization-server")
            .always()
            .json(200, R"({"issuer": "https://auth.example",
                           "authorization_endpoint": "https://auth.example/authorize",
                           "token_endpoint": "https://auth.example/token",
                           "token_endpoint_auth_methods_supported": ["none"]})");
        http->on("GET", "https://auth.example/hello")
            .always()
            .respond(200, "hello", {{"X-Hello", "hello"}});
    }
    void SetUp() override {
        if (!std::filesystem::exists(GetParam()))
            GTEST_SKIP() << "no plugin was kept for this machine: " << GetParam();
        Options options;
        options.manifest_file = install(directory, {GetParam(), "walk"});
        options.default_plugin_directory = directory / "none";
        options.transport = http;
        options.clock = clock;
        options.config_json = R"({
          "version": 1,
          "providers": {
            "walk": { "plugin": "walk", "clients": { "mcp": { "id": "us", "method": "none" } } },
            "peer": { "plugin": "walk", "subject": { "type": "id_token", "from": { "file": ")" +
                              directory.write("id_token", "the-users-id-token") + R"(" } } }
          },
          "connections": [
            { "name": "chat", "server": "https://mcp.example/mcp", "provider": "walk",
              "issuer": "https://auth.example", "scopes": ["read"],
              "origins": ["https://auth.example"] }
          ]
        })";
        auto opened = Host::open(options);
        ASSERT_TRUE(opened) << opened.error().message;
        host.emplace(*std::move(opened));
    }
    Connection connect() const {
        auto connection = host->connection("https://mcp.example/mcp");
        EXPECT_TRUE(connection) << (connection ? "" : connection.error().message);
        return *std::move(connection);
    }

    TemporaryDirectory directory;
    std::shared_ptr<ScriptedTransport> http = std::make_shared<ScriptedTransport>();
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::optional<Host> host;
};

TEST_P(WalkTest, AcquiresATokenAndFindsNothingWrong) {
    http->on("POST", "https://auth.example/token")
        .json(200, R"({"access_token": "t1", "token_type": "Bearer", "expires_in": 600,
                       "scope": "read"})");
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().leg << ": " << token.error().message;
    EXPECT_EQ(token->value(), "t1");
    EXPECT_EQ(token->scope(), "read");
    EXPECT_GT(std::chrono::system_clock::to_time_t(token->expires_at()), clock->wall());
    const auto sent = http->requests("POST", "https://auth.example/token");
    ASSERT_EQ(sent.size(), 1u);
    for (const char* part :
         {"grant_type=client_credentials", "resource=https%3A%2F%2Fmcp.example%2Fmcp", "scope=read",
          "server=https%3A%2F%2Fmcp.example%2Fmcp", "first=yes", "challenged=no", "omit=no"})
        EXPECT_THAT(sent[0].body, HasSubstr(part));
    EXPECT_TRUE(http->unexpected().empty());
}

TEST_P(WalkTest, ItsFailureReachesTheApplicationWhole) {
    http->on("POST", "https://auth.example/token")
        .json(400, R"({"error": "insufficient_user_authentication", "max_age": 0,
                       "acr_values": "urn:example:mfa", "error_description": "too long ago"})");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::interaction_required) << token.error().message;
    EXPECT_EQ(token.error().oauth_error, "insufficient_user_authentication");
    EXPECT_EQ(token.error().description, "too long ago");
    EXPECT_EQ(token.error().acr_values, "urn:example:mfa");
    EXPECT_EQ(token.error().max_age, std::chrono::seconds(0));
}

INSTANTIATE_TEST_SUITE_P(
    Plugin, WalkTest,
    ::testing::Values(KEPT "/walk-1.0.x86_64.so", WALKS "/abi_walk_today.so",
                      WALKS "/abi_walk_older.so", WALKS "/abi_walk_newer.so"),
    [](const auto& plugin) {
        return std::filesystem::path(plugin.param).stem().string().substr(0, 4) == "walk"
                   ? std::string("Kept1_0")
                   : std::filesystem::path(plugin.param).stem().string();
    });

struct Version {
    const char* name;
    Manifest manifest;
    const char* refused;  // a part of the reason; empty: it is loaded
};
void PrintTo(const Version& version, std::ostream* out) {
    *out << version.name;
}

class Listed : public ::testing::TestWithParam<Version> {};

// `mcp-auth plugins`, as an administrator sees it.
TEST_P(Listed, WithWhatBecameOfItAndWhy) {
    const auto& version = GetParam();
    if (!std::filesystem::exists(version.manifest.library))
        GTEST_SKIP() << "no plugin was kept for this machine: " << version.manifest.library;
    const TemporaryDirectory directory;
    const auto manifest = install(directory, version.manifest);
    const mcp_auth::testing::Subprocess command(
        {MCP_AUTH_COMMAND, "plugins", "--json", "--manifest", manifest},
        {"HOME=" + directory.path(), "XDG_CONFIG_HOME=" + directory / "config"});
    ASSERT_EQ(command.exit_code(), 0) << command.err();
    const auto parsed = json::parse(command.out());
    ASSERT_TRUE(parsed) << command.out();
    const auto& plugin = parsed->find("plugins")->items().at(0);  // the one named goes first
    const std::string reason(version.refused);
    EXPECT_EQ(plugin.string("state"), reason.empty() ? "loaded" : "refused") << command.out();
    if (reason.empty()) return;
    const auto* refused = plugin.find("refused");
    ASSERT_NE(refused, nullptr) << command.out();
    EXPECT_EQ(refused->string("status"), "misconfigured");
    EXPECT_THAT(std::string(refused->string("message")), HasSubstr(reason));
}

INSTANTIATE_TEST_SUITE_P(
    Plugin, Listed,
    ::testing::Values(
        Version{"Kept1_0", {KEPT "/walk-1.0.x86_64.so", "walk"}, ""},
        Version{"Today", {WALKS "/abi_walk_today.so", "walk"}, ""},
        Version{"ShorterStructs", {WALKS "/abi_walk_older.so", "walk"}, ""},
        Version{"NewerMinor", {WALKS "/abi_walk_newer.so", "walk"}, ""},
        Version{
            "NewerMinorThatNeedsIt", {WALKS "/abi_walk_newer.so", "walk", 1, 9}, "needs ABI 1.9"},
        Version{"BothMajors", {FIXTURES "/both_entries.so", "fixture"}, ""},
        Version{"WrongMajor",
                {FIXTURES "/entry_v2.so", "fixture"},
                "another ABI: it exports mcp_auth_plugin_entry_v2"},
        Version{"WrongMajorInItsManifest", {FIXTURES "/entry_v2.so", "fixture", 2}, "ABI"},
        Version{"ExtraExport",
                {FIXTURES "/exports_more.so", "fixture"},
                "it exports more than the entry: fixture_extra_function"},
        Version{"MissingEntry",
                {FIXTURES "/no_entry.so", "fixture"},
                "not a plugin: it does not export mcp_auth_plugin_entry_v1"},
        Version{"DescriptorThatIsTooShort",
                {FIXTURES "/small_descriptor.so", "fixture"},
                "smaller than that of ABI 1.0"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::host::testing
