// A manifest, and each way in which it can be wrong.
#include "../config/json_edit.hpp"
#include "../support/temporary_directory.hpp"

#include "manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json::Value valid_manifest() {
    return parsed(R"({
      "manifest_version": 1, "id": "acme-wif", "version": "1.2.3", "vendor": "Acme",
      "description": "workload identity", "abi": {"major": 1, "min_minor": 0},
      "library": {"path": "lib/acme.so",
        "sha256": "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"},
      "roles": ["mcp.auth.token/1", "mcp.auth.assertion/1"],
      "requires": ["mcp.auth.oauth/1"]
    })");
}

Result<Manifest> parse(const json::Value& document) {
    return parse_manifest(document.dump(2), "/etc/mcp-auth/plugins.d/acme.json");
}

TEST(Manifest, IsTakenAsItIs) {
    const auto manifest = parse(valid_manifest());
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ(manifest->path, "/etc/mcp-auth/plugins.d/acme.json");
    EXPECT_EQ(manifest->id, "acme-wif");
    EXPECT_EQ(manifest->version, "1.2.3");
    EXPECT_EQ(manifest->vendor, "Acme");
    EXPECT_EQ(manifest->description, "workload identity");
    EXPECT_EQ(manifest->abi_major, 1u);
    EXPECT_EQ(manifest->abi_min_minor, 0u);
    EXPECT_EQ(manifest->library, "/etc/mcp-auth/plugins.d/lib/acme.so");
    EXPECT_EQ(manifest->sha256, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    EXPECT_THAT(manifest->roles, ElementsAre("mcp.auth.token/1", "mcp.auth.assertion/1"));
    EXPECT_EQ(manifest->roles_text(), "mcp.auth.token/1 mcp.auth.assertion/1");
    EXPECT_THAT(manifest->requires_, ElementsAre("mcp.auth.oauth/1"));
    EXPECT_EQ(manifest->settings_schema, "");
    EXPECT_FALSE(manifest->interactive());
}

TEST(Manifest, KeepsAnAbsoluteLibraryPath) {
    EXPECT_EQ(parse(edited(valid_manifest(), "/library/path", "/opt/acme.so"))->library,
              "/opt/acme.so");
}

TEST(Manifest, IsInteractiveIfItRequiresABrowser) {
    EXPECT_TRUE(
        parse(edited(valid_manifest(), "/requires/-", "mcp.auth.browser/1"))->interactive());
}

TEST(Manifest, ReadsTheSettingsSchemaBesideIt) {
    const TemporaryDirectory directory;
    directory.write("s.schema.json", R"({"type": "object"})");
    const auto document = edited(valid_manifest(), "/settings_schema", "s.schema.json");
    const auto manifest = parse_manifest(document.dump(), directory / "acme.json");
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ(manifest->settings_schema, R"({"type": "object"})");
}

class SettingsSchemaFault : public ::testing::TestWithParam<std::pair<const char*, mode_t>> {};

TEST_P(SettingsSchemaFault, IsMisconfigured) {
    const TemporaryDirectory directory;
    directory.write("s.json", GetParam().first, GetParam().second);
    const auto document = edited(valid_manifest(), "/settings_schema", "s.json");
    const auto manifest = parse_manifest(document.dump(), directory / "acme.json");
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.status(), Status::misconfigured);
    EXPECT_THAT(manifest.error().message,
                StartsWith((directory / "acme.json") + " at /settings_schema: "));
    EXPECT_THAT(manifest.error().message, HasSubstr(directory / "s.json"));
}
INSTANTIATE_TEST_SUITE_P(File, SettingsSchemaFault,
                         ::testing::Values(std::pair("{", mode_t{0600}),
                                           std::pair("[]", mode_t{0600}),
                                           std::pair("{}", mode_t{0666})));

TEST(Manifest, NamesASettingsSchemaThatIsMissing) {
    const auto manifest = parse(edited(valid_manifest(), "/settings_schema", "none.json"));
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().message, HasSubstr("No such file"));
}

// Of a plugin that is linked into the application.

json::Value builtin_manifest() {
    return edited(valid_manifest(), "/library", std::nullopt);
}

TEST(BuiltinManifest, HasNoLibraryAndItsSchemaInside) {
    const auto document =
        edited(builtin_manifest(), "/settings_schema", parsed(R"({"type": "object"})"));
    const auto manifest = parse_manifest(document.dump(), "", true);
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ(manifest->library, "");
    EXPECT_EQ(parsed(manifest->settings_schema), parsed(R"({"type": "object"})"));
}

TEST(BuiltinManifest, MayNotNameALibraryOrAFile) {
    EXPECT_FALSE(parse_manifest(valid_manifest().dump(), "", true));
    const auto document = edited(builtin_manifest(), "/settings_schema", "s.json");
    const auto manifest = parse_manifest(document.dump(), "", true);
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().message, StartsWith("(built in) at /settings_schema: "));
}

// One fault each.

struct Fault {
    const char* name;
    const char* place;
    const char* value;  // null: left out
    const char* at;
    const char* says;
};
void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

class ManifestFault : public ::testing::TestWithParam<Fault> {};

TEST_P(ManifestFault, IsMisconfiguredAndNamedByFileAndPointer) {
    const Fault& fault = GetParam();
    std::optional<json::Value> value;
    if (fault.value != nullptr) value = parsed(fault.value);
    const auto manifest = parse(edited(valid_manifest(), fault.place, value));
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.status(), Status::misconfigured);
    EXPECT_EQ(manifest.error().leg, "manifest");
    std::string beginning = "/etc/mcp-auth/plugins.d/acme.json";
    if (fault.at[0] != '\0') beginning.append(" at ").append(fault.at);
    EXPECT_THAT(manifest.error().message, StartsWith(beginning + ": "));
    EXPECT_THAT(manifest.error().message, HasSubstr(fault.says));
}
constexpr Fault faults[] = {
    {"NotAnObject", "", "7", "", "expected an object"},
    {"UnknownFormat", "/manifest_version", "2", "/manifest_version", "this version reads 1"},
    {"NoFormat", "/manifest_version", nullptr, "", "\"manifest_version\" is missing"},
    {"UnknownKey", "/libary", "{}", "/libary", "unknown key; did you mean \"library\"?"},
    {"UnknownKeyInside", "/library/sha", "\"\"", "/library/sha", "unknown key"},
    {"NoId", "/id", nullptr, "", "\"id\" is missing"},
    {"EmptyId", "/id", "\"\"", "/id", "expected the plugin's id"},
    {"IdWithASpace", "/id", "\"a b\"", "/id", "expected letters"},
    {"IdThatPaintsTheTerminal", "/id", "\"\\u001b[31m\"", "/id", "expected letters"},
    {"NoVersion", "/version", nullptr, "", "\"version\" is missing"},
    {"NoAbi", "/abi", nullptr, "", "\"abi\" is missing"},
    {"OtherAbiMajor", "/abi/major", "2", "/abi/major", "the plugin is for ABI 2, this host has 1."},
    {"LaterAbiMinor", "/abi/min_minor", "77", "/abi/min_minor", "the plugin needs ABI 1.77"},
    {"NegativeAbi", "/abi/major", "-1", "/abi/major", "expected the major version"},
    {"HugeAbi", "/abi/major", "4294967297", "/abi/major", "expected the major version"},
    {"NoLibrary", "/library", nullptr, "", "\"library\" is missing"},
    {"BareName", "/library/path", "\"libacme.so\"", "/library/path", "a bare name"},
    {"ShortHash", "/library/sha256", "\"abc\"", "/library/sha256", "64 hexadecimal digits"},
    {"HashOfOtherDigits", "/library/sha256",
     "\"zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"", "/library/sha256",
     "64 hexadecimal digits"},
    {"NoRoles", "/roles", "[]", "/roles", "expected an array of the roles"},
    {"RoleTwice", "/roles/1", "\"mcp.auth.token/1\"", "/roles", "expected an array of the roles"},
    {"TwoRolesInOne", "/roles/1", "\"a b\"", "/roles/1", "expected the id of a role"},
    {"RequiresText", "/requires", "\"mcp.auth.oauth/1\"", "/requires", "expected an array"},
};
INSTANTIATE_TEST_SUITE_P(Place, ManifestFault, ::testing::ValuesIn(faults),
                         [](const auto& test) { return test.param.name; });

TEST(ManifestText, ThatIsNotJsonSaysWhere) {
    const auto manifest = parse_manifest("{\"id\": }", "/m.json");
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.status(), Status::misconfigured);
    EXPECT_THAT(manifest.error().message, StartsWith("/m.json: "));
    EXPECT_THAT(manifest.error().message, HasSubstr("7"));
}

TEST(ManifestText, WithADuplicateKeyIsRefused) {
    std::string text = valid_manifest().dump();
    text.insert(1, R"("id": "other",)");
    const auto manifest = parse_manifest(text, "/m.json");
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.status(), Status::misconfigured);
    EXPECT_THAT(manifest.error().message, HasSubstr("column"));
}

TEST(ManifestText, MayHave64KiBAndNoMore) {
    std::string text = valid_manifest().dump();
    text.append(64 * 1024 - text.size(), ' ');
    EXPECT_TRUE(parse_manifest(text, "/m.json"));
    const auto manifest = parse_manifest(text + " ", "/m.json");
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.status(), Status::misconfigured);
}

TEST(ManifestText, ThatIsTooDeepIsRefused) {
    EXPECT_FALSE(parse_manifest(std::string(10'000, '['), "/m.json"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
