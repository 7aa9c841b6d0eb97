// The 2025-11-25 wire, byte for byte (protocol.md A1-A3).
#include "mcp_fixture.hpp"

namespace mcp_auth::mcp::testing {
namespace {

const std::string initialize_result =
    R"("protocolVersion":"2025-11-25","capabilities":{"tools":{}},)"
    R"("serverInfo":{"name":"chat","title":"Chat","version":"3"},"instructions":"Be brief.")";

class Handshake : public McpTest {
protected:
    // initialize with a session, and the notification after it.
    void answer_initialize(const Headers& headers = {{"Mcp-Session-Id", "s-1"}}) {
        post().json(200, result(1, initialize_result), headers).respond(202, "");
    }
};

TEST_F(Handshake, InitializeIsSentAsTheWireWants) {
    answer_initialize();
    ASSERT_TRUE(handshake().open(bounds));
    EXPECT_EQ(
        sent(0).body,
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{"extensions":{"io.modelcontextprotocol/enterprise-managed-authorization":{}}},)"
        R"("clientInfo":{"name":"test","version":"1.2"}}})");
    EXPECT_EQ(sent(0).headers, (Headers{{"Content-Type", "application/json"},
                                        {"Accept", "application/json, text/event-stream"}}));
    EXPECT_EQ(sent(0).max_redirects, 0);
}

TEST_F(Handshake, TheServerIsDescribedAsItDescribesItself) {
    answer_initialize();
    const auto info = handshake().open(bounds);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->protocol_version, "2025-11-25");
    EXPECT_EQ(info->name, "chat");
    EXPECT_EQ(info->title, "Chat");
    EXPECT_EQ(info->version, "3");
    EXPECT_EQ(info->instructions, "Be brief.");
    EXPECT_EQ(info->capabilities.dump(), R"({"tools":{}})");
}

TEST_F(Handshake, InitializedFollowsWithVersionAndSession) {
    answer_initialize();
    ASSERT_TRUE(handshake().open(bounds));
    ASSERT_EQ(http->requests().size(), 2u);
    EXPECT_EQ(sent(1).body, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    EXPECT_EQ(header(1, "MCP-Protocol-Version"), "2025-11-25");
    EXPECT_EQ(header(1, "Mcp-Session-Id"), "s-1");
    EXPECT_EQ(header(1, "Accept"), "application/json, text/event-stream");
}

TEST_F(Handshake, AnOlderVersionThatTheServerAnswersIsSpokenFromThereOn) {
    post()
        .json(200, result(1, R"("protocolVersion":"2025-06-18","capabilities":{})"))
        .respond(202, "");
    const auto info = handshake().open(bounds);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->protocol_version, "2025-06-18");
    EXPECT_EQ(header(1, "MCP-Protocol-Version"), "2025-06-18");
    EXPECT_EQ(header(1, "Mcp-Session-Id"), "(absent)");
}

TEST_F(Handshake, AVersionThatNobodyHereSpeaksEndsIt) {
    post().json(200, result(1, R"("protocolVersion":"2024-11-05","capabilities":{})"));
    const auto info = handshake().open(bounds);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.failure().error.status, Status::protocol);
    EXPECT_EQ(http->requests().size(), 1u);
}

TEST_F(Handshake, ASessionIdThatCouldBreakOutOfAHeaderIsRefused) {
    answer_initialize({{"Mcp-Session-Id", "s\r\nX: y"}});
    const auto info = handshake().open(bounds);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.failure().error.status, Status::protocol);
    EXPECT_EQ(http->requests().size(), 1u);
}

TEST_F(Handshake, ARefusedInitializedNotificationFailsTheHandshake) {
    post().json(200, result(1, initialize_result)).respond(400, "");
    const auto info = handshake().open(bounds);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.failure().error.status, Status::protocol);
}

TEST_F(Handshake, NoStatelessHeadersAndNoMetaOnThisWire) {
    answer_initialize();
    post().json(200, result(2, R"("content":[])"));
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    ASSERT_TRUE(chat.call("search", json::Value::object(), bounds));
    EXPECT_EQ(
        sent(2).body,
        R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{}}})");
    EXPECT_EQ(header(2, "Mcp-Method"), "(absent)");
    EXPECT_EQ(header(2, "Mcp-Name"), "(absent)");
}

TEST_F(Handshake, ClosingDeletesTheSessionOnce) {
    answer_initialize();
    http->on("DELETE", server_url).respond(405, "");
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    chat.close(bounds);
    chat.close(bounds);
    ASSERT_EQ(http->requests().size(), 3u);
    EXPECT_EQ(sent(2).headers,
              (Headers{{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Session-Id", "s-1"}}));
    EXPECT_EQ(sent(2).body, "");
}

TEST_F(Handshake, ClosingWithoutASessionSendsNothing) {
    answer_initialize({});
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    chat.close(bounds);
    EXPECT_EQ(http->requests().size(), 2u);
}

TEST_F(Handshake, ASessionThatTheServerForgotIsOpenedAnewOnce) {
    answer_initialize();
    post().json(404, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"gone"}})");
    post().json(200, result(3, initialize_result), {{"Mcp-Session-Id", "s-2"}}).respond(202, "");
    post().json(200, result(4, R"("tools":[])"));
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    ASSERT_TRUE(chat.tools(bounds));
    EXPECT_EQ(header(2, "Mcp-Session-Id"), "s-1");
    EXPECT_EQ(header(3, "Mcp-Session-Id"), "(absent)");
    EXPECT_EQ(header(5, "Mcp-Session-Id"), "s-2");
}

TEST_F(Handshake, ASessionThatIsForgottenAgainIsAFailure) {
    answer_initialize();
    post().respond(404, "");
    post().json(200, result(3, initialize_result), {{"Mcp-Session-Id", "s-2"}}).respond(202, "");
    post().respond(404, "");
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    const auto tools = chat.tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::misconfigured);
    EXPECT_TRUE(http->unexpected().empty());
}

TEST_F(Handshake, AServerOfTheOtherWireIsNamed) {
    post().json(
        400,
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}}})");
    const auto info = handshake().open(bounds);
    ASSERT_FALSE(info);
    ASSERT_TRUE(info.failure().rpc);
    EXPECT_NE(info.failure().error.message.find("it speaks 2026-07-28"), std::string::npos);
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
