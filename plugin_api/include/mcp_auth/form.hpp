// mcp_auth/form.hpp - application/x-www-form-urlencoded, the one encoder of kit and host.
//
//     auto url = url_with_query(authorization_endpoint, {{"response_type", "code"}, ...});
//
// Fields of a token request need none of it: the host encodes them. Nothing throws but
// std::bad_alloc. RFC 6749 appendix B.
#pragma once

#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth {

namespace detail {
// Unreserved (RFC 3986 2.3).
struct FormKept {
    bool kept[256] = {};
    constexpr FormKept() {
        for (int c = 0; c < 128; ++c)
            kept[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '.' || c == '_' || c == '~';
    }
    constexpr bool operator()(char c) const { return kept[static_cast<unsigned char>(c)]; }
};
inline constexpr FormKept form_kept{};
}  // namespace detail

// A space is '+', unreserved characters are kept, any other byte is %XX.
inline std::string form_encode(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const auto kept = [](char c) { return detail::form_kept(c); };
    if (std::all_of(text.begin(), text.end(), kept)) return std::string(text);  // as tokens are
    // Exactly what is needed: a secret that grew by reallocation would leave copies behind (L5).
    std::size_t size = 0;
    for (const char c : text) size += kept(c) || c == ' ' ? 1 : 3;
    std::string out;
    out.reserve(size);
    for (const char c : text) {
        if (kept(c)) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        }
    }
    return out;
}

// `endpoint`, with its own query if it has one (RFC 6749 3.1), and these parameters.
inline std::string url_with_query(
    std::string_view endpoint,
    const std::vector<std::pair<std::string_view, std::string_view>>& parameters) {
    std::size_t size = endpoint.size();
    for (const auto& [name, value] : parameters) size += 3 * (name.size() + value.size()) + 2;
    std::string url;
    url.reserve(size);  // it never grows: a `state` would stay behind (L5)
    url.append(endpoint);
    char separator = endpoint.find('?') == std::string_view::npos ? '?' : '&';
    for (const auto& [name, value] : parameters) {
        const Secret encoded(form_encode(value));
        url.append(1, separator).append(form_encode(name)).append("=").append(encoded.reveal());
        separator = '&';
    }
    return url;
}

}  // namespace mcp_auth
