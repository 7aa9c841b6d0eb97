// mcp_auth/host/echo.hpp - whether a peer's words repeat a secret that it was shown.
//
//     if (repeats(error.description, token)) error.description = withheld;
//
// Some servers quote the token or the assertion that they refuse. To us that is just their text,
// which redaction by type cannot see; before a person or a log gets it, this is asked.
#pragma once

#include <mcp_auth/host/export.hpp>

#include <string_view>

namespace mcp_auth {

// Whether `text` holds `secret`, or a piece of it that is long enough to be of use (12 bytes).
// What is shorter than 6 bytes is no secret.
MCP_AUTH_HOST_API bool repeats(std::string_view text, std::string_view secret) noexcept;

// Stands in the place of such a text.
inline constexpr std::string_view withheld = "(withheld: it repeats a part of the request)";

}  // namespace mcp_auth
