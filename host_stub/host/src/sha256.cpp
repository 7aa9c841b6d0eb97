#include "sha256.hpp"

#include <openssl/sha.h>

namespace mcp_auth::host {

std::string lower_hex(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::string lower_hex(std::string_view digits) {
    std::string text(digits);
    for (char& c : text)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string sha256_hex(std::string_view text) {
    const std::string digest = sha256(text);
    return lower_hex(reinterpret_cast<const unsigned char*>(digest.data()), digest.size());
}

std::string sha256(std::string_view text) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

}  // namespace mcp_auth::host
