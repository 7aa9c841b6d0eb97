// Which connection a URL belongs to.
#include "config.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

Config servers(const std::vector<std::string>& urls) {
    Config config;
    for (const std::string& url : urls) {
        ConnectionConfig connection;
        connection.server = url;
        config.connections.push_back(connection);
    }
    return config;
}

std::string matched(const Config& config, std::string_view url) {
    const ConnectionConfig* connection = config.match(url);
    return connection ? connection->server : "none";
}

TEST(Match, TakesAnExactUrlBeforeAnyPrefix) {
    const Config config = servers({"https://h/*", "https://h/a/*", "https://h/a/b"});
    EXPECT_EQ(matched(config, "https://h/a/b"), "https://h/a/b");
}

TEST(Match, ComparesAnExactUrlByteForByte) {
    const Config config = servers({"https://h/mcp"});
    EXPECT_EQ(matched(config, "https://h/mcp"), "https://h/mcp");
    for (const char* other :
         {"https://h/mcp/", "https://H/mcp", "https://h:443/mcp", "https://h/mcp?a=b",
          "https://h/MCP", "https://h/m%63p", "http://h/mcp", ""})
        EXPECT_EQ(matched(config, other), "none") << other;
}

TEST(Match, TakesTheLongestPrefixWhateverTheOrder) {
    for (const auto& order : {std::vector<std::string>{"https://h/*", "https://h/a/*"},
                              std::vector<std::string>{"https://h/a/*", "https://h/*"}}) {
        const Config config = servers(order);
        EXPECT_EQ(matched(config, "https://h/a/b"), "https://h/a/*");
        EXPECT_EQ(matched(config, "https://h/b"), "https://h/*");
    }
}

TEST(Match, EndsAPrefixWhereAPathSegmentEnds) {
    const Config config = servers({"https://h/a/*"});
    EXPECT_EQ(matched(config, "https://h/a/"), "https://h/a/*");
    EXPECT_EQ(matched(config, "https://h/a/b?c=../d"), "https://h/a/*");
    EXPECT_EQ(matched(config, "https://h/a"), "none");
    EXPECT_EQ(matched(config, "https://h/ab"), "none");
    EXPECT_EQ(matched(config, "https://h/"), "none");
}

TEST(Match, HoldsAPrefixToItsOrigin) {
    const Config config = servers({"https://h/*"});
    EXPECT_EQ(matched(config, "https://H:443/x"), "https://h/*");
    for (const char* other : {"http://h/x", "https://h:444/x", "https://h.evil/x", "https://hh/x",
                              "https://h@evil/x", "https://evil/https://h/x"})
        EXPECT_EQ(matched(config, other), "none") << other;
}

class LeavesItsPrefix : public ::testing::TestWithParam<const char*> {};

TEST_P(LeavesItsPrefix, AndMatchesNothing) {
    const Config config = servers({"https://h/a/*", "https://h/*"});
    EXPECT_EQ(matched(config, GetParam()), "none");
}
INSTANTIATE_TEST_SUITE_P(Spelling, LeavesItsPrefix,
                         ::testing::Values("https://h/a/../b", "https://h/a/..", "https://h/a/./b",
                                           "https://h/a/%2e%2e/b", "https://h/a/.%2E/b",
                                           "https://h/a/..%2fb", "https://h/a/..%2Fb",
                                           "https://h/a/%5c..", "https://h/a\\..\\b",
                                           "https://u@h/a/b", "https://u:p@h/a/b",
                                           "https://h/a/%252e%252e/b", "https://h/a/b#c",
                                           "https://h/a/ b", "https://h/a/\n"));

TEST(Match, IsNotConfusedByDotsInsideASegment) {
    EXPECT_EQ(matched(servers({"https://h/*"}), "https://h/v1..2/.well-known/x.y"), "https://h/*");
}

TEST(Match, FindsNothingWithoutConnections) {
    EXPECT_EQ(Config().match("https://h/"), nullptr);
}

}  // namespace
}  // namespace mcp_auth::host::testing
