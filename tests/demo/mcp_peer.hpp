// An MCP client of few lines, on either wire.
#pragma once

#include "peer.hpp"

#include <string>

namespace mcp_auth::demo {

// Without Authorization: what every request of both wires carries.
inline HeaderList mcp_headers(const std::string& token, const HeaderList& more) {
    HeaderList headers{{"Content-Type", "application/json"},
                       {"Accept", "application/json, text/event-stream"}};
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    headers.insert(headers.end(), more.begin(), more.end());
    return headers;
}

inline HeaderList without_header(HeaderList headers, const std::string& name) {
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    return headers;
}

inline HeaderList with_header(HeaderList headers, const std::string& name,
                              const std::string& value) {
    headers = without_header(std::move(headers), name);
    headers.emplace_back(name, value);
    return headers;
}

inline std::string tool_call(const std::string& tool, const std::string& arguments = "{}",
                             const std::string& meta = "") {
    return R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":")" + tool +
           R"(","arguments":)" + arguments + meta + "}}";
}

inline constexpr char initialize_body[] =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",
        "capabilities":{},"clientInfo":{"name":"test","version":"1"}}})";

inline int rpc_error_code(const Reply& reply) {
    const auto error = reply.json()->getObject("error");
    return error ? error->getValue<int>("code") : 0;
}

}  // namespace mcp_auth::demo
