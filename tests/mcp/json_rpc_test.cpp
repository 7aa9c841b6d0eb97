// JSON-RPC 2.0 as MCP narrows it: one valid message, exactly one thing wrong.
#include "json_rpc.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::mcp {
namespace {

using Kind = Message::Kind;

Result<Message> read(std::string_view text) {
    return read_message(text, 1000);
}

TEST(JsonRpc, ReadsEachKindOfMessage) {
    EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":1,"result":{}})")->kind, Kind::result);
    EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"m"}})")->kind,
              Kind::error);
    EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":"a","method":"ping"})")->kind, Kind::request);
    EXPECT_EQ(read(R"({"jsonrpc":"2.0","method":"notifications/progress"})")->kind,
              Kind::notification);
}

TEST(JsonRpc, AnErrorKeepsItsCodeMessageAndData) {
    const auto message = read(
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"m","data":{"supported":["x"]}}})");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->error.code, unsupported_protocol_version);
    EXPECT_EQ(message->error.message, "m");
    EXPECT_EQ(message->error.data.dump(), R"({"supported":["x"]})");
    EXPECT_TRUE(message->id.is_null());
}

class NotJsonRpc : public ::testing::TestWithParam<const char*> {};

TEST_P(NotJsonRpc, IsAProtocolError) {
    const auto message = read(GetParam());
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().status, Status::protocol);
    EXPECT_EQ(message.error().leg, "mcp");
}

INSTANTIATE_TEST_SUITE_P(
    Faults, NotJsonRpc,
    ::testing::Values(
        R"({"jsonrpc":"2.0","id":1,"result":{})", R"([{"jsonrpc":"2.0","id":1,"result":{}}])",
        R"("text")", R"({"id":1,"result":{}})", R"({"jsonrpc":"1.0","id":1,"result":{}})",
        R"({"jsonrpc":"2.0","id":1.5,"result":{}})", R"({"jsonrpc":"2.0","id":[1],"result":{}})",
        R"({"jsonrpc":"2.0","result":{}})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"m"}})",
        R"({"jsonrpc":"2.0","id":1,"result":[]})", R"({"jsonrpc":"2.0","id":1,"method":7})",
        R"({"jsonrpc":"2.0","id":1,"error":{"message":"m"}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"m"}})",
        R"({"jsonrpc":"2.0","id":1,"id":1,"result":{}})", ""));

TEST(JsonRpc, AMessageOverTheLimitIsRefused) {
    EXPECT_FALSE(read_message(R"({"jsonrpc":"2.0","id":1,"result":{}})", 20));
}

TEST(JsonRpc, OnlyTheSameIntegerAnswersARequest) {
    EXPECT_TRUE(read(R"({"jsonrpc":"2.0","id":3,"result":{}})")->answers(3));
    EXPECT_FALSE(read(R"({"jsonrpc":"2.0","id":4,"result":{}})")->answers(3));
    EXPECT_FALSE(read(R"({"jsonrpc":"2.0","id":"3","result":{}})")->answers(3));
    EXPECT_FALSE(read(R"({"jsonrpc":"2.0","id":3,"method":"ping"})")->answers(3));
}

TEST(JsonRpc, WritesItsMessagesInOneShape) {
    EXPECT_EQ(request_text(7, "tools/list", json::Value::object()),
              R"({"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}})");
    EXPECT_EQ(notification_text("notifications/initialized"),
              R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    EXPECT_EQ(result_text(json::Value("a")), R"({"jsonrpc":"2.0","id":"a","result":{}})");
    EXPECT_EQ(error_text(json::Value(9), method_not_found, "no"),
              R"({"jsonrpc":"2.0","id":9,"error":{"code":-32601,"message":"no"}})");
}

}  // namespace
}  // namespace mcp_auth::mcp
