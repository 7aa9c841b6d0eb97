#include "http_head.hpp"

#include "ascii_case.hpp"

#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_head_bytes = 32 * 1024;  // L3
constexpr std::size_t buffer_bytes = 16 * 1024;
constexpr int most_interim_answers = 16;

Error broken(std::string message) {
    return {Status::protocol, "", "the answer is not HTTP/1.1: " + std::move(message)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view take_line(std::string_view& text) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

// "HTTP/1.1 200 OK"; the reason and the space before it may be missing.
Result<void> parse_status_line(std::string_view line, ResponseHead& head) {
    const bool version = line.substr(0, 7) == "HTTP/1." && line.size() >= 12 &&
                         (line[7] == '0' || line[7] == '1') && line[8] == ' ';
    if (!version) return broken("malformed status line");
    head.http_1_0 = line[7] == '0';
    const auto digits = line.substr(9, 3);
    const auto [stop, fault] =
        std::from_chars(digits.data(), digits.data() + 3, head.response.status);
    if (fault != std::errc{} || stop != digits.data() + 3 || head.response.status < 100)
        return broken("malformed status line");
    if ((line.size() > 12 && line[12] != ' ') || !is_field_text(line))
        return broken("malformed status line");
    return {};
}

Result<void> parse_fields(std::string_view text, Headers& headers) {
    while (!text.empty()) {
        const auto line = take_line(text);
        if (!is_field_text(line)) return broken("a control character in a header");
        if (line.empty()) return broken("malformed header");
        if (line.front() == ' ' || line.front() == '\t') {  // obs-fold, RFC 9112 5.2
            if (headers.empty()) return broken("malformed header");
            // No value begins or ends with space, however it is folded (RFC 9110 5.5).
            std::string& value = headers.back().second;
            const auto more = trimmed(line);
            if (!value.empty() && !more.empty()) value += ' ';
            value += more;
            continue;
        }
        const auto colon = line.find(':');
        // Space before the colon is how a header is hidden from one of two readers (RFC 9112 5.1).
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            return broken("malformed header");
        headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return {};
}

bool lists(const std::vector<std::string_view>& values, std::string_view option) {
    for (std::string_view value : values) {
        while (!value.empty()) {
            const auto comma = value.find(',');
            if (equal_ignoring_case(trimmed(value.substr(0, comma)), option)) return true;
            value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
        }
    }
    return false;
}

// RFC 9112 6.3.
Result<void> find_framing(ResponseHead& head) {
    const auto codings = head.response.all("transfer-encoding");
    const auto lengths = head.response.all("content-length");
    const auto connection = head.response.all("connection");
    head.keep_alive = !head.http_1_0 && !lists(connection, "close");
    if (!codings.empty() && !lengths.empty()) return broken("both a length and a transfer coding");
    const int status = head.response.status;
    if (!codings.empty()) {
        if (head.http_1_0 || codings.size() != 1 ||
            !equal_ignoring_case(codings.front(), "chunked"))
            return broken("a transfer coding that was not asked for");
        head.framing = ResponseHead::Framing::chunked;
    } else if (!lengths.empty()) {
        const auto digits = lengths.front();
        const char* const end = digits.data() + digits.size();
        const auto [stop, fault] = std::from_chars(digits.data(), end, head.length);
        if (digits.empty() || fault != std::errc{} || stop != end)
            return broken("malformed Content-Length");
        for (const auto other : lengths) {
            if (other != digits) return broken("two different lengths");
        }
        head.framing = ResponseHead::Framing::length;
    } else {
        head.framing = ResponseHead::Framing::until_close;
        head.keep_alive = false;
    }
    if (status < 200 || status == 204 || status == 304) {
        head.keep_alive = head.keep_alive || (head.framing == ResponseHead::Framing::until_close &&
                                              !head.http_1_0 && !lists(connection, "close"));
        head.framing = ResponseHead::Framing::none;
    }
    return {};
}

}  // namespace

bool is_field_text(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || c == '\t';
    });
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

Result<ResponseHead> parse_head(std::string_view text) {
    ResponseHead head;
    if (auto ok = parse_status_line(take_line(text), head); !ok) return std::move(ok).error();
    if (auto ok = parse_fields(text, head.response.headers); !ok) return std::move(ok).error();
    if (auto ok = find_framing(head); !ok) return std::move(ok).error();
    return head;
}

HeadReader::~HeadReader() {
    wipe(buffer_.get(), filled_);
}

Error HeadReader::truncated() const {
    if (!anything_arrived_)
        return {Status::unavailable, "",
                limit_.peer() + " closed the connection without an answer"};
    return {Status::protocol, "",
            limit_.peer() + " closed the connection in the middle of its answer"};
}

Result<bool> HeadReader::fill() {
    if (position_ != 0) {
        std::memmove(buffer_.get(), buffer_.get() + position_, size_ - position_);
        size_ -= position_;
        position_ = 0;
    }
    if (size_ == capacity_) {
        const std::size_t larger = capacity_ == 0 ? buffer_bytes : max_head_bytes + buffer_bytes;
        std::unique_ptr<char[]> grown(new char[larger]);
        if (size_ != 0) std::memcpy(grown.get(), buffer_.get(), size_);
        wipe(buffer_.get(), filled_);
        buffer_ = std::move(grown);
        capacity_ = larger;
    }
    auto got = stream_.read_some(buffer_.get() + size_, capacity_ - size_, limit_);
    if (!got) return std::move(got).error();
    size_ += *got;
    filled_ = std::max(filled_, size_);
    anything_arrived_ = anything_arrived_ || *got != 0;
    return *got != 0;
}

Result<ResponseHead> HeadReader::read_head() {
    for (;;) {
        const auto end = rest().find("\r\n\r\n");
        const auto size = end == std::string_view::npos ? rest().size() : end + 4;
        if (head_bytes_ + size > max_head_bytes)
            return Error(Status::protocol, "",
                         "the answer of " + limit_.peer() + " has more than 32 KiB of headers");
        if (end != std::string_view::npos) {
            // With the last header's CRLF: each line ends in one.
            auto head = parse_head(rest().substr(0, end + 2));
            head_bytes_ += size;
            position_ += size;
            if (!head) head.error().message += " (" + limit_.peer() + ")";
            return head;
        }
        auto more = fill();
        if (!more) return std::move(more).error();
        if (!*more) return truncated();
    }
}

Result<ResponseHead> HeadReader::read_final_head() {
    for (int interim = 0; interim <= most_interim_answers; ++interim) {
        auto head = read_head();
        if (!head || head->response.status >= 200) return head;
        // We asked for no other protocol; from here on this would be something else than HTTP.
        if (head->response.status == 101)
            return Error(Status::protocol, "", limit_.peer() + " changed to another protocol");
    }
    return Error(Status::protocol, "", limit_.peer() + " sends one interim answer after another");
}

Result<std::string_view> HeadReader::read_line(std::size_t max) {
    for (;;) {
        const auto end = rest().find("\r\n");
        if (end == std::string_view::npos ? rest().size() > max + 1 : end > max)
            return Error(Status::protocol, "",
                         "the answer of " + limit_.peer() + " has a line that is too long");
        if (end != std::string_view::npos) {
            const auto line = rest().substr(0, end);
            position_ += end + 2;
            return line;
        }
        auto more = fill();
        if (!more) return std::move(more).error();
        if (!*more) return truncated();
    }
}

Result<std::string_view> HeadReader::read_piece(std::size_t max) {
    if (rest().empty()) {
        auto more = fill();
        if (!more) return std::move(more).error();
    }
    const auto piece = rest().substr(0, max);
    position_ += piece.size();
    return piece;
}

}  // namespace mcp_auth::host
