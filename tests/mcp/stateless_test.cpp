// The 2026-07-28 wire, byte for byte (protocol.md A1-A3).
#include "mcp_fixture.hpp"
#include "wire.hpp"

namespace mcp_auth::mcp::testing {
namespace {

const std::string meta = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                         R"("io.modelcontextprotocol/clientInfo":{"name":"test","version":"1.2"},)"
                         R"("io.modelcontextprotocol/clientCapabilities":{"extensions":)"
                         R"({"io.modelcontextprotocol/enterprise-managed-authorization":{}}}})";

class Stateless : public McpTest {};

TEST_F(Stateless, DiscoverIsTheFirstRequest) {
    post().json(
        200,
        result(1, R"("supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},)"
                  R"("instructions":"Be brief.","_meta":{"io.modelcontextprotocol/serverInfo":)"
                  R"({"name":"chat","version":"3"}})"));
    const auto info = stateless().open(bounds);
    ASSERT_TRUE(info);
    ASSERT_EQ(http->requests().size(), 1u);
    EXPECT_EQ(sent(0).body,
              R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{)" + meta + "}}");
    EXPECT_EQ(sent(0).headers, (Headers{{"Content-Type", "application/json"},
                                        {"Accept", "application/json, text/event-stream"},
                                        {"MCP-Protocol-Version", "2026-07-28"},
                                        {"Mcp-Method", "server/discover"}}));
    EXPECT_EQ(info->protocol_version, "2026-07-28");
    EXPECT_EQ(info->name, "chat");
    EXPECT_EQ(info->instructions, "Be brief.");
}

TEST_F(Stateless, EveryRequestSaysAllOfItself) {
    post().json(200, result(1, R"("tools":[])")).json(200, result(2, R"("content":[])"));
    Client chat = stateless();
    ASSERT_TRUE(chat.tools(bounds));
    ASSERT_TRUE(chat.call("search", json::Value::object().set("q", "x"), bounds));
    EXPECT_EQ(sent(0).body,
              R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta + "}}");
    EXPECT_EQ(header(0, "Mcp-Method"), "tools/list");
    EXPECT_EQ(header(0, "Mcp-Name"), "(absent)");
    EXPECT_EQ(sent(1).body,
              R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search",)"
              R"("arguments":{"q":"x"},)" +
                  meta + "}}");
    EXPECT_EQ(sent(1).headers, (Headers{{"Content-Type", "application/json"},
                                        {"Accept", "application/json, text/event-stream"},
                                        {"MCP-Protocol-Version", "2026-07-28"},
                                        {"Mcp-Method", "tools/call"},
                                        {"Mcp-Name", "search"}}));
}

TEST_F(Stateless, NoSessionIsKept) {
    post()
        .json(200, result(1, R"("capabilities":{})"), {{"Mcp-Session-Id", "s-1"}})
        .json(200, result(2, R"("tools":[])"));
    Client chat = stateless();
    ASSERT_TRUE(chat.open(bounds));
    ASSERT_TRUE(chat.tools(bounds));
    chat.close(bounds);
    ASSERT_EQ(http->requests().size(), 2u);
    EXPECT_EQ(header(1, "Mcp-Session-Id"), "(absent)");
}

TEST_F(Stateless, AToolNameThatNoHeaderCarriesIsEncoded) {
    post().json(200, result(1, R"("content":[])"));
    ASSERT_TRUE(stateless().call("Hello, 世界", json::Value::object(), bounds));
    EXPECT_EQ(header(0, "Mcp-Name"), "=?base64?SGVsbG8sIOS4lueVjA==?=");
}

// The specification's own table of examples, and what could break out of a header.
TEST(HeaderValue, IsItselfOrItsBase64) {
    EXPECT_EQ(header_value("us-west1"), "us-west1");
    EXPECT_EQ(header_value("a b\tc"), "a b\tc");
    EXPECT_EQ(header_value(""), "");
    EXPECT_EQ(header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
    EXPECT_EQ(header_value("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=");
    EXPECT_EQ(header_value("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
    EXPECT_EQ(header_value("a\r\nX: y"), "=?base64?YQ0KWDogeQ==?=");
    EXPECT_EQ(header_value("\x7F"), "=?base64?fw==?=");
    EXPECT_EQ(header_value("=?base64?open"), "=?base64?open");
}

TEST_F(Stateless, AnUnknownResultTypeIsInvalid) {
    post().json(200, result(1, R"("resultType":"later","tools":[])"));
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::protocol);
}

TEST_F(Stateless, ACompleteResultIsTaken) {
    post().json(200, result(1, R"("resultType":"complete","tools":[])"));
    EXPECT_TRUE(stateless().tools(bounds));
}

TEST_F(Stateless, AToolThatAsksTheUserIsUnsupported) {
    post().json(200, result(1, R"("resultType":"input_required","inputRequests":{})"));
    const auto said = stateless().call("ask", json::Value::object(), bounds);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.failure().error.status, Status::unsupported);
    EXPECT_FALSE(said.failure().rpc);
}

TEST_F(Stateless, AServersRequestIsNotAnswered) {
    stream(event(R"({"jsonrpc":"2.0","id":"x","method":"ping"})") +
           event(result(1, R"("tools":[])")));
    ASSERT_TRUE(stateless().tools(bounds));
    EXPECT_EQ(http->requests().size(), 1u);
}

TEST_F(Stateless, AProbeIsTheFirstMessageWithoutAToken) {
    post().respond(401, "", {{"WWW-Authenticate", "Bearer"}});
    ClientOptions options;
    options.protocol = Protocol::stateless_2026_07_28;
    const auto answer = probe(*http, server_url, {}, options, bounds);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
    EXPECT_EQ(answer->header("www-authenticate"), "Bearer");
    EXPECT_EQ(header(0, "Mcp-Method"), "server/discover");
    EXPECT_EQ(header(0, "Authorization"), "(absent)");
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
