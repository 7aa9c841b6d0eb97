// The file that a configuration comes from: where it is looked for, and what it may be.
#include "../support/temporary_directory.hpp"
#include "valid_config.hpp"

#include "environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const json::Value with_literal() {
    return edited(valid_config(), "/connections/0/clients/mcp/secret", json::Value("canary"));
}

TEST(ConfigFile, IsReadAndItsPathsAreRelativeToIt) {
    const TemporaryDirectory directory;
    const auto path = directory.write("config.json", valid_config().dump(2));
    const auto config = load_config(path);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->path, path);
    EXPECT_EQ(config->providers.at("acme").clients.at("idp").secret.name, directory / "idp.secret");
}

// A mounted configuration map: root's file, by way of links, in a directory that everyone may write
// to.
TEST(ConfigFile, MayStandInADirectoryOfOthersSinceItsOwnOwnerCounts) {
    const TemporaryDirectory directory;
    directory.write("..2026/config.json", valid_config().dump());
    const auto path = directory / "config.json";
    ASSERT_EQ(::symlink("..2026/config.json", path.c_str()), 0);
    ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
    EXPECT_TRUE(load_config(path));
}

TEST(ConfigFile, OfAnotherUserIsRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const TemporaryDirectory directory;
    const auto path = directory.write("config.json", valid_config().dump());
    ASSERT_EQ(::chown(path.c_str(), 12345, ::getegid()), 0);
    const auto config = load_config(path);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message, HasSubstr(path + ": belongs to user 12345"));
}

TEST(ConfigFile, MayHoldALiteralSecretIfNobodyElseCanReadIt) {
    const TemporaryDirectory directory;
    EXPECT_TRUE(load_config(directory.write("config.json", with_literal().dump(), 0600)));
    EXPECT_TRUE(load_config(directory.write("config.json", with_literal().dump(), 0400)));
}

class ReadableByOthers : public ::testing::TestWithParam<mode_t> {};

TEST_P(ReadableByOthers, MayNotHoldALiteralSecret) {
    const TemporaryDirectory directory;
    const auto path = directory.write("config.json", with_literal().dump(), GetParam());
    const auto config = load_config(path);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message,
                StartsWith(path + " at /connections/0/clients/mcp/secret: "));
    EXPECT_THAT(config.error().message, HasSubstr("chmod 600"));
    EXPECT_THAT(config.error().message, Not(HasSubstr("canary")));
}
INSTANTIATE_TEST_SUITE_P(Mode, ReadableByOthers, ::testing::Values(0640, 0604, 0644));

struct BadFile {
    const char* name;
    void (*make)(const TemporaryDirectory&);
    const char* says;
};
class ConfigFileFault : public ::testing::TestWithParam<BadFile> {};

TEST_P(ConfigFileFault, IsMisconfiguredAndNamesTheFile) {
    const TemporaryDirectory directory;
    GetParam().make(directory);
    const auto config = load_config(directory / "config.json");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_EQ(config.error().leg, "configuration");
    EXPECT_THAT(config.error().message, StartsWith(directory / "config.json"));
    EXPECT_THAT(config.error().message, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    File, ConfigFileFault,
    ::testing::Values(
        BadFile{"Missing", [](const TemporaryDirectory&) {}, "No such file"},
        BadFile{"Directory",
                [](const TemporaryDirectory& d) { ::mkdir((d / "config.json").c_str(), 0700); },
                "not a regular file"},
        BadFile{"Fifo",
                [](const TemporaryDirectory& d) { ::mkfifo((d / "config.json").c_str(), 0600); },
                "not a regular file"},
        BadFile{"WorldWritable",
                [](const TemporaryDirectory& d) {
                    d.write("config.json", valid_config().dump(), 0666);
                },
                "everyone can write"},
        BadFile{"WritableByAStrangersGroup",
                [](const TemporaryDirectory& d) {
                    const auto path = d.write("config.json", valid_config().dump(), 0660);
                    if (::chown(path.c_str(), static_cast<uid_t>(-1), 12345) != 0)
                        ::chmod(path.c_str(), 0666);  // not root here: the next best
                },
                "can write to it"},
        BadFile{"Empty", [](const TemporaryDirectory& d) { d.write("config.json", ""); }, ""},
        BadFile{"TooLarge",
                [](const TemporaryDirectory& d) {
                    d.write("config.json", std::string(1024 * 1024 + 1, ' '));
                },
                "larger than 1024 KiB"}),
    [](const auto& test) { return test.param.name; });

// Where it is looked for.

class ConfigSearch : public ::testing::Test {
protected:
    Result<std::string> find(const std::string& argument = "") {
        return find_config(argument, environment);
    }
    TemporaryDirectory directory;
    Environment environment;
};

TEST_F(ConfigSearch, TakesTheArgumentBeforeAll) {
    environment.variables["MCP_AUTH_CONFIG"] = "/from/environment";
    EXPECT_EQ(*find("/from/argument"), "/from/argument");
}

TEST_F(ConfigSearch, TakesTheVariableEvenIfNothingIsThere) {
    // An error about the file that was named is better than another file's answers.
    environment.variables["MCP_AUTH_CONFIG"] = directory / "missing.json";
    environment.variables["XDG_CONFIG_HOME"] = directory.path();
    directory.write("mcp-auth/config.json", "{}");
    EXPECT_EQ(*find(), directory / "missing.json");
}

TEST_F(ConfigSearch, TakesTheUsersFile) {
    environment.variables["XDG_CONFIG_HOME"] = directory.path();
    const auto file = directory.write("mcp-auth/config.json", "{}");
    EXPECT_EQ(*find(), file);
}

TEST_F(ConfigSearch, TakesDotConfigOfTheHomeDirectoryWithoutXdg) {
    environment.variables["HOME"] = directory.path();
    const auto file = directory.write(".config/mcp-auth/config.json", "{}");
    EXPECT_EQ(*find(), file);
}

TEST_F(ConfigSearch, IgnoresARelativeXdgDirectory) {
    environment.variables["XDG_CONFIG_HOME"] = "relative";
    EXPECT_EQ(environment.config_home(), "");
}

TEST_F(ConfigSearch, IgnoresEnvironmentAndHomeWithRaisedPrivileges) {
    directory.write("mcp-auth/config.json", "{}");
    environment.variables["MCP_AUTH_CONFIG"] = directory / "mcp-auth/config.json";
    environment.variables["XDG_CONFIG_HOME"] = directory.path();
    environment.variables["HOME"] = directory.path();
    environment.raised_privileges = true;
    const auto found = find();
    EXPECT_TRUE(!found || *found == "/etc/mcp-auth/config.json");
    EXPECT_EQ(environment.config_home(), "");
}

TEST_F(ConfigSearch, FindsWhereStateIsKeptLikewise) {
    EXPECT_EQ(environment.state_home(), "");
    environment.variables["HOME"] = "/home/alice";
    EXPECT_EQ(environment.state_home(), "/home/alice/.local/state/mcp-auth");
    environment.variables["XDG_STATE_HOME"] = "relative";
    EXPECT_EQ(environment.state_home(), "/home/alice/.local/state/mcp-auth");
    environment.variables["XDG_STATE_HOME"] = "/state";
    EXPECT_EQ(environment.state_home(), "/state/mcp-auth");
    environment.raised_privileges = true;
    EXPECT_EQ(environment.state_home(), "");
}

TEST_F(ConfigSearch, SaysWhereItLooked) {
    environment.variables["XDG_CONFIG_HOME"] = directory.path();
    const auto found = find();
    if (found) {  // this machine has one
        EXPECT_EQ(*found, "/etc/mcp-auth/config.json");
        return;
    }
    EXPECT_EQ(found.status(), Status::misconfigured);
    EXPECT_THAT(found.error().message, HasSubstr(directory / "mcp-auth/config.json"));
    EXPECT_THAT(found.error().message, HasSubstr("/etc/mcp-auth/config.json"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
