// Stands in for the HTTP client of a reader of README.md.
#pragma once

#include <mcp_auth/host.hpp>

#include <string>

struct Response {
    int status = 0;
    mcp_auth::Headers headers;
    std::string body;
};

Response post(const std::string& url, const mcp_auth::Headers& headers, const std::string& body);
