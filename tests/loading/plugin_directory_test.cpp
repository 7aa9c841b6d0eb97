// Which manifests are found, in which order, and which one wins.
#include "loading_files.hpp"

#include "environment.hpp"
#include "plugin_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string manifest_for(const std::string& id, bool builtin = false) {
    return R"({"manifest_version": 1, "id": ")" + id +
           R"(", "version": "1.0.0", "abi": {"major": 1, "min_minor": 0}, )" +
           (builtin ? "" : R"("library": {"path": "./p.so"}, )") +
           R"("roles": ["mcp.auth.token/1"]})";
}

class PluginDirectory : public ::testing::Test {
protected:
    PluginDirectory() { options.default_plugin_directory = directory / "default"; }

    // "id" for a good one, "(id)" for a shadowed one, "path: message" for a refused one. Without
    // what this machine has in /etc.
    std::vector<std::string> found() {
        std::vector<std::string> out;
        for (const FoundManifest& entry : find_manifests(options, plugins, environment)) {
            if (entry.path.compare(0, 5, "/etc/") == 0) continue;
            if (!entry.manifest)
                out.push_back(entry.error ? entry.path + ": " + entry.error->message : "neither");
            else
                out.push_back(entry.shadowed ? "(" + entry.manifest->id + ")" : entry.manifest->id);
        }
        return out;
    }
    std::vector<std::string> searched() {
        return plugin_search_path(options, plugins, environment);
    }

    TemporaryDirectory directory;
    Options options;
    PluginsConfig plugins;
    Environment environment;
};

TEST_F(PluginDirectory, IsSearchedInTheOrderOfTheDesign) {
    environment.variables = {{"MCP_AUTH_ADD_PLUGIN_PATH", "/add1:/add2/::/add1"},
                             {"XDG_CONFIG_HOME", "/home/u/.cfg"}};
    plugins.directories = {"/configured"};
    options.default_plugin_directory = "/prefix/share";
    EXPECT_THAT(searched(),
                ElementsAre("/add1", "/add2", "/configured", "/home/u/.cfg/mcp-auth/plugins.d",
                            "/etc/mcp-auth/plugins.d", "/prefix/share"));
}

TEST_F(PluginDirectory, IsTheOneOfThePluginPathAloneWhereThatIsSet) {
    environment.variables = {{"MCP_AUTH_PLUGIN_PATH", "/a:/b"},
                             {"MCP_AUTH_ADD_PLUGIN_PATH", "/add"},
                             {"XDG_CONFIG_HOME", "/home/u/.cfg"}};
    plugins.directories = {"/configured"};
    EXPECT_THAT(searched(), ElementsAre("/a", "/b"));
}

TEST_F(PluginDirectory, IsNeverOfTheEnvironmentWithRaisedPrivileges) {
    environment.variables = {{"MCP_AUTH_PLUGIN_PATH", "/a"}, {"HOME", "/home/u"}};
    environment.raised_privileges = true;
    plugins.directories = {"/configured"};
    options.default_plugin_directory = "/prefix/share";
    EXPECT_THAT(searched(), ElementsAre("/configured", "/etc/mcp-auth/plugins.d", "/prefix/share"));
}

TEST_F(PluginDirectory, IsBesideTheProgramByDefault) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    EXPECT_EQ(default_plugin_directory(),
              (program.parent_path().parent_path() / "share/mcp-auth/plugins.d").string());
    options.default_plugin_directory.clear();
    EXPECT_EQ(searched().back(), default_plugin_directory());
}

TEST_F(PluginDirectory, IsSortedByName) {
    for (const char* name : {"b", "a", "10", "9", "Z"})
        directory.write("default/" + std::string(name) + ".json", manifest_for(name));
    EXPECT_THAT(found(), ElementsAre("10", "9", "Z", "a", "b"));
}

TEST_F(PluginDirectory, HasManifestsOnlyByTheirNames) {
    directory.write("default/a.json", manifest_for("a"));
    for (const char* other : {"a.schema.json", "README.md", ".hidden.json", "a.json.bak", "a.so"})
        directory.write("default/" + std::string(other), "not a manifest");
    EXPECT_THAT(found(), ElementsAre("a"));
}

TEST_F(PluginDirectory, IsSkippedWhereItIsNotThere) {
    plugins.directories = {directory / "none", (directory / "file") + "/inside"};
    directory.write("file", "");
    EXPECT_THAT(found(), ElementsAre());
}

TEST_F(PluginDirectory, ThatEarlierHasAnIdWins) {
    directory.write("first/x.json", manifest_for("a"));
    directory.write("default/y.json", manifest_for("a"));
    directory.write("default/z.json", manifest_for("b"));
    plugins.directories = {directory / "first"};
    EXPECT_THAT(found(), ElementsAre("a", "(a)", "b"));
}

TEST_F(PluginDirectory, ComesAfterBuiltinsAndTheGivenManifest) {
    options.builtin.push_back({nullptr, manifest_for("a", true)});
    options.manifest_file = directory.write("given.json", manifest_for("b"));
    directory.write("default/1.json", manifest_for("a"));
    directory.write("default/2.json", manifest_for("b"));
    EXPECT_THAT(found(), ElementsAre("a", "b", "(a)", "(b)"));
    const auto entries = find_manifests(options, plugins, environment);
    EXPECT_EQ(entries.front().builtin, &options.builtin.front());
    EXPECT_EQ(entries.front().path, "(built in)");
    EXPECT_EQ(entries[1].builtin, nullptr);
}

TEST_F(PluginDirectory, LeavesTheOthersWorkingWhenOneIsBroken) {
    directory.write("default/1.json", "{");
    directory.write("default/2.json", manifest_for("good"));
    directory.write("default/3.json", manifest_for("writable"), 0666);
    directory.write("default/4.json", std::string(64 * 1024 + 1, ' '));
    ::symlink("nowhere", (directory / "default/5.json").c_str());
    const auto all = found();
    ASSERT_THAT(all, SizeIs(5));
    EXPECT_THAT(all[0], HasSubstr("default/1.json: "));
    EXPECT_EQ(all[1], "good");
    EXPECT_THAT(all[2], HasSubstr("everyone can write to it"));
    EXPECT_THAT(all[3], HasSubstr("larger than 64 KiB"));
    EXPECT_THAT(all[4], HasSubstr("No such file"));
}

TEST_F(PluginDirectory, DoesNotShadowByWhatWasRefused) {
    directory.write("first/a.json", manifest_for("a"), 0666);
    directory.write("default/a.json", manifest_for("a"));
    plugins.directories = {directory / "first"};
    ASSERT_THAT(found(), SizeIs(2));
    EXPECT_EQ(found()[1], "a");
}

TEST_F(PluginDirectory, ThatEveryoneCanWriteIsOneEntryWithAnError) {
    directory.write("open/a.json", manifest_for("a"));
    ::chmod((directory / "open").c_str(), 0777);
    plugins.directories = {directory / "open"};
    const auto all = found();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0], HasSubstr(directory / "open"));
    EXPECT_THAT(all[0], HasSubstr("everyone can write to it"));
}

TEST_F(PluginDirectory, GivesAnEntryToAGivenManifestThatIsMissing) {
    options.manifest_file = directory / "none.json";
    const auto all = found();
    ASSERT_THAT(all, SizeIs(1));
    EXPECT_THAT(all[0], HasSubstr("No such file"));
}

TEST_F(PluginDirectory, MayBeAMountedConfigurationMap) {
    directory.write("default/..2026/a.json", manifest_for("a"));
    ::symlink("..2026", (directory / "default/..data").c_str());
    ::symlink("..data/a.json", (directory / "default/a.json").c_str());
    EXPECT_THAT(found(), ElementsAre("a"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
