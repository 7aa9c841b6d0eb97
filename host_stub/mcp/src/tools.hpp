// The two requests about tools, and reading their results.
#pragma once

#include "exchange.hpp"
#include "tool_headers.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::mcp {

// Of the tools seen so far, which of their arguments go into headers (stateless wire).
using Mirrored = std::map<std::string, std::vector<MirroredArgument>, std::less<>>;

Answer<ToolList> list_tools(Endpoint& endpoint, Mirrored& mirrored, const Bounds& bounds);
Answer<ToolResult> call_tool(Endpoint& endpoint, const Mirrored& mirrored, std::string_view tool,
                             const json::Value& arguments, const Bounds& bounds);

}  // namespace mcp_auth::mcp
