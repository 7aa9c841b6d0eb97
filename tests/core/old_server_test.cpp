// A connection with "discovery": "2025-03-26": where its grants go, and where they do not.
#include "core_fixture.hpp"

#include <gmock/gmock.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* at = "https://mcp.example/.well-known/oauth-authorization-server";

class OldServer : public CoreTest {
protected:
    OldServer() { configure("\"https://mcp.example\"", R"("discovery": "2025-03-26",)"); }
    void configure(const std::string& rule, const std::string& members,
                   const std::string& client = R"({ "register": { "name": "The Host" } })") {
        configuration = R"({ "version": 1,
          "providers": { "acme": { "plugin": "scripted", "clients": { "mcp": )" +
                        client + R"( } }, "peer": { "plugin": "scripted" } },
          "connections": [ { "name": "chat", "server": "https://mcp.example/mcp", )" +
                        members + R"( "provider": "acme", "issuer": )" + rule + R"( } ] })";
    }
};

TEST_F(OldServer, GivesATokenByItsDefaultEndpoints) {
    http = std::make_shared<ScriptedTransport>();
    http->on("GET", at).respond(404, "");
    http->on("POST", "https://mcp.example/register")
        .json(201, R"({"client_id": "a", "client_secret": "s"})");
    http->on("POST", "https://mcp.example/token")
        .json(200, R"({"access_token": "t", "token_type": "Bearer"})");
    bool omitted = false;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        omitted = request.omit_resource;
        EXPECT_EQ(request.issuer, "https://mcp.example");
        return ask_token_endpoint(call, request);
    };
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_TRUE(omitted);  // that revision knew of no resources
    EXPECT_THAT(http->sent(),
                ElementsAre(std::string("GET ") + at, "POST https://mcp.example/register",
                            "POST https://mcp.example/token"));
}

TEST_F(OldServer, IsHeldToTheIssuerOfTheConnection) {  // C4
    configure("\"https://auth.example\"", R"("discovery": "2025-03-26",)");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_TRUE(http->sent().empty());
}

TEST_F(OldServer, GetsNoSecretForBeingDiscovered) {  // C4
    configure("\"discovered\"", R"("discovery": "2025-03-26",)", R"({ "id": "us" })");
    http->on("GET", at).respond(404, "");
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        return call.token_request("mcp", {{"grant_type", "x"}, {"assertion", "canary"}}).error();
    };
    EXPECT_EQ(connect().token().status(), Status::misconfigured);
    EXPECT_THAT(http->sent(), ElementsAre(std::string("GET ") + at));
}

TEST_F(OldServer, ThatNamesResourceMetadataIsNone) {
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(
        call.again(401, unauthorized("resource_metadata=\"" + std::string(resource_url) + "\"")));
    const auto headers = call.authorize("POST", server);
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.status(), Status::misconfigured);
    EXPECT_THAT(headers.error().message, HasSubstr("take \"discovery\" out"));
    EXPECT_TRUE(http->sent().empty());
}

TEST_F(OldServer, IsNeverTakenForOneWithoutTheSetting) {
    configure("\"https://mcp.example\"", "");
    http = std::make_shared<ScriptedTransport>();
    for (const char* form : {"/mcp", ""})
        http->on("GET",
                 std::string("https://mcp.example/.well-known/oauth-protected-resource") + form)
            .respond(404, "");
    EXPECT_FALSE(connect().token());
    EXPECT_THAT(http->sent(), Not(::testing::Contains(std::string("GET ") + at)));
}

TEST_F(OldServer, ThatIsDownGetsNothingAtDefaultEndpoints) {
    http->on("GET", at).respond(503, "");
    EXPECT_EQ(connect().token().status(), Status::unavailable);
    EXPECT_THAT(http->sent(), ElementsAre(std::string("GET ") + at));
}

TEST_F(OldServer, ScopesComeFromItsChallengeOrTheConnection) {
    configure("\"https://mcp.example\"", R"("discovery": "2025-03-26", "scopes": ["read"],)");
    http->on("GET", at).respond(404, "");
    std::string asked;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        asked = request.scope;
        return Result<plugin::Token>(plugin::Token{call.keep("t"), "Bearer", {}, 0});
    };
    ASSERT_TRUE(connect().token());
    EXPECT_EQ(asked, "read");
}

}  // namespace
}  // namespace mcp_auth::host::testing
