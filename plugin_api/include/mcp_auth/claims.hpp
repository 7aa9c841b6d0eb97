// mcp_auth/claims.hpp - reading the claims of a JWT, and showing in a message those that are no
// secret.
//
//     const auto exp = plugin::numeric_date(jws->payload.find("exp"));
//     if (!exp) return Error(Status::protocol, "id_jag",
//                            "exp must be a time and is " + plugin::shown(payload.find("exp")));
//
// Nothing throws but std::bad_alloc. RFC 7519; protocol.md L4.
#pragma once

#include <mcp_auth/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::plugin {

// A NumericDate (RFC 7519 2): Unix seconds, a fraction cut off. Nothing for anything else, and for
// a number so large that a double no longer counts seconds (2^53).
inline std::optional<std::int64_t> numeric_date(const json::Value* claim) {
    if (!claim || !claim->is_number()) return std::nullopt;
    constexpr std::int64_t limit = std::int64_t{1} << 53;
    if (const auto whole = claim->as_integer()) {
        if (*whole > limit || *whole < -limit) return std::nullopt;
        return whole;
    }
    const auto seconds = claim->as_double();
    if (!seconds || !std::isfinite(*seconds) || std::abs(*seconds) > static_cast<double>(limit))
        return std::nullopt;
    return static_cast<std::int64_t>(std::floor(*seconds));
}

// A peer's text for a message: quoted, printable ASCII, or only described. What is long or looks
// like a JWT is not shown at all, because a part of a token is too much (L4). Give it names
// (iss, aud, client_id, typ, alg, a token type, a scope), never jti, sub or a token.
inline std::string shown(std::string_view text) {
    constexpr std::size_t longest = 200;
    if (text.size() > longest) return "a text too long to show";
    // The base64url of `{"`, with which every JWT begins.
    if (text.find("eyJ") != std::string_view::npos) return "a text that may hold a token";
    std::string quoted = "\"";
    for (const char c : text) quoted += c >= ' ' && c <= '~' ? c : '?';
    return quoted + '"';
}

// Likewise; "absent", "a number", "an array of 2" where it is not a string.
inline std::string shown(const json::Value* value) {
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

}  // namespace mcp_auth::plugin
