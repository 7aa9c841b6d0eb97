// policy.proxy (protocol.md L2): the whole way of a token, and an MCP session, through it and
// beside it.
#include "command.hpp"
#include "fault.hpp"
#include "forward_proxy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mcp_auth::integration {
namespace {

constexpr const char* only_there = "enterprise.invalid";  // RFC 6761: no name server knows it

class ProxyTest : public ::testing::Test {
protected:
    void start(const std::string& host) {
        demo::Options options;
        options.host = host;
        options.record = true;
        auto started = Enterprise::start(options);
        ASSERT_TRUE(started) << started.error().message;
        enterprise = *std::move(started);
        ASSERT_TRUE(enterprise->sign_in());
    }
    Outcome run(const std::string& command, const std::string& proxy) {
        auto configuration = json::parse(enterprise->configuration());
        configuration->find("policy")->set("proxy", proxy);
        const auto path = enterprise->write_configuration({}, configuration->dump(2));
        return run_command({MCP_AUTH_COMMAND, command, enterprise->mcp_url(), "--config", *path,
                            "--timeout", "20"},
                           {{"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS}});
    }
    // "CONNECT host:port ..." as the proxy must see it for this origin.
    static std::string connect_to(const std::string& origin) {
        const std::string authority = origin.substr(std::string("https://").size());
        return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
    }
    std::unique_ptr<Enterprise> enterprise;
};

TEST_F(ProxyTest, ATokensWholeWayAndASessionGoThroughItByName) {
    start(only_there);
    const ForwardProxy proxy;
    const auto token = run("token", proxy.url());
    EXPECT_EQ(token.exit_code, 0) << token.err;
    EXPECT_FALSE(token.out.empty());
    auto seen = proxy.requests();
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    std::vector<std::string> expected;
    for (const auto server : {Server::idp, Server::authorization_server, Server::mcp})
        expected.push_back(connect_to(enterprise->origin(server)));
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(seen, expected);  // and nothing of what was sent: the tunnel holds TLS

    const auto session = run("connect", proxy.url());
    EXPECT_EQ(session.exit_code, 0) << session.err;
}

TEST_F(ProxyTest, LoopbackIsReachedBesideIt) {
    start("localhost");
    const ForwardProxy proxy;
    const auto token = run("token", proxy.url());
    EXPECT_EQ(token.exit_code, 0) << token.err;
    EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(ProxyTest, ARefusalOfItSaysSoAndNothingGoesAroundIt) {
    start(only_there);
    const ForwardProxy proxy(
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    const auto token = run("token", proxy.url());
    EXPECT_EQ(token.exit_code, static_cast<int>(Status::misconfigured)) << token.err;
    EXPECT_NE(token.err.find("the proxy refused"), std::string::npos) << token.err;
    EXPECT_TRUE(enterprise->requests().empty());
}

TEST_F(ProxyTest, WithoutItTheNameIsNotFound) {
    start(only_there);
    std::string gone;
    {
        const ForwardProxy proxy;
        gone = proxy.url();
    }
    const auto token = run("token", gone);
    EXPECT_EQ(token.exit_code, static_cast<int>(Status::unavailable)) << token.err;
    EXPECT_NE(token.err.find("policy.proxy"), std::string::npos) << token.err;
    EXPECT_TRUE(enterprise->requests().empty());
}

}  // namespace
}  // namespace mcp_auth::integration
