#include "settings.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/settings.hpp>

namespace mcp_auth::cross_app_access {

Result<Settings> Settings::read(const json::Value& settings) {
    constexpr std::int64_t largest_leeway = 300;  // as long as an ID-JAG lives: more is no check
    Settings read;
    read.accepted_subject_types = {MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_SAML2,
                                   MCP_AUTH_TYPE_REFRESH_TOKEN};
    plugin::SettingsReader reader(settings);
    reader.names("accepted_subject_types",
                 {{"id_token", MCP_AUTH_TYPE_ID_TOKEN},
                  {"saml2", MCP_AUTH_TYPE_SAML2},
                  {"refresh_token", MCP_AUTH_TYPE_REFRESH_TOKEN}},
                 read.accepted_subject_types);
    reader.text("assertion_provider", read.assertion_provider);
    reader.text("audience", read.audience);
    reader.text("expected_audience", read.expected_audience);
    reader.flag("allow_missing_token_type", read.allow_missing_token_type);
    reader.flag("skip_encrypted_id_jag_checks", read.skip_encrypted_id_jag_checks);
    reader.seconds("clock_leeway", read.clock_leeway, 0, largest_leeway);
    if (!reader.outcome()) return reader.outcome().error();
    return read;
}

plugin::IdJagRules Settings::id_jag_rules() const {
    return {expected_audience.empty() ? audience : expected_audience, clock_leeway,
            skip_encrypted_id_jag_checks, "expected_audience", "skip_encrypted_id_jag_checks"};
}

}  // namespace mcp_auth::cross_app_access
