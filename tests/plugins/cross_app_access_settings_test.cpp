// Settings that are refused, services that are missing, and what the descriptor says.
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::HasSubstr;

using CrossAppAccessInstance = World;

TEST_F(CrossAppAccessInstance, SaysWhatTheManifestSays) {
    EXPECT_EQ(plugin().id(), "cross-app-access");
    EXPECT_EQ(plugin().roles(), "mcp.auth.token/1 mcp.auth.assertion/1");
}

class CrossAppAccessMissingService : public World,
                                     public ::testing::WithParamInterface<const char*> {};

TEST_P(CrossAppAccessMissingService, IsMisconfigured) {
    host.remove(GetParam());
    const auto& created = plugin().created();
    ASSERT_EQ(created.status(), Status::misconfigured);
    EXPECT_THAT(created.error().message, HasSubstr(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Services, CrossAppAccessMissingService,
                         ::testing::Values(MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT),
                         [](const auto& test) { return test.index == 0 ? "OAuth" : "Subject"; });

TEST_F(CrossAppAccessInstance, NeedsNoSubjectServiceWhenAnotherProviderMakesTheIdJag) {
    set_settings(R"({"assertion_provider":"vendor"})");
    host.remove(MCP_AUTH_SERVICE_SUBJECT);
    EXPECT_TRUE(plugin().created());
}

TEST_F(CrossAppAccessInstance, NeedsThePeerServiceThen) {
    set_settings(R"({"assertion_provider":"vendor"})");
    host.remove(MCP_AUTH_SERVICE_PEER);
    EXPECT_EQ(plugin().created().status(), Status::misconfigured);
}

class CrossAppAccessSetting : public World, public ::testing::WithParamInterface<Change> {};

TEST_P(CrossAppAccessSetting, IsRefusedByItsName) {
    set_settings(GetParam().in(json::Value::object()).dump());
    const auto& created = plugin().created();
    ASSERT_EQ(created.status(), Status::misconfigured);
    EXPECT_EQ(created.error().leg, "settings");
    EXPECT_THAT(created.error().message, HasSubstr("settings/" + GetParam().member));
}

INSTANTIATE_TEST_SUITE_P(
    WithAWrongValue, CrossAppAccessSetting,
    ::testing::Values(Change{"SubjectTypesEmpty", "accepted_subject_types", "[]"},
                      Change{"SubjectTypesNotAnArray", "accepted_subject_types", R"("id_token")"},
                      Change{"SubjectTypeUnknown", "accepted_subject_types", R"(["jwt"])"},
                      Change{"SubjectTypeTwice", "accepted_subject_types", R"(["saml2","saml2"])"},
                      Change{"ProviderEmpty", "assertion_provider", R"("")"},
                      Change{"ProviderNotAString", "assertion_provider", "{}"},
                      Change{"AudienceNotAString", "audience", "1"},
                      Change{"ExpectedAudienceEmpty", "expected_audience", R"("")"},
                      Change{"MissingTokenTypeNotABoolean", "allow_missing_token_type", R"("yes")"},
                      Change{"SkipNotABoolean", "skip_encrypted_id_jag_checks", "1"},
                      Change{"LeewayNegative", "clock_leeway", "-1"},
                      Change{"LeewayTooLarge", "clock_leeway", "301"},
                      Change{"LeewayNotWhole", "clock_leeway", "1.5"}),
    name_of);

TEST_F(CrossAppAccessInstance, IgnoresSettingsOfSomebodyElse) {
    set_settings(R"({"x-comment":"ours"})");
    EXPECT_TRUE(plugin().created());
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
