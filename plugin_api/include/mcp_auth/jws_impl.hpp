// The inline half of jws.hpp; include that.
#pragma once

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <cstdint>

namespace mcp_auth {

namespace detail {
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
struct Base64urlValues {
    unsigned char of[256] = {};
    constexpr Base64urlValues() {
        for (auto& value : of) value = 255;
        for (unsigned i = 0; i < 64; ++i)
            of[static_cast<unsigned char>(base64url_alphabet[i])] = static_cast<unsigned char>(i);
    }
};
inline constexpr Base64urlValues base64url_values{};
constexpr std::size_t jwt_limit = 16 * 1024;  // L3
}  // namespace detail

inline std::string base64url_encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : bytes) {
        pending = (pending << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
        for (bits += 8; bits >= 6; bits -= 6)
            text.push_back(detail::base64url_alphabet[pending >> (bits - 6) & 63]);
    }
    if (bits > 0) text.push_back(detail::base64url_alphabet[pending << (6 - bits) & 63]);
    return text;
}

namespace detail {
// `out` has room for three bytes for each four characters. False: it may hold what came before the
// fault.
inline bool base64url_into(std::string_view text, char* out) noexcept {
    const auto value = [&](std::size_t at) -> std::uint32_t {  // 255: no character of ours
        return base64url_values.of[static_cast<unsigned char>(text[at])];
    };
    std::size_t at = 0;
    for (; text.size() - at >= 4; at += 4) {
        const std::uint32_t a = value(at), b = value(at + 1), c = value(at + 2), d = value(at + 3);
        if ((a | b | c | d) > 63) return false;
        *out++ = static_cast<char>((a << 2 | b >> 4) & 0xFF);
        *out++ = static_cast<char>((b << 4 | c >> 2) & 0xFF);
        *out++ = static_cast<char>((c << 6 | d) & 0xFF);
    }
    if (at == text.size()) return true;
    // Two or three are left. Bits that no byte has make a second spelling.
    const bool three = text.size() - at == 3;
    const std::uint32_t a = value(at), b = value(at + 1), c = three ? value(at + 2) : 0;
    if ((a | b | c) > 63 || (three ? c & 3 : b & 15) != 0) return false;
    *out++ = static_cast<char>((a << 2 | b >> 4) & 0xFF);
    if (three) *out++ = static_cast<char>((b << 4 | c >> 2) & 0xFF);
    return true;
}
}  // namespace detail

inline std::optional<std::string> base64url_decode(std::string_view text) {
    std::optional<std::string> bytes;  // made where the caller has it: a move may leave a copy
    if (text.size() % 4 == 1) return bytes;
    bytes.emplace(text.size() * 3 / 4, '\0');
    if (!detail::base64url_into(text, bytes->data())) {
        wipe(*bytes);  // it may be a secret with one wrong character
        bytes.reset();
    }
    return bytes;
}

inline bool Jws::is_jwe(std::string_view compact) noexcept {
    return std::count(compact.begin(), compact.end(), '.') == 4;
}

inline Result<Jws> Jws::decode(std::string_view compact) {
    const auto fault = [](std::string message) {
        return Error(Status::protocol, "", std::move(message));
    };
    if (compact.size() > detail::jwt_limit)
        return fault("JWT: longer than " + std::to_string(detail::jwt_limit) + " bytes");
    if (is_jwe(compact)) return fault("JWT: encrypted (a JWE of five parts), so it cannot be read");
    const std::size_t first = compact.find('.');
    const std::size_t last = compact.rfind('.');
    if (std::count(compact.begin(), compact.end(), '.') != 2)
        return fault("JWT: not three parts separated by dots");

    const auto object = [&](std::string_view part, const std::string& name) -> Result<json::Value> {
        auto decoded = base64url_decode(part);
        if (!decoded) return fault("JWT: the " + name + " is not base64url");
        const Secret text(*std::move(decoded));
        auto value = json::parse(text.reveal(), json::Limits{detail::jwt_limit, 32});
        if (!value) return fault("JWT: the " + name + ": " + value.error().message);
        if (!value->is_object()) return fault("JWT: the " + name + " is not a JSON object");
        return value;
    };
    auto header = object(compact.substr(0, first), "header");
    if (!header) return header.error();
    auto payload = object(compact.substr(first + 1, last - first - 1), "payload");
    if (!payload) return payload.error();
    auto decoded = base64url_decode(compact.substr(last + 1));
    if (!decoded) return fault("JWT: the signature is not base64url");
    Secret signature(*std::move(decoded));
    if (signature.empty() != (header->string("alg") == "none"))
        return fault("JWT: a signature is missing, or there is one with alg none");
    return Jws{*std::move(header), *std::move(payload), std::move(signature),
               Secret(compact.substr(0, last))};
}

}  // namespace mcp_auth
