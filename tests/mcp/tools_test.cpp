// tools/list over its pages, tools/call and what tools say.
#include "mcp_fixture.hpp"

namespace mcp_auth::mcp::testing {
namespace {

class Tools : public McpTest {
protected:
    static std::string tool(const std::string& name) {
        return R"({"name":")" + name + R"(","description":"d","inputSchema":{"type":"object"}})";
    }
};

TEST_F(Tools, AllPagesAreRead) {
    post()
        .json(200, result(1, R"("tools":[)" + tool("a") + R"(],"nextCursor":"p2")"))
        .json(200, result(2, R"("tools":[)" + tool("b") + "]"));
    const auto list = handshake().tools(bounds);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tools.size(), 2u);
    EXPECT_EQ(list->tools[0].name, "a");
    EXPECT_EQ(list->tools[1].name, "b");
    EXPECT_EQ(list->tools[0].description, "d");
    EXPECT_EQ(sent(0).body, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}})");
    EXPECT_EQ(sent(1).body,
              R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"p2"}})");
}

TEST_F(Tools, PagesInACircleAreAProtocolError) {
    post()
        .json(200, result(1, R"("tools":[],"nextCursor":"x")"))
        .json(200, result(2, R"("tools":[],"nextCursor":"x")"));
    const auto list = handshake().tools(bounds);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::protocol);
    EXPECT_EQ(http->requests().size(), 2u);
}

TEST_F(Tools, MoreThanTheLimitIsAProtocolError) {
    post().json(200, result(1, R"("tools":[)" + tool("a") + "," + tool("b") + "]"));
    ClientOptions options;
    options.max_tools = 1;
    const auto list = handshake(options).tools(bounds);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::protocol);
}

TEST_F(Tools, AListWithoutToolsIsAProtocolError) {
    post().json(200, result(1, R"("tools":{})"));
    const auto list = handshake().tools(bounds);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::protocol);
}

TEST_F(Tools, AToolWithoutASchemaIsLeftOutAlone) {
    post().json(200, result(1, R"("tools":[{"name":"a"},)" + tool("b") + "]"));
    const auto list = handshake().tools(bounds);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tools.size(), 1u);
    EXPECT_EQ(list->tools[0].name, "b");
    ASSERT_EQ(list->refused.size(), 1u);
    EXPECT_EQ(list->refused[0].first, "a");
}

TEST_F(Tools, TheTextOfAToolIsItsTextItems) {
    post().json(200,
                result(1, R"("content":[{"type":"text","text":"one"},{"type":"image","data":"x"},)"
                          R"({"type":"text","text":"two"}])"));
    const auto said = handshake().call("t", json::Value::object(), bounds);
    ASSERT_TRUE(said);
    EXPECT_FALSE(said->is_error);
    EXPECT_EQ(said->text(), "one\ntwo");
}

TEST_F(Tools, AToolsOwnFailureIsAResult) {
    post().json(200, result(1, R"("content":[{"type":"text","text":"no"}],"isError":true)"));
    const auto said = handshake().call("t", json::Value::object(), bounds);
    ASSERT_TRUE(said);
    EXPECT_TRUE(said->is_error);
}

TEST_F(Tools, ArgumentsThatAreNoObjectAreNotSent) {
    const auto said = handshake().call("t", json::Value::array(), bounds);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.failure().error.status, Status::invalid_argument);
    EXPECT_TRUE(http->requests().empty());
}

TEST_F(Tools, AnnotatedArgumentsAreMirroredOnTheStatelessWire) {
    const std::string annotated =
        R"("tools":[{"name":"sql","inputSchema":{"type":"object","properties":)"
        R"({"region":{"type":"string","x-mcp-header":"Region"}}}}])";
    post().json(200, result(1, annotated)).json(200, result(2, R"("content":[])"));
    Client chat = stateless();
    ASSERT_TRUE(chat.tools(bounds));
    ASSERT_TRUE(chat.call("sql", json::Value::object().set("region", "us-west1"), bounds));
    EXPECT_EQ(header(1, "Mcp-Param-Region"), "us-west1");
}

TEST_F(Tools, AHeaderMismatchReadsTheListAndTriesOnceMore) {
    const std::string mismatch =
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"Mcp-Param-Region is missing"}})";
    const std::string annotated =
        R"("tools":[{"name":"sql","inputSchema":{"type":"object","properties":)"
        R"({"region":{"type":"string","x-mcp-header":"Region"}}}}])";
    post()
        .json(400, mismatch)
        .json(200, result(2, annotated))
        .json(200, result(3, R"("content":[])"));
    ASSERT_TRUE(stateless().call("sql", json::Value::object().set("region", "eu"), bounds));
    EXPECT_EQ(header(0, "Mcp-Param-Region"), "(absent)");
    EXPECT_EQ(header(2, "Mcp-Param-Region"), "eu");
}

TEST_F(Tools, ABrokenAnnotationLeavesOutThatToolAlone) {
    post().json(200, result(1, R"("tools":[{"name":"bad","inputSchema":{"properties":)"
                               R"({"r":{"type":"string","x-mcp-header":"a b"}}}},)" +
                                   tool("b") + "]"));
    const auto list = stateless().tools(bounds);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tools.size(), 1u);
    EXPECT_EQ(list->tools[0].name, "b");
    ASSERT_EQ(list->refused.size(), 1u);
    EXPECT_EQ(list->refused[0].first, "bad");
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
