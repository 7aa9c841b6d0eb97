// Scopes as sets: one string, space separated, compared token by token (RFC 6749 3.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::cross_app_access {

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

}  // namespace mcp_auth::cross_app_access
