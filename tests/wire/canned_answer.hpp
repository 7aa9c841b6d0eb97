// One whole and valid HTTP answer, and the three ways that its end may be said (RFC 9112 6.3).
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::wire {

struct CannedAnswer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};  // but those that frame the body
    std::string body{};

    static CannedAnswer json(std::string body, int status = 200);

    // Status line and headers, `framing` ("Content-Length: 9\r\n") among them, and the empty line.
    std::string head(const std::string& framing) const;
    std::string head() const;
    std::string with_length() const;
    std::string chunked() const;      // in chunks of 64 bytes
    std::string until_close() const;  // its end is that of the connection
};

// Of a whole answer: where its body begins.
std::size_t end_of_head(const std::string& bytes);

}  // namespace mcp_auth::wire
