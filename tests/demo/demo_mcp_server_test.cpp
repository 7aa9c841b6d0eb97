// The MCP server of protocol.md M as a resource server, and its 2025-11-25 wire.
#include "json.hpp"
#include "mcp_peer.hpp"

#include <atomic>
#include <memory>
#include <sstream>

namespace mcp_auth::demo {
namespace {

class McpServerTest : public testing::Test {
protected:
    Reply post(const std::string& token, const std::string& body, const HeaderList& more = {}) {
        return peer.send("POST", peer.enterprise().mcp_url(), mcp_headers(token, more), body);
    }
    HeaderList session(const std::string& token) {
        const Reply reply = post(token, initialize_body);
        EXPECT_EQ(reply.status, 200) << reply.body;
        return {{"Mcp-Session-Id", reply.header("Mcp-Session-Id")},
                {"MCP-Protocol-Version", "2025-11-25"}};
    }
    Peer peer;
};

TEST_F(McpServerTest, AnswersARequestWithoutATokenByAChallengeThatNamesItsMetadata) {
    const Reply reply = post("", initialize_body);
    EXPECT_EQ(reply.status, 401);
    const std::string origin = peer.enterprise().origin(Server::mcp);
    const std::string metadata = origin + "/.well-known/oauth-protected-resource/mcp";
    EXPECT_EQ(reply.header("WWW-Authenticate"),
              "Bearer resource_metadata=\"" + metadata + "\", scope=\"chat.read\"");
    const Reply document = peer.get(metadata);
    EXPECT_EQ(document.text("resource"), peer.enterprise().mcp_url());
    EXPECT_EQ(document.json()->getArray("authorization_servers")->getElement<std::string>(0),
              peer.enterprise().authorization_server_issuer());
    EXPECT_EQ(peer.get(origin + "/.well-known/oauth-protected-resource").status, 404) << "B1";
}

TEST_F(McpServerTest, RefusesTokensThatWereNotIssuedForIt) {
    const std::string good = peer.access_token();
    const auto id_token = peer.enterprise().sign_in({.write = false});
    const std::string other = peer.access_token("alice", "chat.read chat.write");
    const std::string tampered = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
    for (const std::string& token : {*id_token, peer.id_jag(), tampered, std::string("opaque")}) {
        const Reply reply = post(token, initialize_body);
        EXPECT_EQ(reply.status, 401);
        EXPECT_NE(reply.header("WWW-Authenticate").find("error=\"invalid_token\""),
                  std::string::npos);
    }
    EXPECT_EQ(post(good, initialize_body).status, 200);
}

TEST_F(McpServerTest, RefusesATokenAfterItsExpiry) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(1'800'000'000);
    Options options;
    options.token_lifetime = 60;
    options.clock = [now] { return now->load(); };
    Peer later(std::move(options));
    const HeaderList headers = mcp_headers(later.access_token(), {});
    const std::string url = later.enterprise().mcp_url();
    *now += 59;
    EXPECT_EQ(later.send("POST", url, headers, initialize_body).status, 200);
    *now += 1;
    EXPECT_EQ(later.send("POST", url, headers, initialize_body).status, 401);
}

TEST_F(McpServerTest, RefusesRevokedTokensAndTakesNewOnes) {
    const std::string token = peer.access_token();
    EXPECT_EQ(post(token, initialize_body).status, 200);
    peer.enterprise().revoke_access_tokens();
    EXPECT_EQ(post(token, initialize_body).status, 401);
    EXPECT_EQ(post(peer.access_token(), initialize_body).status, 200);
}

TEST_F(McpServerTest, RefusesATokenInTheUrl) {  // A1
    const std::string token = peer.access_token();
    const Reply reply = peer.send("POST", peer.enterprise().mcp_url() + "?access_token=" + token,
                                  mcp_headers(token, {}), initialize_body);
    EXPECT_EQ(reply.status, 400);
}

TEST_F(McpServerTest, RefusesOtherOriginsEvenWithAToken) {
    const std::string token = peer.access_token();
    EXPECT_EQ(post(token, initialize_body, {{"Origin", "https://evil.example"}}).status, 403);
    EXPECT_EQ(post(token, initialize_body, {{"Origin", "null"}}).status, 403);
    const std::string own = peer.enterprise().origin(Server::mcp);
    EXPECT_EQ(post(token, initialize_body, {{"Origin", own}}).status, 200);
}

TEST_F(McpServerTest, AsksForTheScopeThatAToolNeeds) {
    const std::string token = peer.access_token();
    const Reply reply = post(token, tool_call("admin_report"), session(token));
    EXPECT_EQ(reply.status, 403);
    const std::string challenge = reply.header("WWW-Authenticate");
    EXPECT_NE(challenge.find("error=\"insufficient_scope\""), std::string::npos);
    EXPECT_NE(challenge.find("scope=\"chat.admin\""), std::string::npos);

    const std::string more = peer.access_token("alice", "chat.read chat.admin");
    EXPECT_EQ(post(more, tool_call("admin_report"), session(more)).status, 200);
}

TEST_F(McpServerTest, AsksForTheBasicScopeOfATokenWithoutIt) {
    const Reply reply = post(peer.access_token("alice", "chat.write"), initialize_body);
    EXPECT_EQ(reply.status, 403);
    EXPECT_NE(reply.header("WWW-Authenticate").find("scope=\"chat.read\""), std::string::npos);
}

TEST_F(McpServerTest, ShakesHandsListsAndCallsTools) {
    const std::string token = peer.access_token();
    const HeaderList headers = session(token);
    const Reply initialized =
        post(token, R"({"jsonrpc":"2.0","method":"notifications/initialized"})", headers);
    EXPECT_EQ(initialized.status, 202);
    EXPECT_EQ(initialized.body, "");

    const Reply list = post(token, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", headers);
    const auto result = list.json()->getObject("result");
    ASSERT_TRUE(result) << list.body;
    EXPECT_EQ(result->getArray("tools")->size(), 3U);
    EXPECT_FALSE(result->has("resultType")) << "a member of the other wire";

    const Reply who = post(token, tool_call("whoami"), headers);
    const auto told = who.json()->getObject("result")->getObject("structuredContent");
    EXPECT_EQ(told->getValue<std::string>("user"), "alice");
    EXPECT_EQ(told->getValue<std::string>("client_id"), "host-at-chat");

    const Reply echo = post(token, tool_call("echo", R"({"text":"h\"i"})"), headers);
    EXPECT_EQ(
        echo.json()->getObject("result")->getArray("content")->getObject(0)->getValue<std::string>(
            "text"),
        "h\"i");
    EXPECT_EQ(echo.json()->getValue<int>("id"), 7);
}

TEST_F(McpServerTest, TellsToolErrorsFromProtocolErrors) {
    const std::string token = peer.access_token();
    const HeaderList headers = session(token);
    EXPECT_TRUE(post(token, tool_call("echo"), headers)
                    .json()
                    ->getObject("result")
                    ->getValue<bool>("isError"));
    EXPECT_EQ(rpc_error_code(post(token, tool_call("no_such"), headers)), -32602);
    EXPECT_EQ(
        rpc_error_code(post(token, R"({"jsonrpc":"2.0","id":1,"method":"prompts/list"})", headers)),
        -32601);
    EXPECT_EQ(rpc_error_code(post(token, "{", headers)), -32700);
    EXPECT_EQ(rpc_error_code(post(token, R"({"id":1,"method":"ping"})", headers)), -32600);
}

TEST_F(McpServerTest, WantsTheSessionAndItsVersionOnEveryFurtherRequest) {
    const std::string token = peer.access_token();
    const std::string list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
    const HeaderList headers = session(token);
    EXPECT_EQ(post(token, list, headers).status, 200);
    EXPECT_EQ(post(token, list, without_header(headers, "Mcp-Session-Id")).status, 400);
    EXPECT_EQ(post(token, list, with_header(headers, "Mcp-Session-Id", "guess")).status, 404);
    EXPECT_EQ(post(token, list, without_header(headers, "MCP-Protocol-Version")).status, 400);
    EXPECT_EQ(post(token, list, with_header(headers, "MCP-Protocol-Version", "2024-11-05")).status,
              400);
    EXPECT_EQ(post("", list, headers).status, 401) << "a session is no credential";
    EXPECT_EQ(post(peer.access_token("carol"), list, headers).status, 404) << "another user";
}

TEST_F(McpServerTest, EndsASessionOnDelete) {
    const std::string token = peer.access_token();
    const HeaderList headers = mcp_headers(token, session(token));
    EXPECT_EQ(peer.send("DELETE", peer.enterprise().mcp_url(), headers).status, 204);
    EXPECT_EQ(peer.send("DELETE", peer.enterprise().mcp_url(), headers).status, 404);
}

TEST_F(McpServerTest, WantsBothMediaTypesAndOffersNoStreamOfItsOwn) {
    const HeaderList headers = mcp_headers(peer.access_token(), {});
    const std::string url = peer.enterprise().mcp_url();
    EXPECT_EQ(
        peer.send("POST", url, with_header(headers, "Accept", "application/json"), initialize_body)
            .status,
        406);
    EXPECT_EQ(
        peer.send("POST", url, with_header(headers, "Content-Type", "text/plain"), initialize_body)
            .status,
        415);
    EXPECT_EQ(peer.send("GET", url, headers).status, 405);
}

TEST_F(McpServerTest, AnswersAsAnEventStreamWhereThatIsAskedFor) {
    Peer streaming({.sse = true});
    const Reply reply = streaming.send("POST", streaming.enterprise().mcp_url(),
                                       mcp_headers(streaming.access_token(), {}), initialize_body);
    EXPECT_EQ(reply.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(reply.header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(reply.body.rfind(": ", 0), 0U) << "a comment first";
    EXPECT_EQ(reply.body.substr(reply.body.size() - 2), "\n\n");
    std::string data;
    std::istringstream lines(reply.body);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("data: ", 0) == 0) data += line.substr(6) + "\n";
    const auto message = parse_object(data);
    ASSERT_TRUE(message) << reply.body;
    EXPECT_EQ(message->getObject("result")->getValue<std::string>("protocolVersion"), "2025-11-25");
}

}  // namespace
}  // namespace mcp_auth::demo
