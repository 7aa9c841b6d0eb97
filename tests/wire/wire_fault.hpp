// The faults: how each spoils one valid answer on the wire, and what an HTTP client may make of it.
#pragma once

#include "canned_answer.hpp"
#include "network/wire_server.hpp"

#include <mcp_auth/result.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::wire {

using host::testing::WirePeer;
using Statuses = std::vector<Status>;

// What a fault is played on.
struct Exchange {
    WirePeer& peer;
    const CannedAnswer& answer;
    std::size_t at;                        // the byte, of a fault that has one
    std::size_t cap;                       // the most that the client takes as a body
    const std::string& stranger;           // URL of a server that nobody may be sent to
    std::chrono::milliseconds soon;        // when a client that does not wait for long gives up
    const std::atomic<bool>& still_wrong;  // false: the test goes on without the fault
};

// What of a body reaches whoever reads it as it comes, and whether it then ends in order.
struct Arrival {
    std::string body;
    bool in_order = false;
};

struct WireFault {
    std::string name{};
    std::function<void(const Exchange&)> play{};
    // What of the answer's bytes it goes through, one by one; none: it has no place.
    std::function<std::string(const CannedAnswer&)> bytes{};
    // What may come of it as far as HTTP goes; with ok, what was answered is as it should be.
    std::function<Statuses(const CannedAnswer&, std::size_t at)> allowed{};

    // The same of an event stream, whose reader has its answer before the end: nothing where the
    // head does not arrive, or `allowed` says all.
    std::function<std::optional<Arrival>(const CannedAnswer&, std::size_t at)> arrival{};

    enum class Meets { every_request, one_reused_connection };
    Meets meets = Meets::every_request;
    bool keeps_connection = false;  // after it was played; else it is closed
    bool leaves_request_unread = false;
    bool asks_for_a_second = false;  // Retry-After: 1
    enum class Limit { none, request, deadline };
    Limit limit = Limit::none;  // what must end the waiting
    bool needs_body = false;    // no answer without a body can have it
    bool over_tls = false;
};

// Over TCP, and those that only TLS has.
const std::vector<WireFault>& wire_faults();

}  // namespace mcp_auth::wire
