#include "canned_answer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace mcp_auth::wire {

CannedAnswer CannedAnswer::json(std::string body, int status) {
    return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

std::string CannedAnswer::head(const std::string& framing) const {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " As Said\r\n";
    for (const auto& [name, value] : headers) out += name + ": " + value + "\r\n";
    return out + framing + "\r\n";
}

std::string CannedAnswer::head() const {
    return head("Content-Length: " + std::to_string(body.size()) + "\r\n");
}

std::string CannedAnswer::with_length() const {
    return head() + body;
}

std::string CannedAnswer::chunked() const {
    constexpr std::size_t most = 64;
    std::string out = head("Transfer-Encoding: chunked\r\n");
    for (std::size_t at = 0; at < body.size(); at += most) {
        const std::string piece = body.substr(at, most);
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
        out += size.data() + piece + "\r\n";
    }
    return out + "0\r\n\r\n";
}

std::string CannedAnswer::until_close() const {
    return head("") + body;
}

std::size_t end_of_head(const std::string& bytes) {
    return std::min(bytes.find("\r\n\r\n"), bytes.size() - 4) + 4;
}

}  // namespace mcp_auth::wire
