// mcp_auth/detail/utf8.hpp - well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing
// above U+10FFFF. Two readers that disagree on a byte sequence are how a check is passed by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mcp_auth::detail {

// What stands for itself in a string of JSON (RFC 8259 7), ASCII alone.
struct JsonPlain {
    bool plain[256] = {};
    constexpr JsonPlain() {
        for (int c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
    }
    constexpr bool operator[](unsigned char c) const { return plain[c]; }
};
inline constexpr JsonPlain json_plain{};

// How many bytes at the start of `text` are plain. Eight at a time: in a word of plain bytes no
// high bit is set, nor becomes set when each is measured against what is not plain; a byte that
// is not may make those above it look so too, which is as well, since it ends the word.
inline std::size_t json_plain_length(std::string_view text) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    std::size_t length = 0;
    for (; text.size() - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + length, sizeof word);
        const std::uint64_t quote = (word ^ (ones * '"')) - ones;
        const std::uint64_t backslash = (word ^ (ones * '\\')) - ones;
        const std::uint64_t control = word - ones * 0x20;
        if (((quote | backslash | control | word) & high) != 0) break;
    }
    while (length < text.size() && json_plain[static_cast<unsigned char>(text[length])]) ++length;
    return length;
}

// The length of the well-formed sequence at the start of `text`; 0 if there is none.
inline std::size_t utf8_length(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;  // what the second byte may be
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;   // below: overlong
        if (first == 0xED) high = 0x9F;  // above: a surrogate
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;   // below: overlong
        if (first == 0xF4) high = 0x8F;  // above: past U+10FFFF
    } else {
        return 0;
    }
    if (text.size() < length || byte(1) < low || byte(1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    return length;
}

// `code` is a Unicode scalar value.
inline void utf8_append(std::string& text, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

}  // namespace mcp_auth::detail
