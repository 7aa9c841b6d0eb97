// MCP 2026-07-28, "Custom Headers from Tool Parameters": arguments that a tool's schema annotates
// with x-mcp-header are mirrored into Mcp-Param-* headers.
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <string>
#include <vector>

namespace mcp_auth::mcp {

struct MirroredArgument {
    std::vector<std::string> path;  // of "properties" keys, from the root of the arguments
    std::string header;             // "Mcp-Param-Region"
};

// Errors: protocol. The tool's definition breaks the rules and must not be offered.
Result<std::vector<MirroredArgument>> mirrored_arguments(const json::Value& input_schema);

// An argument that is absent or null has no header. Errors: invalid_argument (a value that no
// header can mirror: a fraction, an integer beyond 2^53-1, an array, an object).
Result<Headers> argument_headers(const std::vector<MirroredArgument>& mirrored,
                                 const json::Value& arguments);

}  // namespace mcp_auth::mcp
