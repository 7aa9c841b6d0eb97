// A peer's words, before a person or a log sees them (protocol.md L4).
#pragma once

#include <mcp_auth/detail/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// Without control characters, so that nobody forges a second log line or drives a terminal, and
// at most `max_bytes` long. Bytes outside of ASCII become '?': a C1 control, an override of the
// writing direction and broken UTF-8 all hide there, and RFC 6749 5.2 allows none of them.
inline std::string untrusted_text(std::string_view text, std::size_t max_bytes = 256) {
    std::string out;
    for (const char c : text) {
        if (out.size() == max_bytes) break;
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            out += '?';
        } else if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        }
    }
    return out;
}

// A plugin's message. It may be in any language, but forges no second line, and is not endless.
inline std::string vendor_text(std::string_view text, std::size_t max_bytes = 1024) {
    std::string out;
    while (!text.empty() && out.size() < max_bytes) {
        const auto byte = static_cast<unsigned char>(text.front());
        const std::size_t length = mcp_auth::detail::utf8_length(text);
        if (length == 0)
            out += '?';
        else if (length > 1 || (byte >= 0x20 && byte != 0x7f))
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace mcp_auth::host
