#include "terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace mcp_auth::cli {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;  // 0: no UTF-8 here
};

Character next_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    char32_t code = lead & (0x7Fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    const char32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, bytes};
}

bool is_harmful(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) ||  // C0, DEL, C1
           (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        const Character character = next_character(text);
        if (character.bytes == 0) {
            safe += replacement;
            text.remove_prefix(1);
            continue;
        }
        if (lines && character.code == '\n')
            safe += '\n';
        else if (is_harmful(character.code))
            safe += ' ';
        else
            safe += text.substr(0, character.bytes);
        text.remove_prefix(character.bytes);
    }
    return safe;
}

std::string padded(std::string_view text, std::size_t width) {
    std::size_t columns = 0;
    for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    std::string result(text);
    if (columns < width) result.append(width - columns, ' ');
    return result;
}

Terminal::Terminal(int descriptor)
    : descriptor_(descriptor), is_terminal_(::isatty(descriptor) == 1), colour_(is_terminal_) {
    // Read once, before any thread starts.
    const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
    const char* kind = std::getenv("TERM");           // NOLINT(concurrency-mt-unsafe)
    if ((no_colour && *no_colour) || !kind || std::strcmp(kind, "dumb") == 0) colour_ = false;
}

std::string Terminal::styled(std::string_view code, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

Result<void> Terminal::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor_, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            return Error(Status::unavailable, "output",
                         "cannot write: " + std::generic_category().message(errno));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace mcp_auth::cli
