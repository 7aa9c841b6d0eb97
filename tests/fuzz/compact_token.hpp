// A token as a fuzzer can work on it: header, payload and signature on three lines, which are put
// into base64url here. One line is a token as it is. What follows the third line is nobody's.
#pragma once

#include <mcp_auth/jws.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::fuzz {

struct TokenParts {
    std::string header, payload, signature;
    bool in_lines = false;

    std::string signing_input() const {
        return base64url_encode(header) + '.' + base64url_encode(payload);
    }
};

inline TokenParts parts_of(std::string_view bytes) {
    const auto take_line = [&] {
        const auto end = bytes.find('\n');
        std::string line(bytes.substr(0, end));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        return line;
    };
    TokenParts parts;
    parts.in_lines = bytes.find('\n') != std::string_view::npos;
    if (!parts.in_lines) return parts;
    parts.header = take_line();
    parts.payload = take_line();
    parts.signature = take_line();
    return parts;
}

inline std::string compact(std::string_view bytes) {
    const TokenParts parts = parts_of(bytes);
    if (!parts.in_lines) return std::string(bytes);
    return parts.signing_input() + '.' + base64url_encode(parts.signature);
}

}  // namespace mcp_auth::fuzz
