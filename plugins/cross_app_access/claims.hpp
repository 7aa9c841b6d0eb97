// Reading the claims of a JWT, and showing in a message those that are no secret (L4).
#pragma once

#include <mcp_auth/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::cross_app_access {

// A NumericDate (RFC 7519 2): Unix seconds, a fraction cut off. Nothing for anything else.
std::optional<std::int64_t> numeric_date(const json::Value* claim);

// A peer's text for a message: quoted, printable ASCII, or only described. What is long or looks
// like a JWT is not shown at all, because a part of a token is too much (L4). Give it names
// (iss, aud, client_id, typ, alg, a token type), never jti or a token.
std::string shown(std::string_view text);
// Likewise; "absent", "a number", "an array" where it is not a string.
std::string shown(const json::Value* value);

}  // namespace mcp_auth::cross_app_access
