// The credentials that the MCP server was shown, to recognise them in what it says (protocol.md
// L4).
#pragma once

#include <mcp_auth/host/http.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::mcp {

// The latest few: a client may live longer than its tokens.
class ShownCredentials {
public:
    ShownCredentials() = default;
    ~ShownCredentials();  // wipes them
    ShownCredentials(const ShownCredentials&) = delete;
    ShownCredentials& operator=(const ShownCredentials&) = delete;

    void add(const Headers& authorization);
    bool repeated_in(std::string_view text) const noexcept;

private:
    std::vector<std::string> all_;
};

}  // namespace mcp_auth::mcp
