// Servers from before there was resource metadata: the origin is the authorization server.
#include "discovery_fixture.hpp"

#include <gmock/gmock.h>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string at = "https://mcp.example/.well-known/oauth-authorization-server";

class OldDiscovery : public DiscoveryTest {
protected:
    Result<ServerMetadata> old(const std::string& url = server_url, bool http_loopback = false) {
        return Discovery(http_, http_loopback).server_of_2025_03_26(*Url::parse(url), trace_, {});
    }
    static json::Value document() {
        auto document = json::Value::object();
        document.set("issuer", "https://mcp.example")
            .set("authorization_endpoint", "https://mcp.example/oauth/authorize")
            .set("token_endpoint", "https://mcp.example/oauth/token");
        return document;
    }
};

TEST_F(OldDiscovery, TakesTheMetadataAtTheServersOrigin) {
    http_.on("GET", at).json(200, document().dump());
    const auto metadata = old();
    ASSERT_TRUE(metadata) << metadata.error().message;
    EXPECT_EQ(metadata->issuer, "https://mcp.example");
    EXPECT_EQ(metadata->token_endpoint, "https://mcp.example/oauth/token");
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + at));  // and asks for no resource metadata
}

// Its authorization chapter, 2.3.1: a server that speaks several revisions answers by it.
TEST_F(OldDiscovery, SaysWhichRevisionItSpeaks) {
    http_.on("GET", at).json(200, document().dump());
    ASSERT_TRUE(old());
    EXPECT_THAT(http_.requests().at(0).headers,
                ::testing::Contains(
                    std::pair<std::string, std::string>("MCP-Protocol-Version", "2025-03-26")));
}

TEST_F(OldDiscovery, TakesTheDefaultEndpointsWhereThereIsNone) {
    http_.on("GET", at).respond(404, "not found");
    const auto metadata = old();
    ASSERT_TRUE(metadata) << metadata.error().message;
    EXPECT_EQ(metadata->issuer, "https://mcp.example");
    EXPECT_EQ(metadata->authorization_endpoint, "https://mcp.example/authorize");
    EXPECT_EQ(metadata->token_endpoint, "https://mcp.example/token");
    EXPECT_EQ(metadata->registration_endpoint, "https://mcp.example/register");
    EXPECT_FALSE(metadata->states_auth_methods);
    const auto read_again = json::parse(metadata->text);  // as a plugin gets it
    ASSERT_TRUE(read_again);
    EXPECT_EQ(read_again->string("token_endpoint"), "https://mcp.example/token");
    EXPECT_THAT(*read_again->strings("code_challenge_methods_supported"), ElementsAre("S256"));
}

TEST_F(OldDiscovery, KeepsThePortAndDropsThePath) {
    http_.on("GET", "https://mcp.example:8443/.well-known/oauth-authorization-server")
        .respond(404, "");
    EXPECT_EQ(old("https://mcp.example:8443/a/b?c=d")->token_endpoint,
              "https://mcp.example:8443/token");
}

// Nothing but "not there" leads to endpoints that nobody named.
TEST_F(OldDiscovery, TakesNoOtherAnswerForAbsence) {
    for (const int status : {400, 401, 403, 429, 500, 503}) {
        http_.on("GET", at).respond(status, "");
        EXPECT_FALSE(old()) << status;
    }
    http_.on("GET", at).respond(200, "<html>");
    EXPECT_EQ(old().status(), Status::protocol);
    http_.on("GET", at).fail(Status::unavailable, "connection refused");
    EXPECT_EQ(old().status(), Status::unavailable);
    http_.on("GET", at).fail(Status::misconfigured, "TLS");
    EXPECT_EQ(old().status(), Status::misconfigured);
}

TEST_F(OldDiscovery, RefusesMetadataOfAnotherIssuer) {  // C2
    http_.on("GET", at).json(200, document().set("issuer", "https://auth.example").dump());
    const auto metadata = old();
    ASSERT_FALSE(metadata);
    EXPECT_EQ(metadata.status(), Status::misconfigured);
}

TEST_F(OldDiscovery, RefusesAnEndpointOfAnotherOrigin) {
    for (const char* name : {"authorization_endpoint", "token_endpoint", "registration_endpoint"}) {
        http_.on("GET", at).json(200, document().set(name, "https://evil.example/x").dump());
        const auto metadata = old();
        ASSERT_FALSE(metadata) << name;
        EXPECT_EQ(metadata.status(), Status::misconfigured) << name;
        EXPECT_THAT(metadata.error().message, HasSubstr("another origin"));
    }
}

TEST_F(OldDiscovery, RefusesPlainHttpButOnLoopbackWhereThatIsAllowed) {
    EXPECT_EQ(old("http://mcp.example/mcp", true).status(), Status::misconfigured);
    EXPECT_EQ(old("http://127.0.0.1:1/mcp").status(), Status::misconfigured);
    EXPECT_TRUE(http_.sent().empty());
    http_.on("GET", "http://127.0.0.1:1/.well-known/oauth-authorization-server").respond(404, "");
    EXPECT_TRUE(old("http://127.0.0.1:1/mcp", true));
}

}  // namespace
}  // namespace mcp_auth::host
