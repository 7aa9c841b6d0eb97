#include "settings.hpp"

#include <mcp_auth/abi.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

constexpr std::int64_t largest_leeway = 300;  // as long as an ID-JAG should live: more is no check

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> subject_types{{
    {"id_token", MCP_AUTH_TYPE_ID_TOKEN},
    {"saml2", MCP_AUTH_TYPE_SAML2},
    {"refresh_token", MCP_AUTH_TYPE_REFRESH_TOKEN},
}};

Error fault(std::string_view key, std::string_view expected) {
    return {Status::misconfigured, "settings",
            "settings/" + std::string(key) + " must be " + std::string(expected)};
}

Result<void> read_text(const json::Value& settings, const char* key, std::string& into) {
    const json::Value* value = settings.find(key);
    if (!value) return {};
    const std::string* text = value->as_string();
    if (!text || text->empty()) return fault(key, "a text that is not empty");
    into = *text;
    return {};
}

Result<void> read_flag(const json::Value& settings, const char* key, bool& into) {
    const json::Value* value = settings.find(key);
    if (!value) return {};
    const auto flag = value->as_bool();
    if (!flag) return fault(key, "true or false");
    into = *flag;
    return {};
}

Result<void> read_leeway(const json::Value& settings, std::int64_t& into) {
    const json::Value* value = settings.find("clock_leeway");
    if (!value) return {};
    const auto seconds = value->as_integer();
    if (!seconds || *seconds < 0 || *seconds > largest_leeway)
        return fault("clock_leeway", "a whole number of seconds from 0 to 300");
    into = *seconds;
    return {};
}

Result<void> read_subject_types(const json::Value& settings, std::vector<std::string>& into) {
    constexpr std::string_view expected =
        "an array of \"id_token\", \"saml2\", \"refresh_token\", each at most once, best first";
    if (!settings.find("accepted_subject_types")) {
        for (const auto& [name, urn] : subject_types) into.emplace_back(urn);
        return {};
    }
    const auto names = settings.strings("accepted_subject_types");
    if (!names || names->empty()) return fault("accepted_subject_types", expected);
    for (const auto& name : *names) {
        const auto known = std::find_if(subject_types.begin(), subject_types.end(),
                                        [&](const auto& type) { return type.first == name; });
        if (known == subject_types.end() ||
            std::find(into.begin(), into.end(), known->second) != into.end())
            return fault("accepted_subject_types", expected);
        into.emplace_back(known->second);
    }
    return {};
}

}  // namespace

Result<Settings> Settings::read(const json::Value& settings) {
    Settings read;
    for (const auto& outcome :
         {read_subject_types(settings, read.accepted_subject_types),
          read_text(settings, "assertion_provider", read.assertion_provider),
          read_text(settings, "audience", read.audience),
          read_text(settings, "expected_audience", read.expected_audience),
          read_flag(settings, "allow_missing_token_type", read.allow_missing_token_type),
          read_flag(settings, "skip_encrypted_id_jag_checks", read.skip_encrypted_id_jag_checks),
          read_leeway(settings, read.clock_leeway)}) {
        if (!outcome) return outcome.error();
    }
    return read;
}

std::string Settings::audience_for(std::string_view issuer) const {
    return audience.empty() ? std::string(issuer) : audience;
}

std::string Settings::expected_audience_for(std::string_view issuer) const {
    return expected_audience.empty() ? audience_for(issuer) : expected_audience;
}

}  // namespace mcp_auth::cross_app_access
