// The head of an HTTP/1.1 answer (RFC 9112), read strictly: what two readers could understand
// differently is refused, not guessed at (response splitting, smuggling).
#pragma once

#include "io_limit.hpp"
#include "stream.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// RFC 9110 5.6.2, as names of headers and methods are.
constexpr bool is_token_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) noexcept;

struct ResponseHead {
    HttpResponse response;  // no body yet
    bool http_1_0 = false;

    enum class Framing { none, length, chunked, until_close };
    Framing framing = Framing::none;  // of an answer to GET or POST
    std::uint64_t length = 0;
    bool keep_alive = false;
};

// `text` is a whole head without the empty line at its end. Errors: protocol (a malformed status
// line or header, two lengths, a length beside a transfer coding, a coding but "chunked"). The
// message names the fault, never a value.
Result<ResponseHead> parse_head(std::string_view text);

// No control character but the tab (RFC 9110 5.5): what may stand in a line of a message.
bool is_field_text(std::string_view text) noexcept;

// Buffered reading from a Stream. What it buffered is wiped with it (L5).
class HeadReader {
public:
    HeadReader(Stream& stream, IoLimit& limit) : stream_(stream), limit_(limit) {}
    ~HeadReader();
    HeadReader(const HeadReader&) = delete;
    HeadReader& operator=(const HeadReader&) = delete;

    // The next head, interim ones included. Errors: unavailable (closed before a byte), protocol
    // (closed in it, over 32 KiB in all, malformed), and those of the stream.
    Result<ResponseHead> read_head();
    // The first that is not interim (RFC 9110 15.2). Errors: as read_head, and protocol (another
    // protocol, interim ones without end).
    Result<ResponseHead> read_final_head();
    // One line, without its CRLF. Errors: protocol (over `max`, or closed), those of the stream.
    Result<std::string_view> read_line(std::size_t max);
    // 1 to `max` bytes of what follows, valid until the next call; empty at the end.
    Result<std::string_view> read_piece(std::size_t max);

    bool anything_arrived() const noexcept { return anything_arrived_; }
    bool clean_end() const noexcept { return stream_.clean_end(); }
    std::string_view rest() const noexcept {
        return {buffer_.get() + position_, size_ - position_};
    }

private:
    Result<bool> fill();  // false at the end
    Error truncated() const;

    Stream& stream_;
    IoLimit& limit_;
    // Not a string: one that grows or is wiped touches all that it could hold.
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    std::size_t filled_ = 0;  // the most that was ever in it
    std::size_t position_ = 0;
    std::size_t head_bytes_ = 0;  // of all heads so far
    bool anything_arrived_ = false;
};

}  // namespace mcp_auth::host
