// What README.md shows works. Its blocks are extracted when CMake configures.
#include "config.hpp"
#include "support/file_contents.hpp"
#include "your_http.hpp"
#include "your_mcp_client.hpp"

#include <mcp_auth/host.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

// Defined by the README's own code.
mcp_auth::Result<Response> ask(const mcp_auth::Host& host, const std::string& url,
                               const std::string& body);
mcp_auth::Result<std::string> call_tool(McpClient& client, const mcp_auth::Connection& connection,
                                        const std::string& tool, const std::string& arguments);

namespace {
int requests_sent = 0;
}

Response post(const std::string&, const mcp_auth::Headers& headers, const std::string&) {
    ++requests_sent;
    EXPECT_TRUE(headers.empty());  // nobody has asked for a token yet
    return {200, {}, "answer"};
}

std::string McpClient::call_tool(const std::string& tool, const std::string& arguments) {
    ++requests_sent;
    if (tool == "fails") throw HttpError(500, {});
    return tool + arguments + std::to_string(headers_.size());
}

namespace {

mcp_auth::Options options() {
    mcp_auth::Options options;
    options.manifest_file = README_MANIFEST;
    options.config_json = R"({"version": 1, "providers": {"backend": {"plugin": "service-account"}},
        "connections": [{"server": "https://mcp.chat.example/mcp", "provider": "backend",
                         "issuer": "https://auth.chat.example",
                         "clients": {"mcp": {"id": "backend", "method": "none"}}}]})";
    return options;
}

TEST(Readme, ItsConfigurationIsAccepted) {
    auto config = mcp_auth::host::parse_config(
        mcp_auth::testing::file_contents(README_CONFIGURATION), "config.json", true, "/");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_NE(config->match("https://mcp.chat.example/mcp"), nullptr);
}

TEST(Readme, ItsPluginLoads) {
    auto host = mcp_auth::Host::open(options());
    ASSERT_TRUE(host) << host.error().message;
    const auto plugins = host->plugins();
    const auto found = std::find_if(plugins.begin(), plugins.end(), [](const auto& report) {
        return report.id == "service-account";
    });
    ASSERT_NE(found, plugins.end());
    EXPECT_TRUE(found->loaded) << found->refused->message;
}

TEST(Readme, ItsRequestLoopSendsWithoutATokenUntilOneIsAskedFor) {
    auto host = mcp_auth::Host::open(options());
    ASSERT_TRUE(host) << host.error().message;
    requests_sent = 0;
    auto response = ask(*host, "https://mcp.chat.example/mcp", "{}");
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "answer");
    EXPECT_EQ(requests_sent, 1);
}

TEST(Readme, AClientThatKeepsItsHeadersSendsWithoutATokenUntilOneIsAskedFor) {
    auto host = mcp_auth::Host::open(options());
    ASSERT_TRUE(host) << host.error().message;
    auto connection = host->connection("https://mcp.chat.example/mcp");
    ASSERT_TRUE(connection);
    McpClient client(connection->server());
    const auto answer = call_tool(client, *connection, "search", "{}");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "search{}0");
    requests_sent = 0;
    EXPECT_THROW((void)call_tool(client, *connection, "fails", "{}"), HttpError);
    EXPECT_EQ(requests_sent, 1);
}

}  // namespace
