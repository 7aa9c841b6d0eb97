// Random settings: by the seed, and worth trying.
#include "settings_maker.hpp"

#include "json_schema.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::testing {
namespace {

using validate::SettingsMaker;

constexpr const char* schema = R"({
  "type": "object", "additionalProperties": false, "required": ["level"],
  "properties": {
    "level": { "type": "integer", "minimum": 0, "maximum": 3 },
    "mode": { "type": "string", "enum": ["a", "b"] },
    "names": { "type": "array", "items": { "type": "string" }, "minItems": 1 } } })";

TEST(SettingsMakerTest, TheSameSeedMakesTheSameSettings) {
    SettingsMaker one(schema, 3), same(schema, 3), other(schema, 4);
    std::string first, second, third;
    for (int i = 0; i < 20; ++i) {
        first += one.fitting().dump() + one.unfitting().dump();
        second += same.fitting().dump() + same.unfitting().dump();
        third += other.fitting().dump() + other.unfitting().dump();
    }
    EXPECT_EQ(first, second);
    EXPECT_NE(first, third);
}

TEST(SettingsMakerTest, WhatFitsIsMostlyAllowedAndWhatDoesNotMostlyNot) {
    const auto checker = host::JsonSchema::parse(schema, "schema");
    ASSERT_TRUE(checker);
    SettingsMaker maker(schema, 1);
    int allowed = 0, refused = 0;
    for (int i = 0; i < 200; ++i) {
        allowed += checker->check(maker.fitting(), "settings") ? 1 : 0;
        refused += checker->check(maker.unfitting(), "settings") ? 0 : 1;
    }
    EXPECT_GT(allowed, 190);
    EXPECT_GT(refused, 150);
}

TEST(SettingsMakerTest, WithoutASchemaThereAreSettingsToo) {
    SettingsMaker maker("", 1);
    EXPECT_EQ(maker.fitting().dump(), "{}");
    EXPECT_NE(maker.unfitting().dump(), maker.unfitting().dump());
}

}  // namespace
}  // namespace mcp_auth::testing
