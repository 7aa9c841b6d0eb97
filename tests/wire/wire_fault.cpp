#include "wire_fault.hpp"

#include "spoilt_answer.hpp"

#include <algorithm>
#include <cstdlib>
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

// The data of those chunks that are there, as far as they are.
std::string unchunked(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const auto line = bytes.find("\r\n");
        if (line == std::string_view::npos) break;
        const auto size = std::strtoul(std::string(bytes.substr(0, line)).c_str(), nullptr, 16);
        bytes.remove_prefix(line + 2);
        out += bytes.substr(0, size);
        bytes.remove_prefix(std::min(bytes.size(), size + 2));
    }
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
    fault.arrival = [bytes](const CannedAnswer& answer, std::size_t at) -> std::optional<Arrival> {
        const auto whole = bytes(answer);
        const auto head = end_of_head(whole);
        if (at < head) return std::nullopt;
        const auto body = whole.substr(head, at - head);
        const bool in_chunks = whole == answer.chunked();
        return Arrival{in_chunks ? unchunked(body) : body,
                       at == whole.size() || whole == answer.until_close()};
    };
    return fault;
}

WireFault replaced(const char* name, std::function<std::string(std::string, std::size_t)> how,
                   Statuses statuses) {
    WireFault fault;
    fault.name = name;
    fault.bytes = all_but_one;
    fault.arrival = [how](const CannedAnswer& answer, std::size_t at) -> std::optional<Arrival> {
        const auto whole = answer.with_length();
        const auto head = end_of_head(whole);
        if (at < head) return std::nullopt;
        return Arrival{how(whole, at).substr(head), true};
    };
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
    // A head alone is several times 16 bytes, so it is too slow for any limit.
    drip.play = [](const Exchange& in) {
        for (const char byte : in.answer.with_length())
            if (!in.still_wrong || !in.peer.write(std::string(1, byte)) ||
                !in.peer.still_open_after(in.soon / 16))
                return;
    };
    drip.allowed = always({Status::unavailable});
    drip.limit = Limit::request;
    all.push_back(drip);
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
    all.back().arrival = [arrival = all.back().arrival](const CannedAnswer& answer,
                                                        std::size_t at) {
        auto out = arrival(answer, at);
        if (out) out->in_order = false;
        return out;
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
        add_spoilt_answers(faults);
        add_connections(faults);
        add_tls(faults);
        return faults;
    }();
    return all;
}

}  // namespace mcp_auth::wire
