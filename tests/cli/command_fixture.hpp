// The built command in a home of its own.
#pragma once

#include "subprocess.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::testing {

class CommandTest : public ::testing::Test {
protected:
    CommandTest() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "mcp-auth-cli-XXXXXX").string();
        home = ::mkdtemp(pattern.data()) ? pattern : std::string();
        environment = {"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/config",
                       "XDG_STATE_HOME=" + home + "/state"};
    }
    ~CommandTest() override { std::filesystem::remove_all(home); }

    std::unique_ptr<Subprocess> run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), MCP_AUTH_COMMAND);
        return std::make_unique<Subprocess>(std::move(arguments), environment);
    }
    std::string write(const std::string& name, const std::string& text) const {
        std::string path = home + "/" + name;
        std::ofstream(path) << text;
        std::filesystem::permissions(
            path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return path;
    }
    // A connection to `server` whose provider asks nobody before the server was asked.
    std::string configuration(const std::string& server) const {
        const std::string id_token = write("id_token", "x");
        return write("config.json", R"({
  "version": 1,
  "providers": { "acme": {
    "plugin": "cross-app-access",
    "clients": { "idp": { "issuer": "https://idp.example", "id": "a", "method": "none" } },
    "subject": { "type": "id_token", "from": { "file": ")" +
                                        id_token + R"(" } } } },
  "connections": [ {
    "name": "chat", "server": ")" + server +
                                        R"(", "provider": "acme",
    "issuer": "https://as.example",
    "clients": { "mcp": { "id": "b", "method": "none" } } } ],
  "policy": { "allow_http_loopback": true }
})");
    }

    std::string home;
    std::vector<std::string> environment;
};

}  // namespace mcp_auth::testing
