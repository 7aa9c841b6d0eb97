// mcp-auth plugins: what was found, loaded, refused, and why.
#include "command_fixture.hpp"

#include <mcp_auth/json.hpp>

namespace mcp_auth::testing {
namespace {

class Plugins : public CommandTest {
protected:
    // Of --json: the plugins, or nothing and a failed test.
    std::vector<json::Value> listed(std::vector<std::string> arguments = {}) const {
        arguments.insert(arguments.begin(), {"plugins", "--json"});
        const auto list = run(std::move(arguments));
        EXPECT_EQ(list->exit_code(), 0) << list->err();
        const auto parsed = json::parse(list->out());
        EXPECT_TRUE(parsed) << list->out();
        const json::Value* plugins = parsed ? parsed->find("plugins") : nullptr;
        EXPECT_TRUE(plugins && plugins->is_array());
        return plugins ? plugins->items() : std::vector<json::Value>{};
    }
    // The one with this id, among all that are shipped; null if it is not there exactly once.
    static json::Value named(const std::vector<json::Value>& plugins, std::string_view id) {
        json::Value found;
        for (const auto& plugin : plugins) {
            if (plugin.string("id") != id) continue;
            EXPECT_TRUE(found.is_null()) << id << " is listed twice";
            found = plugin;
        }
        return found;
    }
};

TEST_F(Plugins, TheBuildTreesOwnAreFoundWithoutAConfiguration) {
    const auto plugins = listed();
    for (const char* id : {"client-credentials", "cross-app-access", "workload-identity"}) {
        const auto plugin = named(plugins, id);
        EXPECT_EQ(plugin.string("state"), "loaded") << id;
        EXPECT_EQ(plugin.string("sha256").size(), 64u) << id;
        EXPECT_EQ(plugin.string("rule"), "owner") << id;
        EXPECT_EQ(plugin.find("refused"), nullptr) << id;
    }
    EXPECT_EQ(named(plugins, "cross-app-access").strings("roles"),
              (std::vector<std::string>{"mcp.auth.token/1", "mcp.auth.assertion/1"}));
}

TEST_F(Plugins, WithoutAConfigurationStderrSaysSo) {
    const auto list = run({"plugins"});
    EXPECT_NE(list->err().find("no configuration"), std::string::npos) << list->err();
    EXPECT_NE(list->out().find("cross-app-access"), std::string::npos) << list->out();
}

TEST_F(Plugins, AConfigurationThatWasNamedMustBeThere) {
    environment.push_back("MCP_AUTH_CONFIG=" + home + "/missing.json");
    EXPECT_EQ(run({"plugins"})->exit_code(), 3);
}

// It may be the one that forbids them.
TEST_F(Plugins, AConfigurationThatIsThereAndWrongIsNoReasonToGoOnWithoutIt) {
    std::filesystem::create_directories(home + "/config/mcp-auth");
    write("config/mcp-auth/config.json", R"({"version": 1, "providers": {}, "connections": [],
                                             "plugins": {"trust": "sgned"}})");
    const auto list = run({"plugins", "--json"});
    EXPECT_EQ(list->exit_code(), 3);
    EXPECT_EQ(list->out(), "");
    EXPECT_NE(list->err().find("at /plugins/trust: expected \"owner\""), std::string::npos)
        << list->err();
}

TEST_F(Plugins, EachThatAPolicyRefusesIsListedWithItsHash) {
    const std::string config = write("deny.json", R"({"version": 1, "providers": {},
        "connections": [], "plugins": {"trust": "deny"}})");
    const auto plugins = listed({"--config", config});
    ASSERT_GE(plugins.size(), 3u);
    for (const auto& plugin : plugins) {
        EXPECT_EQ(plugin.string("state"), "refused");
        EXPECT_EQ(plugin.string("sha256").size(), 64u);
        EXPECT_EQ(plugin.string("rule"), "");
    }
}

TEST_F(Plugins, WhoUsesAPluginIsSaid) {
    const auto plugins = listed({"--config", configuration("https://chat.example/mcp")});
    EXPECT_EQ(named(plugins, "cross-app-access").strings("used_by"),
              std::vector<std::string>{"acme"});
    EXPECT_EQ(named(plugins, "client-credentials").strings("used_by"), std::vector<std::string>{});
}

TEST_F(Plugins, AnEmptyPathReplacesTheRest) {
    std::filesystem::create_directory(home + "/empty");
    environment.push_back("MCP_AUTH_PLUGIN_PATH=" + home + "/empty");
    EXPECT_TRUE(listed().empty());
    EXPECT_EQ(run({"plugins"})->out(), "no plugins were found\n");
}

TEST_F(Plugins, ARefusedOneIsListedWithItsReasonAndTheOthersStay) {
    const std::string broken = write("broken.json", R"({"manifest_version": 1)");
    const auto plugins = listed({"--manifest", broken});
    ASSERT_GE(plugins.size(), 2u);
    EXPECT_EQ(plugins[0].string("state"), "refused");
    EXPECT_EQ(plugins[0].string("manifest"), broken);
    const json::Value* refused = plugins[0].find("refused");
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->string("status"), "misconfigured");
    EXPECT_FALSE(refused->string("message").empty());
    EXPECT_EQ(plugins[1].string("state"), "loaded");
}

}  // namespace
}  // namespace mcp_auth::testing
