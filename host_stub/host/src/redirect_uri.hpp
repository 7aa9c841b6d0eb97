// A redirect URI on loopback (RFC 8252 7.3): what is registered, and where this host listens.
#pragma once

#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::host {

struct RedirectUri {
    std::string host = "127.0.0.1";  // or "localhost", which some servers want registered
    std::uint16_t port = 0;          // 0: one that the system picks
    std::string path = "/callback";

    // http on a loopback name, with no query and no fragment. Without a port, any may be used
    // (RFC 8252 7.3). Errors: misconfigured.
    static Result<RedirectUri> parse(std::string_view text);

    std::string authority() const { return host + ":" + std::to_string(port); }
    std::string text() const { return "http://" + authority() + path; }
};

}  // namespace mcp_auth::host
