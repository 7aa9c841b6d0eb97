#include "wire_fault.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace mcp_auth::wire {
namespace {

using Meets = WireFault::Meets;
using Limit = WireFault::Limit;

std::string with_length(const CannedAnswer& answer) {
    return answer.with_length();
}
std::string chunked(const CannedAnswer& answer) {
    return answer.chunked();
}
std::string until_close(const CannedAnswer& answer) {
    return answer.until_close();
}

// So that the last place is that of a byte, and what waits for it or replaces it does something.
std::string all_but_one(const CannedAnswer& answer) {
    auto bytes = answer.with_length();
    bytes.pop_back();
    return bytes;
}

auto always(Statuses statuses) {
    return [statuses = std::move(statuses)](const CannedAnswer&, std::size_t) { return statuses; };
}

// Nothing arrived, something, or all.
auto unless_whole(std::function<std::string(const CannedAnswer&)> bytes) {
    return [bytes = std::move(bytes)](const CannedAnswer& answer, std::size_t at) -> Statuses {
        if (at == 0) return {Status::unavailable};
        return {at == bytes(answer).size() ? Status::ok : Status::protocol};
    };
}

void hold(const Exchange& in) {
    while (in.still_wrong && in.peer.still_open_after(std::chrono::milliseconds(5))) {
    }
}

// The same bytes for the same place and text, so that a wrong one can be repeated.
std::string noise(std::size_t size, std::size_t seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::string out;
    for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(random() & 0xff);
    return out;
}

template <class Bytes>
WireFault cut(const char* name, Bytes bytes, void (*end)(WirePeer&)) {
    WireFault fault;
    fault.name = name;
    fault.bytes = bytes;
    fault.play = [bytes, end](const Exchange& in) {
        in.peer.write(bytes(in.answer).substr(0, in.at));
        end(in.peer);
    };
    fault.allowed = unless_whole(bytes);
    return fault;
}

WireFault replaced(const char* name, std::function<std::string(std::string, std::size_t)> how,
                   Statuses statuses) {
    WireFault fault;
    fault.name = name;
    fault.bytes = all_but_one;
    fault.play = [how = std::move(how)](const Exchange& in) {
        in.peer.write(how(in.answer.with_length(), in.at));
    };
    fault.allowed = always(std::move(statuses));
    return fault;
}

WireFault stalled(const char* name, Limit limit, Status status) {
    WireFault fault;
    fault.name = name;
    fault.bytes = all_but_one;
    fault.play = [](const Exchange& in) {
        in.peer.write(in.answer.with_length().substr(0, in.at));
        hold(in);
    };
    fault.allowed = always({status});
    fault.limit = limit;
    return fault;
}

// Other bytes in place of the whole answer, and then the end of the connection.
WireFault instead(const char* name, std::function<std::string(const Exchange&)> bytes,
                  Statuses statuses) {
    WireFault fault;
    fault.name = name;
    fault.play = [bytes = std::move(bytes)](const Exchange& in) { in.peer.write(bytes(in)); };
    fault.allowed = always(std::move(statuses));
    return fault;
}
WireFault kept(WireFault fault) {
    fault.keeps_connection = true;
    return fault;
}
WireFault of_body(WireFault fault) {
    fault.needs_body = true;
    return fault;
}

// `first`, and then `more` for as long as the client reads.
WireFault endless(const char* name, std::function<std::string(const Exchange&)> first,
                  const std::string& more) {
    WireFault fault;
    fault.name = name;
    fault.play = [first = std::move(first), more](const Exchange& in) {
        if (!in.peer.write(first(in))) return;
        while (in.peer.write(more)) {
        }
    };
    fault.allowed = always({Status::protocol});
    return fault;
}

WireFault framed(const char* name, const std::string& framing, Statuses statuses) {
    return instead(
        name, [framing](const Exchange& in) { return in.answer.head(framing) + in.answer.body; },
        std::move(statuses));
}
std::string length(std::size_t size) {
    return "Content-Length: " + std::to_string(size) + "\r\n";
}
const std::string in_chunks = "Transfer-Encoding: chunked\r\n";

WireFault chunk_fault(const char* name, std::function<std::string(const std::string& body)> chunks,
                      Statuses statuses) {
    return instead(
        name,
        [chunks = std::move(chunks)](const Exchange& in) {
            return in.answer.head(in_chunks) + chunks(in.answer.body);
        },
        std::move(statuses));
}
std::string hex(std::size_t size) {
    std::string digits;
    for (; size != 0; size /= 16) digits.insert(digits.begin(), "0123456789abcdef"[size % 16]);
    return digits.empty() ? "0" : digits;
}
std::string chunk(const std::string& body, const std::string& extension = {}) {
    return body.empty() ? std::string() : hex(body.size()) + extension + "\r\n" + body + "\r\n";
}

std::string padded(const Exchange& in) {
    return std::string(in.cap + 1, ' ') + in.answer.body;
}

void add_cuts(std::vector<WireFault>& all) {
    const auto close = [](WirePeer&) {};
    const auto reset = [](WirePeer& peer) { peer.reset(); };
    all.push_back(cut("close", with_length, close));
    all.push_back(cut("close in chunks", chunked, close));
    // Only JSON tells that such a body was cut; an event stream does not tell.
    all.push_back(cut("close, no length", until_close, close));
    all.push_back(cut("reset", with_length, reset));
    // Is the answer whole when the connection is not? Its length says so.
    all.push_back(replaced("NUL for a byte",
                           [](std::string bytes, std::size_t at) {
                               bytes[at] = '\0';
                               return bytes;
                           },
                           {Status::protocol}));
    all.push_back(
        replaced("0xFF for a byte",
                 [](std::string bytes, std::size_t at) {
                     bytes[at] = '\xff';
                     return bytes;
                 },
                 {Status::protocol, Status::ok}));  // allowed in a header's value (RFC 9110 5.5)
    all.push_back(replaced("noise from a byte on",
                           [](const std::string& bytes, std::size_t at) {
                               return bytes.substr(0, at) + noise(bytes.size() - at, at);
                           },
                           {Status::protocol}));
}

void add_slow(std::vector<WireFault>& all) {
    all.push_back(stalled("stall", Limit::request, Status::unavailable));
    all.push_back(stalled("stall, own deadline", Limit::deadline, Status::deadline));
    WireFault drip;
    drip.name = "drip, in time";
    drip.play = [](const Exchange& in) {
        for (const char byte : in.answer.with_length())
            if (!in.peer.write(std::string(1, byte))) return;
    };
    drip.allowed = always({Status::ok});
    drip.keeps_connection = true;
    all.push_back(drip);
    drip.keeps_connection = false;
    drip.name = "drip, too slow";
    drip.play = [](const Exchange& in) {
        for (const char byte : in.answer.with_length())
            if (!in.still_wrong || !in.peer.write(std::string(1, byte)) ||
                !in.peer.still_open_after(std::chrono::milliseconds(10)))
                return;
    };
    drip.allowed = always({Status::unavailable});
    drip.limit = Limit::request;
    all.push_back(drip);
}

void add_too_long(std::vector<WireFault>& all) {
    all.push_back(of_body(instead(
        "body over the cap",
        [](const Exchange& in) { return in.answer.head(length(padded(in).size())) + padded(in); },
        {Status::protocol})));
    all.push_back(of_body(chunk_fault("chunks over the cap", {}, {Status::protocol})));
    all.back().play = [](const Exchange& in) {
        in.peer.write(in.answer.head(in_chunks) + chunk(padded(in)) + "0\r\n\r\n");
    };
    all.push_back(of_body(instead(
        "over the cap, no length",
        [](const Exchange& in) { return in.answer.head("") + padded(in); }, {Status::protocol})));
    all.push_back(of_body(endless(
        "endless chunks", [](const Exchange& in) { return in.answer.head(in_chunks); },
        chunk(std::string(4096, ' ')))));
    all.push_back(instead("a header over 32 KiB",
                          [](const Exchange& in) {
                              return in.answer.head("X: " + std::string(32 * 1024, 'x') + "\r\n" +
                                                    length(in.answer.body.size())) +
                                     in.answer.body;
                          },
                          {Status::protocol}));
    all.push_back(endless(
        "endless headers", [](const Exchange&) { return "HTTP/1.1 200 OK\r\n"; },
        "X-More: and more\r\n"));
    all.push_back(endless(
        "an endless status line", [](const Exchange&) { return "HTTP/1.1 200 "; }, "and more "));
    all.push_back(endless(
        "endless 1xx", [](const Exchange&) { return "HTTP/1.1 100 Continue\r\n\r\n"; },
        "HTTP/1.1 103 Early Hints\r\n\r\n"));
    all.push_back(kept(instead(
        "two 1xx, then the answer",
        [](const Exchange& in) {
            return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" +
                   in.answer.with_length();
        },
        {Status::ok})));
}

void add_lengths(std::vector<WireFault>& all) {
    const auto off_by = [](int more) {
        return [more](const Exchange& in) {
            const auto size = static_cast<long>(in.answer.body.size()) + more;
            return in.answer.head("Content-Length: " + std::to_string(size) + "\r\n") +
                   in.answer.body;
        };
    };
    all.push_back(of_body(instead("length too short", off_by(-1), {Status::protocol})));
    all.push_back(instead("length too long", off_by(+1), {Status::protocol}));
    all.push_back(framed("length negative", "Content-Length: -1\r\n", {Status::protocol}));
    all.push_back(framed("length of 30 digits", "Content-Length: " + std::string(30, '9') + "\r\n",
                         {Status::protocol}));
    all.push_back(instead("two lengths that differ",
                          [](const Exchange& in) {
                              const auto size = in.answer.body.size();
                              return in.answer.head(length(size) + length(size + 1)) +
                                     in.answer.body;
                          },
                          {Status::protocol}));
    all.push_back(kept(instead("two lengths, the same",
                               [](const Exchange& in) {
                                   const auto one = length(in.answer.body.size());
                                   return in.answer.head(one + one) + in.answer.body;
                               },
                               {Status::ok})));
    all.push_back(instead("length and chunks",
                          [](const Exchange& in) {
                              return in.answer.head(length(in.answer.body.size()) + in_chunks) +
                                     chunk(in.answer.body) + "0\r\n\r\n";
                          },
                          {Status::protocol}));
}

void add_chunks(std::vector<WireFault>& all) {
    const Statuses broken{Status::protocol};
    all.push_back(chunk_fault(
        "chunk size no number",
        [](const std::string& body) { return "xyz\r\n" + body + "\r\n0\r\n\r\n"; }, broken));
    all.push_back(chunk_fault(
        "chunk size negative",
        [](const std::string& body) { return "-" + chunk(body) + "-5\r\n0\r\n\r\n"; }, broken));
    all.push_back(chunk_fault(
        "chunk size huge",
        [](const std::string& body) { return "ffffffffffffffff\r\n" + body + "\r\n0\r\n\r\n"; },
        broken));
    all.push_back(chunk_fault(
        "chunk size over 64 bits",
        [](const std::string& body) { return "1" + std::string(20, '0') + "\r\n" + body; },
        broken));
    all.push_back(of_body(chunk_fault(
        "chunk without CRLF",
        [](const std::string& body) { return hex(body.size()) + "\r\n" + body + "0\r\n\r\n"; },
        broken)));
    all.push_back(chunk_fault(
        "last chunk missing", [](const std::string& body) { return chunk(body); }, broken));
    all.push_back(chunk_fault(
        "trailer cut", [](const std::string& body) { return chunk(body) + "0\r\nX: y\r\n"; },
        broken));
    all.push_back(kept(of_body(chunk_fault("chunk extension",
                                           [](const std::string& body) {
                                               return chunk(body, ";name=\"value\"") +
                                                      "0\r\nX: y\r\n\r\n";
                                           },
                                           {Status::ok}))));
    all.push_back(of_body(chunk_fault(
        "line feed in an extension",
        [](const std::string& body) { return chunk(body, ";a\nb") + "0\r\n\r\n"; }, broken)));
    all.push_back(endless(
        "endless trailer",
        [](const Exchange& in) {
            return in.answer.head(in_chunks) + chunk(in.answer.body) + "0\r\n";
        },
        "X-More: and more\r\n"));
    all.push_back(endless(
        "endless chunk extension",
        [](const Exchange& in) { return in.answer.head(in_chunks) + "5;"; }, "and-more"));
}

void add_other_answers(std::vector<WireFault>& all) {
    for (const int status : {429, 503}) {
        all.push_back(
            kept(instead(status == 429 ? "429 with Retry-After" : "503 with Retry-After",
                         [status](const Exchange&) {
                             return CannedAnswer{status, {{"Retry-After", "1"}}, {}}.with_length();
                         },
                         {Status::unavailable})));
        all.back().asks_for_a_second = true;
    }
    all.push_back(kept(instead("204",
                               [](const Exchange&) {
                                   return CannedAnswer{204, {}, {}}.head("");
                               },
                               {Status::protocol, Status::misconfigured})));
    all.push_back(
        kept(instead("redirect to a stranger",
                     [](const Exchange& in) {
                         return CannedAnswer{307, {{"Location", in.stranger}}, {}}.with_length();
                     },
                     {Status::protocol, Status::misconfigured})));
    all.push_back(instead("another protocol",
                          [](const Exchange&) { return "SSH-2.0-OpenSSH_9.2\r\n\r\n"; },
                          {Status::protocol}));
    all.push_back(instead("a second answer behind the first",
                          [](const Exchange& in) {
                              return in.answer.with_length() +
                                     CannedAnswer::json(
                                         R"({"access_token":"smuggled","token_type":"Bearer"})")
                                         .with_length();
                          },
                          {Status::ok}));
}

void add_connections(std::vector<WireFault>& all) {
    WireFault early =
        instead("answer before the request is read",
                [](const Exchange& in) { return in.answer.with_length(); }, {Status::ok});
    early.leaves_request_unread = true;
    all.push_back(early);
    early = instead("503 before the request is read",
                    [](const Exchange&) {
                        return CannedAnswer{503, {}, {}}.with_length();
                    },
                    {Status::unavailable});
    early.leaves_request_unread = true;
    all.push_back(early);
    // A connection that was to be kept, and is closed after the answer.
    all.push_back(instead("keep-alive closed when idle",
                          [](const Exchange& in) { return in.answer.with_length(); },
                          {Status::ok}));
    // Decided by the leg: what may be sent twice is (RFC 9110 9.2.2, K2).
    WireFault reused = instead("keep-alive closed at the next", [](const Exchange&) { return ""; },
                               {Status::unavailable, Status::ok});
    reused.meets = Meets::one_reused_connection;
    all.push_back(reused);
    reused = instead("keep-alive closed after a byte", [](const Exchange&) { return "H"; },
                     {Status::protocol});
    reused.meets = Meets::one_reused_connection;
    all.push_back(reused);
}

void add_tls(std::vector<WireFault>& all) {
    const std::size_t first = all.size();
    // No attacker may shorten an answer by ending the connection below TLS (RFC 8446 6.1).
    all.push_back(cut("TLS cut", with_length, [](WirePeer& peer) { peer.cut(); }));
    all.push_back(cut("TLS cut, no length", until_close, [](WirePeer& peer) { peer.cut(); }));
    all.back().allowed = [](const CannedAnswer&, std::size_t at) -> Statuses {
        return {at == 0 ? Status::unavailable : Status::protocol};
    };
    all.push_back(cut("TLS closed", with_length, [](WirePeer& peer) { peer.shut(); }));
    all.push_back(cut("TLS reset", with_length, [](WirePeer& peer) { peer.reset(); }));
    WireFault below;
    below.name = "plain bytes below TLS";
    below.bytes = all_but_one;
    below.play = [](const Exchange& in) {
        const auto bytes = in.answer.with_length();
        in.peer.write(bytes.substr(0, in.at));
        in.peer.write_below_tls(bytes.substr(in.at));
        in.peer.cut();
    };
    below.allowed = always({Status::protocol});
    all.push_back(below);
    for (std::size_t i = first; i < all.size(); ++i) all[i].over_tls = true;
}

}  // namespace

const std::vector<WireFault>& wire_faults() {
    static const std::vector<WireFault> all = [] {
        std::vector<WireFault> faults;
        add_cuts(faults);
        add_slow(faults);
        add_too_long(faults);
        add_lengths(faults);
        add_chunks(faults);
        add_other_answers(faults);
        add_connections(faults);
        add_tls(faults);
        return faults;
    }();
    return all;
}

}  // namespace mcp_auth::wire
