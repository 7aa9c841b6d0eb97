// A command that runs with more rights than whoever started it: their environment and home say
// nothing, and neither does a configuration of theirs.
#include "command.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

namespace mcp_auth::integration {
namespace {

using host::testing::TemporaryDirectory;

constexpr const char* setpriv = "/usr/bin/setpriv";
constexpr uid_t nobody = 65534;

class RaisedPrivileges : public ::testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root can make a command set-user-id";
        if (::access(setpriv, X_OK) != 0) GTEST_SKIP() << setpriv << " is not there";
        struct statvfs where {};
        if (::statvfs(directory.path().c_str(), &where) != 0 || (where.f_flag & ST_NOSUID) != 0)
            GTEST_SKIP() << directory.path() << " is on a file system without set-user-id";
        ::chmod(directory.path().c_str(), 0755);
        std::filesystem::create_directory(directory / "bin");
        command = directory / "bin/mcp-auth";
        std::filesystem::copy_file(MCP_AUTH_COMMAND, command);
        manifest = directory.write("plugins/stranger.json", "{}", 0644);
        configuration = directory.write(
            "config.json", R"({"version": 1, "providers": {}, "connections": []})", 0644);
        ::chown(configuration.c_str(), nobody, nobody);
    }
    Outcome run(mode_t mode, std::vector<std::string> arguments,
                const std::vector<std::pair<std::string, std::string>>& environment) const {
        ::chmod(command.c_str(), mode);
        arguments.insert(arguments.begin(), {setpriv, "--reuid=65534", "--regid=65534",
                                             "--clear-groups", command, "plugins", "--json"});
        return run_command(arguments, environment);
    }
    TemporaryDirectory directory;
    std::string command, manifest, configuration;
};

TEST_F(RaisedPrivileges, MakeTheEnvironmentsPluginPathsNothing) {
    for (const char* variable : {"MCP_AUTH_PLUGIN_PATH", "MCP_AUTH_ADD_PLUGIN_PATH"}) {
        const std::vector<std::pair<std::string, std::string>> environment{
            {variable, directory / "plugins"}};
        EXPECT_NE(run(0755, {}, environment).out.find(manifest), std::string::npos);
        const auto raised = run(04755, {}, environment);
        EXPECT_EQ(raised.out.find(manifest), std::string::npos) << raised.out;
        EXPECT_NE(raised.out.find("\"plugins\""), std::string::npos) << raised.err;
    }
}

TEST_F(RaisedPrivileges, MakeTheEnvironmentsConfigurationAndHomeNothing) {
    std::filesystem::create_directories(directory / "home/mcp-auth");
    std::filesystem::copy_file(configuration, directory / "home/mcp-auth/config.json");
    for (const auto& environment : std::vector<std::vector<std::pair<std::string, std::string>>>{
             {{"MCP_AUTH_CONFIG", configuration}}, {{"XDG_CONFIG_HOME", directory / "home"}}}) {
        const auto plain = run(0755, {}, environment);
        EXPECT_EQ(plain.err.find("no configuration"), std::string::npos) << plain.err;
        const auto raised = run(04755, {}, environment);
        EXPECT_EQ(raised.err.find(directory / "home"), std::string::npos) << raised.err;
        EXPECT_NE(raised.err.find("no configuration"), std::string::npos) << raised.err;
    }
}

TEST_F(RaisedPrivileges, RefuseAConfigurationOfAnothers) {
    EXPECT_EQ(run(0755, {"--config", configuration}, {}).exit_code, 0);
    const auto raised = run(04755, {"--config", configuration}, {});
    EXPECT_EQ(raised.out, "");
    EXPECT_NE(raised.err.find(configuration + ": belongs to user 65534"), std::string::npos)
        << raised.err;
}

}  // namespace
}  // namespace mcp_auth::integration
