#include "http_exchange.hpp"

#include "ascii_case.hpp"
#include "connector.hpp"
#include "http_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_line_bytes = 4 * 1024;      // of a chunk's size and extensions
constexpr std::size_t max_trailer_bytes = 32 * 1024;  // L3, as a header block
constexpr std::size_t piece_bytes = 16 * 1024;

// Where the pieces of a body go: to the reader, or into a text up to its cap.
class BodySink {
public:
    // `head` has no body.
    BodySink(const HttpResponse& head, std::string& body, const BodyReader& reader, std::size_t max,
             IoLimit& limit)
        : head_(head), body_(body), reader_(reader), max_(max), limit_(limit) {}

    Result<void> expect(std::uint64_t size) {
        if (reader_) return {};
        if (size > max_) return too_large();
        body_.reserve(static_cast<std::size_t>(size));
        return {};
    }
    // False: the reader has had enough.
    Result<bool> take(std::string_view piece) {
        if (reader_) {
            if (!reader_(head_, piece)) return false;
            limit_.progressed();
            if (auto ok = limit_.check(); !ok) return std::move(ok).error();
            return true;
        }
        if (piece.size() > max_ - body_.size()) return too_large();
        append_wiping(body_, piece);
        return true;
    }

private:
    Error too_large() const {
        return {Status::protocol, "",
                "the answer of " + limit_.peer() + " is larger than " + std::to_string(max_) +
                    " bytes"};
    }

    const HttpResponse& head_;
    std::string& body_;
    const BodyReader& reader_;
    std::size_t max_;
    IoLimit& limit_;
};

class BodyParser {
public:
    BodyParser(HeadReader& in, BodySink& sink, const IoLimit& limit)
        : in_(in), sink_(sink), limit_(limit) {}

    // True: read to its end. False: the reader stopped it.
    Result<bool> read(const ResponseHead& head) {
        switch (head.framing) {
        case ResponseHead::Framing::none: return true;
        case ResponseHead::Framing::length:
            if (auto fits = sink_.expect(head.length); !fits) return std::move(fits).error();
            return read_length(head.length);
        case ResponseHead::Framing::chunked: return read_chunks();
        case ResponseHead::Framing::until_close: return read_until_close();
        }
        return truncated();
    }

private:
    Error truncated() const {
        return {Status::protocol, "",
                limit_.peer() + " closed the connection in the middle of its answer"};
    }
    Error malformed() const {
        return {Status::protocol, "", "the answer of " + limit_.peer() + " has a malformed chunk"};
    }
    Result<bool> read_length(std::uint64_t left) {
        while (left != 0) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_bytes));
            auto piece = in_.read_piece(size);
            if (!piece) return std::move(piece).error();
            if (piece->empty()) return truncated();
            left -= piece->size();
            auto more = sink_.take(*piece);
            if (!more || !*more) return more;
        }
        return true;
    }
    Result<bool> read_until_close() {
        for (;;) {
            auto piece = in_.read_piece(piece_bytes);
            if (!piece) return std::move(piece).error();
            // Here the end of the connection is the end of the body, so it must be a true one.
            if (piece->empty()) return in_.clean_end() ? Result<bool>(true) : truncated();
            auto more = sink_.take(*piece);
            if (!more || !*more) return more;
        }
    }
    Result<std::uint64_t> read_chunk_size() {
        auto line = in_.read_line(max_line_bytes);
        if (!line) return std::move(line).error();
        const auto digits = line->substr(0, line->find_first_of("; \t"));
        std::uint64_t size = 0;
        const char* const end = digits.data() + digits.size();
        const auto [stop, fault] = std::from_chars(digits.data(), end, size, 16);
        if (digits.empty() || fault != std::errc{} || stop != end) return malformed();
        // A bare CR or LF in an extension ends the line for some readers and not for others.
        if (!is_field_text(*line)) return malformed();
        const auto after = line->find_first_not_of(" \t", digits.size());
        if (after != std::string_view::npos && (*line)[after] != ';') return malformed();
        return size;
    }
    Result<bool> read_chunks() {
        for (;;) {
            auto size = read_chunk_size();
            if (!size) return std::move(size).error();
            if (*size == 0) return read_trailers();
            auto more = read_length(*size);
            if (!more || !*more) return more;
            auto end = in_.read_line(0);
            if (!end) return std::move(end).error();
        }
    }
    // Dropped: nothing that we read may come after the body.
    Result<bool> read_trailers() {
        for (std::size_t bytes = 0;;) {
            auto line = in_.read_line(max_line_bytes);
            if (!line) return std::move(line).error();
            if (line->empty()) return true;
            bytes += line->size();
            if (bytes > max_trailer_bytes || !is_field_text(*line)) return malformed();
        }
    }

    HeadReader& in_;
    BodySink& sink_;
    const IoLimit& limit_;
};

}  // namespace

Result<void> check_request(const HttpRequest& request) {
    const auto refused = [](std::string_view what) {
        return Error(Status::invalid_argument, "",
                     "the request cannot be sent: " + std::string(what));
    };
    if (!is_token(request.method) || request.method == "CONNECT" || request.method == "TRACE")
        return refused("its method is not one");
    constexpr std::array<std::string_view, 9> ours{
        "host",    "content-length",   "transfer-encoding", "connection", "te",
        "trailer", "proxy-connection", "upgrade",           "expect"};
    for (const auto& header : request.headers) {
        const std::string &name = header.first, &value = header.second;
        if (!is_token(name)) return refused("the name of a header is not one");
        if (std::any_of(ours.begin(), ours.end(),
                        [&](std::string_view own) { return equal_ignoring_case(own, name); }))
            return refused("the header " + name + " is the client's own to set");
        // A line break would begin another header, or another request.
        if (!is_field_text(value))
            return refused("the header " + name + " has a control character");
    }
    return {};
}

Secret request_bytes(const HttpRequest& request, const Url& url) {
    std::string head;
    const auto add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    std::size_t size = 512 + url.text().size() + request.body.size();
    for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 4;
    head.reserve(size);  // so that it does not leave copies of a credential behind
    head.append(request.method).append(" ").append(url.target()).append(" HTTP/1.1\r\n");
    add("Host", authority(url, false));
    bool names_itself = false;
    for (const auto& [name, value] : request.headers) {
        names_itself = names_itself || equal_ignoring_case(name, "user-agent");
        add(name, value);
    }
    if (!names_itself) add("User-Agent", "mcp-auth");
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
        add("Content-Length", std::to_string(request.body.size()));
    head.append("\r\n").append(request.body);
    return Secret(std::move(head));
}

Result<Exchange> exchange(Stream& stream, const Secret& bytes, const HttpRequest& request,
                          const BodyReader& reader, IoLimit& limit, bool& anything_arrived) {
    anything_arrived = false;
    const auto sent = stream.write_all(bytes.reveal(), limit);
    if (!sent && (sent.status() != Status::unavailable || !limit.check())) return sent.error();
    // A peer that closes while we write may have said why: a TLS alert, an early 413.
    HeadReader in(stream, limit);
    auto head = in.read_final_head();
    anything_arrived = in.anything_arrived();
    if (!head) return std::move(head).error();
    if (request.method == "HEAD") head->framing = ResponseHead::Framing::none;

    Exchange done;
    done.response = std::move(head->response);
    std::string body;
    const WipedAtEnd wiped(body);  // what there is of it, however it breaks off (L5)
    BodySink sink(done.response, body, reader, request.max_response_bytes, limit);
    auto whole = BodyParser(in, sink, limit).read(*head);
    if (!whole) return std::move(whole).error();
    done.response.body.swap(body);
    // Bytes after the answer belong to nothing that was asked.
    done.reusable = sent && *whole && head->keep_alive && in.rest().empty();
    return done;
}

}  // namespace mcp_auth::host
