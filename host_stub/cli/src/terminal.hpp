// Where a person or a program reads what the command writes: colour for the one, plain text for
// the other, and for both nothing that a peer could do harm with.
#pragma once

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::cli {

// A peer's text made safe to show: control characters, terminal escapes and bidirectional
// overrides become spaces, broken UTF-8 becomes U+FFFD. `lines`: line feeds stay.
std::string printable(std::string_view text, bool lines = false);

// `text` with spaces up to `width` columns (counted in characters).
std::string padded(std::string_view text, std::size_t width);

class Terminal {
public:
    // Colour only on a terminal that is not "dumb", and never with NO_COLOR.
    explicit Terminal(int descriptor);

    bool is_terminal() const noexcept { return is_terminal_; }

    std::string bold(std::string_view text) const { return styled("1", text); }
    std::string dim(std::string_view text) const { return styled("2", text); }
    std::string red(std::string_view text) const { return styled("31", text); }
    std::string green(std::string_view text) const { return styled("32", text); }
    std::string yellow(std::string_view text) const { return styled("33", text); }
    std::string cyan(std::string_view text) const { return styled("36", text); }

    // All of it, in one piece where the system allows. Any thread.
    // Errors: unavailable (a reader that went away, a full disk).
    Result<void> write(std::string_view text) const;

private:
    std::string styled(std::string_view code, std::string_view text) const;

    int descriptor_;
    bool is_terminal_;
    bool colour_;
};

}  // namespace mcp_auth::cli
