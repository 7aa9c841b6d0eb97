#include "spoilt_answer.hpp"

#include <utility>

namespace mcp_auth::wire {

WireFault instead(const char* name, std::function<std::string(const Exchange&)> bytes,
                  Statuses statuses) {
    WireFault fault;
    fault.name = name;
    fault.play = [bytes = std::move(bytes)](const Exchange& in) { in.peer.write(bytes(in)); };
    fault.allowed = [statuses = std::move(statuses)](const CannedAnswer&, std::size_t) {
        return statuses;
    };
    return fault;
}

namespace {

WireFault kept(WireFault fault) {
    fault.keeps_connection = true;
    return fault;
}
WireFault of_body(WireFault fault) {
    fault.needs_body = true;
    return fault;
}

// All of the body comes, and then something is wrong.
WireFault after_the_body(WireFault fault) {
    fault.arrival = [](const CannedAnswer& answer, std::size_t) {
        return std::optional(Arrival{answer.body, false});
    };
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
    fault.allowed = [](const CannedAnswer&, std::size_t) { return Statuses{Status::protocol}; };
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
    all.back().arrival = [](const CannedAnswer& answer, std::size_t) {
        return std::optional(Arrival{answer.body.substr(0, answer.body.size() - 1), true});
    };
    all.push_back(after_the_body(instead("length too long", off_by(+1), {Status::protocol})));
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
    all.push_back(after_the_body(chunk_fault(
        "chunk size huge",
        [](const std::string& body) { return "ffffffffffffffff\r\n" + body + "\r\n0\r\n\r\n"; },
        broken)));
    all.push_back(chunk_fault(
        "chunk size over 64 bits",
        [](const std::string& body) { return "1" + std::string(20, '0') + "\r\n" + body; },
        broken));
    all.push_back(after_the_body(of_body(chunk_fault(
        "chunk without CRLF",
        [](const std::string& body) { return hex(body.size()) + "\r\n" + body + "0\r\n\r\n"; },
        broken))));
    all.push_back(after_the_body(chunk_fault(
        "last chunk missing", [](const std::string& body) { return chunk(body); }, broken)));
    all.push_back(after_the_body(chunk_fault(
        "trailer cut", [](const std::string& body) { return chunk(body) + "0\r\nX: y\r\n"; },
        broken)));
    all.push_back(kept(of_body(chunk_fault("chunk extension",
                                           [](const std::string& body) {
                                               return chunk(body, ";name=\"value\"") +
                                                      "0\r\nX: y\r\n\r\n";
                                           },
                                           {Status::ok}))));
    all.push_back(of_body(chunk_fault(
        "line feed in an extension",
        [](const std::string& body) { return chunk(body, ";a\nb") + "0\r\n\r\n"; }, broken)));
    all.push_back(after_the_body(endless(
        "endless trailer",
        [](const Exchange& in) {
            return in.answer.head(in_chunks) + chunk(in.answer.body) + "0\r\n";
        },
        "X-More: and more\r\n")));
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

}  // namespace

void add_spoilt_answers(std::vector<WireFault>& all) {
    add_too_long(all);
    add_lengths(all);
    add_chunks(all);
    add_other_answers(all);
}

}  // namespace mcp_auth::wire
