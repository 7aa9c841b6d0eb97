// mcp_auth/form.hpp - application/x-www-form-urlencoded, for a URL that a plugin writes itself.
//
//     auto url = plugin::url_with_query(authorization_endpoint, {{"response_type", "code"}, ...});
//
// Fields of a token request need none of it: the host encodes them.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::plugin {

// RFC 6749 appendix B: a space is '+', unreserved characters are kept.
inline std::string form_encode(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view kept = "-._~";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || (c >= '0' && c <= '9') || kept.find(c) != std::string_view::npos) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += hex[byte >> 4U];
            out += hex[byte & 0x0fU];
        }
    }
    return out;
}

// `endpoint`, with its own query if it has one (RFC 6749 3.1), and these parameters.
inline std::string url_with_query(std::string_view endpoint, const Fields& fields) {
    std::string url(endpoint);
    char separator = endpoint.find('?') == std::string_view::npos ? '?' : '&';
    for (const auto& [name, value] : fields) {
        url += separator;
        url += form_encode(name);
        url += '=';
        url += form_encode(value);
        separator = '&';
    }
    return url;
}

}  // namespace mcp_auth::plugin
