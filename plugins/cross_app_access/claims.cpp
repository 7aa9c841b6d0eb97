#include "claims.hpp"

#include <cmath>

namespace mcp_auth::cross_app_access {

std::optional<std::int64_t> numeric_date(const json::Value* claim) {
    if (!claim || !claim->is_number()) return std::nullopt;
    constexpr double limit = 9007199254740992.0;  // beyond 2^53 a double no longer counts seconds
    if (const auto whole = claim->as_integer())
        return *whole > static_cast<std::int64_t>(limit) ||
                       *whole < -static_cast<std::int64_t>(limit)
                   ? std::nullopt
                   : whole;
    const auto seconds = claim->as_double();
    if (!seconds || !std::isfinite(*seconds) || std::abs(*seconds) > limit) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(*seconds));
}

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 200;
    if (text.size() > longest) return "a text too long to show";
    // The base64url of `{"`, with which every JWT begins.
    if (text.find("eyJ") != std::string_view::npos) return "a text that may hold a token";
    std::string quoted = "\"";
    for (const char c : text) quoted += c >= ' ' && c <= '~' ? c : '?';
    return quoted + '"';
}

std::string shown(const json::Value* value) {
    if (!value) return "absent";
    switch (value->type()) {
    case json::Value::Type::null: return "null";
    case json::Value::Type::boolean: return "a boolean";
    case json::Value::Type::number: return "a number";
    case json::Value::Type::string: return shown(*value->as_string());
    case json::Value::Type::array: {
        const auto& items = value->items();
        if (items.size() == 1) return "an array of " + shown(&items.front());
        return "an array of " + std::to_string(items.size());
    }
    case json::Value::Type::object: return "an object";
    }
    return "not readable";
}

}  // namespace mcp_auth::cross_app_access
