// The settings schema says the same as the provider that reads them: the host checks by the one,
// and an administrator meets its words first.
#include "json_schema.hpp"
#include "settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::HasSubstr;

struct Example {
    const char* name;
    const char* settings;
    const char* pointer;  // of the fault; empty: it is valid
};
void PrintTo(const Example& example, std::ostream* out) {
    *out << example.name;
}

class CrossAppAccessSettingsSchema : public ::testing::TestWithParam<Example> {
protected:
    static host::JsonSchema schema() {
        std::ifstream file(SETTINGS_SCHEMA);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        return *host::JsonSchema::parse(text, "settings schema");
    }
};

TEST_P(CrossAppAccessSettingsSchema, AgreesWithTheProvider) {
    const auto settings = json::parse(GetParam().settings);
    ASSERT_TRUE(settings);
    const bool valid = std::string_view(GetParam().pointer).empty();

    const auto checked = schema().check(*settings, "settings", "/settings");

    ASSERT_EQ(checked.ok(), valid);
    EXPECT_EQ(Settings::read(*settings).ok(), valid);
    if (valid) return;
    EXPECT_EQ(checked.error().status, Status::misconfigured);
    EXPECT_THAT(checked.error().message, HasSubstr(GetParam().pointer));
}

INSTANTIATE_TEST_SUITE_P(
    Examples, CrossAppAccessSettingsSchema,
    ::testing::Values(
        Example{"Nothing", "{}", ""},
        Example{"Everything", R"({"accepted_subject_types":["refresh_token","saml2","id_token"],
            "assertion_provider":"vendor","audience":"urn:a","expected_audience":"urn:b",
            "allow_missing_token_type":true,"skip_encrypted_id_jag_checks":true,
            "clock_leeway":300})",
                ""},
        Example{"SomebodyElsesKey", R"({"x-comment":{"any":"thing"}})", ""},
        Example{"NoSubjectType", R"({"accepted_subject_types":[]})",
                "/settings/accepted_subject_types"},
        Example{"UnknownSubjectType", R"({"accepted_subject_types":["jwt"]})",
                "/settings/accepted_subject_types/0"},
        Example{"SubjectTypeTwice", R"({"accepted_subject_types":["saml2","saml2"]})",
                "/settings/accepted_subject_types"},
        Example{"EmptyProvider", R"({"assertion_provider":""})", "/settings/assertion_provider"},
        Example{"AudienceOfNumbers", R"({"audience":1})", "/settings/audience"},
        Example{"EmptyExpectedAudience", R"({"expected_audience":""})",
                "/settings/expected_audience"},
        Example{"TextForABoolean", R"({"allow_missing_token_type":"true"})",
                "/settings/allow_missing_token_type"},
        Example{"NumberForABoolean", R"({"skip_encrypted_id_jag_checks":1})",
                "/settings/skip_encrypted_id_jag_checks"},
        Example{"LeewayTooLarge", R"({"clock_leeway":301})", "/settings/clock_leeway"},
        Example{"LeewayNegative", R"({"clock_leeway":-1})", "/settings/clock_leeway"},
        Example{"LeewayNotWhole", R"({"clock_leeway":0.5})", "/settings/clock_leeway"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(CrossAppAccessSettingsSchema, RefusesAKeyThatItDoesNotKnow) {
    const auto settings = json::parse(R"({"expected_audiance":"urn:a"})");
    const auto checked = schema().check(*settings, "settings", "/settings");
    ASSERT_EQ(checked.status(), Status::misconfigured);
    EXPECT_THAT(checked.error().message, HasSubstr("expected_audiance"));
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
