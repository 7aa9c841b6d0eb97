// mcp_auth/scope.hpp - scopes as sets: one string, space separated, compared token by token
// (RFC 6749 3.3).
//
//     if (!plugin::scope_within(granted, asked)) ...
//
// Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::plugin {

std::vector<std::string_view> scope_tokens(std::string_view scope);

// Whether every token of `part` is in `whole`.
bool scope_within(std::string_view part, std::string_view whole);

// The tokens of `first` that `second` has too, in the order of `first`, each once.
std::string scope_common(std::string_view first, std::string_view second);

// The tokens of `whole` that `part` lacks, in order.
std::string scope_lacking(std::string_view part, std::string_view whole);

// One spelling for each set: sorted, without duplicates. For keys.
std::string scope_canonical(std::string_view scope);

// The `scope` that a WWW-Authenticate value demands (RFC 6750 3): of the first Bearer or DPoP
// challenge that has one. Nothing when none does, or the text is not readable.
std::optional<std::string> challenged_scope(std::string_view challenge);

// What the MCP server demands of a step-up and `granted` lacks, in order. Where it is not empty,
// the next token would be refused like the last: protocol.md I2, denied at once. Empty, too, where
// the request is no step-up.
std::string scope_missing_for_step_up(const TokenRequest& request, std::string_view granted);

// ASCII case alone, as RFC 6749 means for token types and RFC 9110 for schemes.
bool same_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mcp_auth::plugin

#include <mcp_auth/scope_impl.hpp>
