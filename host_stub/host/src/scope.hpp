// Scopes as sets (RFC 6749 3.3; protocol.md H4, I2).
#pragma once

#include <string>
#include <string_view>

namespace mcp_auth::host {

// Sorted, without repetition, single spaces.
std::string scope_set(std::string_view scope);
std::string scope_union(std::string_view a, std::string_view b);
bool scope_contains(std::string_view whole, std::string_view part);

}  // namespace mcp_auth::host
