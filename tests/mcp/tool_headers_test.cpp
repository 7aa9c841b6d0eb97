// x-mcp-header: which annotations a client must follow, and which make a tool unusable
// (MCP 2026-07-28, "Custom Headers from Tool Parameters").
#include "tool_headers.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::mcp {
namespace {

json::Value parsed(const std::string& text) {
    auto value = json::parse(text);
    EXPECT_TRUE(value) << text;
    return value ? std::move(*value) : json::Value();
}

std::string property(const std::string& schema) {
    return R"({"type":"object","properties":{"p":)" + schema + "}}";
}

Headers mirrored(const std::string& schema, const std::string& arguments) {
    const auto found = mirrored_arguments(parsed(schema));
    EXPECT_TRUE(found);
    if (!found) return {};
    auto headers = argument_headers(*found, parsed(arguments));
    EXPECT_TRUE(headers);
    return headers ? std::move(*headers) : Headers{};
}

const std::string text_schema = property(R"({"type":"string","x-mcp-header":"Name"})");

TEST(ToolHeaders, EachPrimitiveBecomesItsText) {
    EXPECT_EQ(mirrored(text_schema, R"({"p":"v"})"), (Headers{{"Mcp-Param-Name", "v"}}));
    const std::string integer = property(R"({"type":"integer","x-mcp-header":"N"})");
    EXPECT_EQ(mirrored(integer, R"({"p":-7})"), (Headers{{"Mcp-Param-N", "-7"}}));
    EXPECT_EQ(mirrored(integer, R"({"p":42.0})"), (Headers{{"Mcp-Param-N", "42"}}));
    const std::string boolean = property(R"({"type":"boolean","x-mcp-header":"B"})");
    EXPECT_EQ(mirrored(boolean, R"({"p":true})"), (Headers{{"Mcp-Param-B", "true"}}));
    EXPECT_EQ(mirrored(boolean, R"({"p":false})"), (Headers{{"Mcp-Param-B", "false"}}));
}

TEST(ToolHeaders, AbsentAndNullHaveNoHeader) {
    EXPECT_EQ(mirrored(text_schema, "{}"), Headers{});
    EXPECT_EQ(mirrored(text_schema, R"({"p":null})"), Headers{});
}

TEST(ToolHeaders, AValueCannotWriteHeaderLinesOfItsOwn) {
    EXPECT_EQ(mirrored(text_schema, R"({"p":"a\r\nX: y"})"),
              (Headers{{"Mcp-Param-Name", "=?base64?YQ0KWDogeQ==?="}}));
}

TEST(ToolHeaders, NestedPropertiesAreReached) {
    const std::string nested = property(
        R"({"type":"object","properties":{"q":{"type":["string","null"],"x-mcp-header":"Deep"}}})");
    EXPECT_EQ(mirrored(nested, R"({"p":{"q":"v"}})"), (Headers{{"Mcp-Param-Deep", "v"}}));
    EXPECT_EQ(mirrored(nested, R"({"p":"no object"})"), Headers{});
}

TEST(ToolHeaders, APropertyMayBeNamedLikeTheAnnotation) {
    EXPECT_EQ(
        mirrored(R"({"properties":{"x-mcp-header":{"type":"string"}}})", R"({"x-mcp-header":"v"})"),
        Headers{});
    EXPECT_EQ(mirrored(property(R"({"type":"object","default":{"x-mcp-header":"v"}})"), "{}"),
              Headers{});
}

class BrokenAnnotation : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenAnnotation, MakesTheToolUnusable) {
    const auto found = mirrored_arguments(parsed(GetParam()));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().status, Status::protocol);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BrokenAnnotation,
    ::testing::Values(property(R"({"type":"string","x-mcp-header":""})"),
                      property(R"({"type":"string","x-mcp-header":"a b"})"),
                      property(R"({"type":"string","x-mcp-header":"a\r\nX: y"})"),
                      property(R"({"type":"string","x-mcp-header":7})"),
                      property(R"({"type":"number","x-mcp-header":"A"})"),
                      property(R"({"type":"object","x-mcp-header":"A"})"),
                      property(R"({"type":["string","integer"],"x-mcp-header":"A"})"),
                      property(R"({"x-mcp-header":"A"})"),
                      R"({"x-mcp-header":"A","type":"object"})",
                      R"({"properties":{"a":{"type":"string","x-mcp-header":"Same"},)"
                      R"("b":{"type":"string","x-mcp-header":"sAME"}}})",
                      property(R"({"type":"array","items":{"type":"string","x-mcp-header":"A"}})"),
                      R"({"oneOf":[{"properties":{"p":{"type":"string","x-mcp-header":"A"}}}]})",
                      R"({"$defs":{"d":{"type":"string","x-mcp-header":"A"}}})"));

class UnmirrorableArgument : public ::testing::TestWithParam<const char*> {};

TEST_P(UnmirrorableArgument, IsTheCallersFault) {
    const auto found =
        mirrored_arguments(parsed(property(R"({"type":"integer","x-mcp-header":"N"})")));
    ASSERT_TRUE(found);
    const auto headers = argument_headers(*found, parsed(GetParam()));
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.error().status, Status::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Faults, UnmirrorableArgument,
                         ::testing::Values(R"({"p":1.5})", R"({"p":9007199254740992})",
                                           R"({"p":-9007199254740992})", R"({"p":[1]})",
                                           R"({"p":{}})"));

}  // namespace
}  // namespace mcp_auth::mcp
