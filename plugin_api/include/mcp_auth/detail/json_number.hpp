// mcp_auth/detail/json_number.hpp - the number grammar of RFC 8259 6, and exact integers from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::detail {

// The length of the JSON number at the start of `text`; 0 if there is none.
inline std::size_t json_number_length(std::string_view text) noexcept {
    std::size_t at = 0;
    const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    const auto digits = [&] {
        const std::size_t from = at;
        while (digit()) ++at;
        return at > from;
    };
    if (at < text.size() && text[at] == '-') ++at;
    if (at < text.size() && text[at] == '0') {
        ++at;
        if (digit()) return 0;  // 01: octal to some readers
    } else if (!digits()) {
        return 0;
    }
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (!digits()) return 0;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (!digits()) return 0;
    }
    return at;
}

// `number` is a JSON number. Its value if it is a whole number of 64 bits, however it is spelt.
inline std::optional<std::int64_t> json_integer(std::string_view number) {
    const bool negative = !number.empty() && number.front() == '-';
    if (negative) number.remove_prefix(1);

    const std::size_t exponent_at = number.find_first_of("eE");
    const std::string_view mantissa = number.substr(0, exponent_at);
    const std::size_t point = mantissa.find('.');
    std::string digits(mantissa.substr(0, point));
    std::int64_t scale = 0;  // the value is digits * 10^scale
    if (point != std::string_view::npos) {
        digits += mantissa.substr(point + 1);
        scale -= static_cast<std::int64_t>(mantissa.size() - point - 1);
    }
    const std::size_t last = digits.find_last_not_of('0');
    if (last == std::string::npos) return 0;
    scale += static_cast<std::int64_t>(digits.size() - last - 1);
    digits.erase(last + 1);
    digits.erase(0, digits.find_first_not_of('0'));

    if (exponent_at != std::string_view::npos) {
        std::string_view exponent = number.substr(exponent_at + 1);
        const bool down = exponent.front() == '-';
        if (down || exponent.front() == '+') exponent.remove_prefix(1);
        std::int64_t size = 0;
        for (const char c : exponent)  // capped: far beyond 64 bits either way
            size = size > 1'000'000'000 ? size : size * 10 + (c - '0');
        scale += down ? -size : size;
    }
    if (scale < 0 || scale > 19) return std::nullopt;
    digits.append(static_cast<std::size_t>(scale), '0');
    if (digits.size() > 19) return std::nullopt;  // 2^63 has 19 digits

    std::uint64_t value = 0;
    for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    const auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value <= max)
        return negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
    if (negative && value == max + 1) return std::numeric_limits<std::int64_t>::min();
    return std::nullopt;
}

}  // namespace mcp_auth::detail
