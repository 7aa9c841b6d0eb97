// A JSON Schema's complaints in words for people.
#include "json_edit.hpp"

#include "json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string complaint_of(std::string_view schema, std::string_view document,
                         std::string_view prefix = "") {
    const auto compiled = JsonSchema::parse(schema, "s.json");
    if (!compiled) return "schema: " + compiled.error().message;
    const auto valid = compiled->check(parsed(document), "d.json", prefix);
    EXPECT_TRUE(valid || valid.status() == Status::misconfigured);
    return valid ? "valid" : valid.error().message;
}

TEST(JsonSchema, AcceptsWhatMatches) {
    EXPECT_EQ(complaint_of(R"({"type": "object", "required": ["a"]})", R"({"a": 1})"), "valid");
}

TEST(JsonSchema, PutsThePrefixBeforeThePointer) {
    EXPECT_EQ(complaint_of(R"({"properties": {"a": {"type": "string"}}})", R"({"a": 1})",
                           "/providers/acme/settings"),
              "d.json at /providers/acme/settings/a: expected a string");
    EXPECT_EQ(complaint_of(R"({"required": ["a"]})", "{}", "/providers/acme/settings"),
              "d.json at /providers/acme/settings: \"a\" is missing");
}

TEST(JsonSchema, UsesTheSchemasOwnDescription) {
    constexpr auto schema =
        R"({"properties": {"n": {"description": "a number of seconds", "type": "integer"}}})";
    EXPECT_EQ(complaint_of(schema, R"({"n": "canary"})"),
              "d.json at /n: expected a number of seconds");
}

TEST(JsonSchema, MakesUpForAMissingDescription) {
    EXPECT_EQ(
        complaint_of(R"({"properties": {"n": {"type": ["integer", "null"]}}})", R"({"n": ""})"),
        "d.json at /n: expected an integer or null");
    EXPECT_EQ(complaint_of(R"({"properties": {"n": {"enum": ["a", "b", 3]}}})", R"({"n": ""})"),
              "d.json at /n: expected \"a\", \"b\" or 3");
    EXPECT_EQ(complaint_of(R"({"properties": {"n": {"const": true}}})", R"({"n": ""})"),
              "d.json at /n: expected true");
    EXPECT_EQ(complaint_of(R"({"properties": {"n": {"minimum": 3}}})", R"({"n": 2})"),
              "d.json at /n: does not match its schema");
}

TEST(JsonSchema, FollowsReferencesAndCombinations) {
    constexpr auto schema = R"({
      "definitions": {"port": {"description": "a port", "type": "integer"}},
      "properties": {
        "a": {"items": {"$ref": "#/definitions/port"}},
        "b": {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": false,
                                             "properties": {"port": {"$ref": "#/definitions/port"}}}]}
      }})";
    EXPECT_EQ(complaint_of(schema, R"({"a": [1, "canary"]})"), "d.json at /a/1: expected a port");
    EXPECT_EQ(complaint_of(schema, R"({"b": {"port": "canary"}})"),
              "d.json at /b/port: expected a port");
    EXPECT_EQ(complaint_of(schema, R"({"b": {"prot": 1}})"),
              "d.json at /b/prot: unknown key; did you mean \"port\"?");
}

TEST(JsonSchema, DoesNotGuessWhatIsFarFromAnyKey) {
    constexpr auto schema = R"({"properties": {"port": {}}, "additionalProperties": false})";
    EXPECT_EQ(complaint_of(schema, R"({"zebra": 1})"), "d.json at /zebra: unknown key");
}

TEST(JsonSchema, EscapesAndCapsAKeyForTheTerminal) {
    constexpr auto schema = R"({"additionalProperties": false})";
    EXPECT_EQ(complaint_of(schema, "{\"\\u001b[31m~/\": 1}"), "d.json at /?[31m~0~1: unknown key");
    const std::string key(500, 'k');
    EXPECT_EQ(complaint_of(schema, "{\"" + key + "\": 1}"),
              "d.json at /" + std::string(80, 'k') + "...: unknown key");
}

TEST(JsonSchema, TellsBooleansFromNumbers) {
    EXPECT_EQ(complaint_of(R"({"type": "number"})", "true"), "d.json: expected a number");
    EXPECT_EQ(complaint_of(R"({"type": "boolean"})", "1"), "d.json: expected a boolean");
}

TEST(JsonSchema, TakesAWholeNumberForAnInteger) {
    EXPECT_EQ(complaint_of(R"({"type": "integer"})", "1.0"), "valid");
    EXPECT_EQ(complaint_of(R"({"type": "integer"})", "1.5"), "d.json: expected an integer");
}

TEST(JsonSchema, NeverQuotesAValue) {
    constexpr auto schema = R"({"properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]},
        "c": {"pattern": "^x$"}, "d": {"maxLength": 2}, "e": {"const": 1}}})";
    for (const char* key : {"a", "b", "c", "d", "e"}) {
        const std::string document = "{\"" + std::string(key) + "\": \"canary\"}";
        EXPECT_THAT(complaint_of(schema, document), Not(HasSubstr("canary")));
        EXPECT_THAT(complaint_of(schema, document), HasSubstr(std::string(" at /") + key + ": "));
    }
}

TEST(JsonSchema, DoesNotMatchALongStringAgainstAPattern) {
    // std::regex would run out of stack.
    const std::string document = "{\"a\": [\"" + std::string(200'000, 'a') + "\"]}";
    EXPECT_EQ(complaint_of(R"({"properties": {"b": {"pattern": "^(a|b)*$"}}})", document),
              "d.json at /a/0: expected a string of at most 4096 bytes");
    EXPECT_EQ(complaint_of(R"({"properties": {"b": {}}})", document), "valid");
}

class FaultySchema : public ::testing::TestWithParam<const char*> {};

TEST_P(FaultySchema, IsMisconfiguredAndNamed) {
    const std::string text = complaint_of(GetParam(), R"({"a": "b"})");
    EXPECT_THAT(text, HasSubstr("s.json: "));
}
INSTANTIATE_TEST_SUITE_P(
    Schema, FaultySchema,
    ::testing::Values(
        "", "[]", "{", R"({"type": 5})", R"({"properties": []})",
        R"({"properties": {"a": {"pattern": "("}}})",
        R"({"$ref": "https://elsewhere.example/schema.json"})",
        R"({"properties": {"a": {"$ref": "#/definitions/none"}}})",
        // What would not end.
        R"({"$ref": "#"})", R"({"allOf": [{"$ref": "#"}]})",
        R"({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"},
                                                                     "b": {"$ref": "#/definitions/a"}}})",
        R"({"if": {"not": {"$ref": "s.json#"}}})",
        R"({"dependencies": {"a": {"anyOf": [{}, {"$ref": "#"}]}}})",
        R"({"properties": {"a": {"$ref": "#/definitions/a~1b"}},
                          "definitions": {"a/b": {"oneOf": [{"$ref": "#/definitions/a%7E1b"}]}}})"));

TEST(JsonSchema, MayBeOfATree) {
    constexpr auto schema =
        R"({"properties": {"child": {"$ref": "#"}, "name": {"type": "string"}},
            "additionalProperties": false})";
    EXPECT_EQ(complaint_of(schema, R"({"child": {"child": {"name": "a"}}})"), "valid");
    EXPECT_EQ(complaint_of(schema, R"({"child": {"child": {"name": 1}}})"),
              "d.json at /child/child/name: expected a string");
}

// Each reference of a chain is a call inside a call.
TEST(JsonSchema, DoesNotRunOutOfStackByAChainOfReferences) {
    for (const bool in_properties : {false, true}) {
        std::string schema = R"({"definitions": {)";
        for (int i = 0; i < 4000; ++i) {
            const std::string next =
                R"({"$ref": "#/definitions/)" + std::to_string(i + 1) + R"("})";
            schema += '"' + std::to_string(i) +
                      "\": " + (in_properties ? R"({"properties": {"a": )" + next + "}}" : next) +
                      ",";
        }
        schema += R"("4000": {}}, "$ref": "#/definitions/0"})";
        EXPECT_THAT(complaint_of(schema, "{}"), HasSubstr("without end"));
    }
}

// A pattern is compiled by recursion, too.
TEST(JsonSchema, RefusesAPatternThatIsTooLong) {
    const std::string pattern = std::string(50'000, '(') + std::string(50'000, ')');
    for (const std::string& schema : {R"({"properties": {"a": {"pattern": ")" + pattern + "\"}}}",
                                      R"({"patternProperties": {")" + pattern + "\": {}}}"})
        EXPECT_THAT(complaint_of(schema, R"({"a": "b"})"), HasSubstr("a pattern of more than"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
