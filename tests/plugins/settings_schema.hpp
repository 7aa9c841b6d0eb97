// What a plugin's settings schema says of settings, as the host would ask it before the plugin.
#pragma once

#include "json_schema.hpp"

#include <mcp_auth/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace mcp_auth::testing {

inline bool schema_allows(const std::string& schema_file, const std::string& settings) {
    std::ifstream file(schema_file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto schema = host::JsonSchema::parse(text, schema_file);
    const auto parsed = json::parse(settings);
    return schema && parsed && schema->check(*parsed, "settings", "/settings");
}

}  // namespace mcp_auth::testing
