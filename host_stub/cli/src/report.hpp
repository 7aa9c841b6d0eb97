// An error for a person: what failed, where, why, and what to do.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/mcp/answer.hpp>
#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::cli {

// The MCP server answered with a JSON-RPC error or a tool error (design.md "The ABI", statuses).
inline constexpr int exit_mcp_error = 11;

int exit_code(Status status) noexcept;
int exit_code(const mcp::Failure& failure) noexcept;

// "mcp-auth: exchange: denied: ..." and, indented below, the peer's own words, when to try again
// and what to do. Ends with a line feed.
std::string account_of(const Error& error, const Terminal& terminal);
// The same without "mcp-auth: ".
std::string explanation_of(const Error& error, const Terminal& terminal);
// What to do about an error of its kind; empty when its message says it.
std::string_view advice_for(const Error& error);
// The MCP server's own error, where it is one.
std::string account_of(const mcp::Failure& failure, const Terminal& terminal);

}  // namespace mcp_auth::cli
