// Private keys as PEM, written by hand (X.690, RFC 5915, RFC 5958, RFC 8017), so that one can be as
// no tool writes it: without its public half, with its leading zeros stripped, with wrong numbers.
#pragma once

#include <mcp_auth/jws.hpp>

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mcp_auth::testing {

inline std::string der(char tag, std::string_view contents) {
    const auto size = contents.size();
    std::string out(1, tag);
    if (size >= 0x100) out.append("\x82").append(1, static_cast<char>(size >> 8U));
    if (size >= 0x80 && size < 0x100) out += "\x81";
    out += static_cast<char>(size & 0xffU);
    return out.append(contents);
}

// A positive INTEGER, of big-endian bytes.
inline std::string der_integer(std::string_view bytes) {
    while (bytes.size() > 1 && bytes.front() == '\0') bytes.remove_prefix(1);
    const bool high = !bytes.empty() && (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0;
    return der(0x02, (high || bytes.empty() ? std::string(1, '\0') : "") + std::string(bytes));
}

inline std::string der_sequence(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const auto part : parts) all.append(part);
    return der(0x30, all);
}

inline constexpr std::string_view oid_of_rsa("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
inline constexpr std::string_view oid_of_ec("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", 9);
inline constexpr std::string_view oid_of_p256("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
inline constexpr std::string_view oid_of_ed25519("\x06\x03\x2b\x65\x70", 5);

// On P-256. `point`: none where it is empty.
inline std::string sec1_der(std::string_view d, std::string_view point = {}) {
    const std::string bits = std::string(1, '\0') + std::string(point);
    return der_sequence({der_integer("\1"), der(0x04, d), der('\xa0', oid_of_p256),
                         point.empty() ? "" : der('\xa1', der(0x03, bits))});
}
// n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p.
using RsaOctets = std::array<std::string, 8>;
inline std::string pkcs1_der(const RsaOctets& numbers) {
    std::string all = der_integer(std::string(1, '\0'));
    for (const auto& number : numbers) all += der_integer(number);
    return der(0x30, all);
}
// `version`: '\1' is that of RFC 5958, which has the public key at the end.
inline std::string pkcs8_der(std::string_view algorithm, std::string_view key, char version = '\0',
                             std::string_view public_key = {}) {
    const std::string bits = std::string(1, '\0') + std::string(public_key);
    return der_sequence({der_integer(std::string(1, version)), der(0x30, algorithm), der(0x04, key),
                         public_key.empty() ? "" : der('\x81', bits)});
}

inline std::string pem(const std::string& label, std::string_view der) {
    std::string base64 = base64url_encode(der);
    for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
    base64.append((4 - base64.size() % 4) % 4, '=');
    for (std::size_t at = 64; at < base64.size(); at += 65) base64.insert(at, "\n");
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
}

}  // namespace mcp_auth::testing
