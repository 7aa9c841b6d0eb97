// Stands in for an MCP client that exists already: it keeps its headers, and throws what went
// wrong.
#pragma once

#include <mcp_auth/host.hpp>

#include <map>
#include <stdexcept>
#include <string>

class HttpError : public std::runtime_error {
public:
    HttpError(int failed_with, mcp_auth::Headers sent)
        : std::runtime_error("HTTP status " + std::to_string(failed_with)),
          status(failed_with),
          headers(std::move(sent)) {}
    int status;
    mcp_auth::Headers headers;
};

class McpClient {
public:
    explicit McpClient(std::string url) : url_(std::move(url)) {}
    void set_header(const std::string& name, const std::string& value) { headers_[name] = value; }
    void set_auth_token(const std::string& token) {
        set_header("Authorization", "Bearer " + token);
    }
    std::string call_tool(const std::string& tool, const std::string& arguments);

private:
    std::string url_;
    std::map<std::string, std::string> headers_;
};
