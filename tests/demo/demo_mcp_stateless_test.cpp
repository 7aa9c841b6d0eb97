// The MCP server's 2026-07-28 wire: every request says all there is to know, and headers agree
// with the body (A2).
#include "mcp_peer.hpp"

namespace mcp_auth::demo {
namespace {

constexpr char meta[] =
    R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientCapabilities":{}})";

std::string discover_body(const std::string& version = "2026-07-28") {
    return R"({"jsonrpc":"2.0","id":"d","method":"server/discover","params":{"_meta":{
        "io.modelcontextprotocol/protocolVersion":")" +
           version + R"(",
        "io.modelcontextprotocol/clientCapabilities":{}}}})";
}

class StatelessTest : public testing::Test {
protected:
    Reply post(const std::string& body, const HeaderList& headers) {
        return peer.send("POST", peer.enterprise().mcp_url(), headers, body);
    }
    HeaderList headers(const std::string& method, const std::string& name = {},
                       const std::string& scope = "chat.read") {
        HeaderList more{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
        if (!name.empty()) more.emplace_back("Mcp-Name", name);
        return mcp_headers(peer.access_token("alice", scope), more);
    }
    Peer peer;
};

TEST_F(StatelessTest, IsDiscoveredWithoutAHandshake) {
    const Reply reply = post(discover_body(), headers("server/discover"));
    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto result = reply.json()->getObject("result");
    EXPECT_EQ(result->getArray("supportedVersions")->getElement<std::string>(0), "2026-07-28");
    EXPECT_EQ(result->getValue<std::string>("resultType"), "complete");
    EXPECT_TRUE(result->getObject("capabilities")->has("tools"));
    EXPECT_TRUE(result->getObject("_meta")->has("io.modelcontextprotocol/serverInfo"));
    EXPECT_EQ(reply.header("Mcp-Session-Id"), "");
    EXPECT_EQ(reply.text("id"), "d");
}

TEST_F(StatelessTest, ListsAndCallsTools) {
    const std::string list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":1)" +
                             std::string(meta) + "}}";
    const Reply listed = post(list, headers("tools/list"));
    ASSERT_EQ(listed.status, 200) << listed.body;
    EXPECT_EQ(listed.json()->getObject("result")->getArray("tools")->size(), 3U);
    const Reply called = post(tool_call("whoami", "{}", meta), headers("tools/call", "whoami"));
    EXPECT_EQ(called.json()->getObject("result")->getValue<std::string>("resultType"), "complete");
}

TEST_F(StatelessTest, ChallengesTheScopeOfATool) {
    const std::string body = tool_call("admin_report", "{}", meta);
    EXPECT_EQ(post(body, headers("tools/call", "admin_report")).status, 403);
    const HeaderList more = headers("tools/call", "admin_report", "chat.read chat.admin");
    EXPECT_EQ(post(body, more).status, 200);
}

TEST_F(StatelessTest, RefusesHeadersThatDoNotAgreeWithTheBody) {
    const std::string body = tool_call("whoami", "{}", meta);
    const HeaderList good = headers("tools/call", "whoami");
    ASSERT_EQ(post(body, good).status, 200);
    for (const HeaderList& bad :
         {without_header(good, "MCP-Protocol-Version"), without_header(good, "Mcp-Method"),
          without_header(good, "Mcp-Name"), with_header(good, "Mcp-Method", "tools/list"),
          with_header(good, "Mcp-Name", "echo"),
          with_header(good, "MCP-Protocol-Version", "2025-11-25")}) {
        const Reply reply = post(body, bad);
        EXPECT_EQ(reply.status, 400);
        EXPECT_EQ(rpc_error_code(reply), -32020) << reply.body;
    }
}

TEST_F(StatelessTest, RefusesARequestWithoutItsMetadata) {
    const HeaderList good = headers("tools/call", "whoami");
    for (const char* incomplete :
         {"", R"(,"_meta":{})",
          R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})",
          R"(,"_meta":{"io.modelcontextprotocol/clientCapabilities":{}})"}) {
        const Reply reply = post(tool_call("whoami", "{}", incomplete), good);
        EXPECT_EQ(reply.status, 400);
        EXPECT_EQ(rpc_error_code(reply), -32602) << reply.body;
    }
}

TEST_F(StatelessTest, NamesItsVersionsToAClientOfAnotherOne) {
    const Reply reply =
        post(discover_body("2099-01-01"),
             with_header(headers("server/discover"), "MCP-Protocol-Version", "2099-01-01"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(rpc_error_code(reply), -32022);
    const auto data = reply.json()->getObject("error")->getObject("data");
    EXPECT_EQ(data->getValue<std::string>("requested"), "2099-01-01");
    EXPECT_EQ(data->getArray("supported")->getElement<std::string>(0), "2026-07-28");
}

TEST_F(StatelessTest, AnswersAnUnknownMethodBy404) {
    const std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":1)" + std::string(meta) + "}}";
    const Reply reply = post(body, headers("ping"));
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(rpc_error_code(reply), -32601);
}

}  // namespace
}  // namespace mcp_auth::demo
