// Reading application/x-www-form-urlencoded text from a peer: a query that a browser brings.
#pragma once

#include <mcp_auth/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// Decoded names and values. A name that comes twice has no value that two readers would agree on
// (RFC 6749 3.1), and is refused; so are a broken escape, a NUL, and more than 64 parameters.
// Errors: protocol; the message names no value.
using QueryParameters = std::map<std::string, std::string, std::less<>>;
Result<QueryParameters> parse_query(std::string_view query);
void wipe_values(QueryParameters& parameters) noexcept;  // the values: a code, a state (L5)

// One name or value. Nothing: a broken escape, or a NUL.
std::optional<std::string> form_decoded(std::string_view text);

}  // namespace mcp_auth::host
