// A document of the administrator's that decides what may run.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// Reads `path` as open_trusted does and checks it against `schema` (draft-07, as text).
// Errors: misconfigured, leg "manifest"; the message names file, pointer and what was expected.
Result<json::Value> read_trusted_json(const std::string& path, std::size_t max_bytes,
                                      std::string_view schema);

}  // namespace mcp_auth::host
