// The legs: each request of a host that a peer answers, how it is brought about, and what is right
// when the answer is spoilt.
#pragma once

#include "wire_fault.hpp"

#include <mcp_auth/result.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace mcp_auth::wire {

// What the host is asked for.
enum class Way {
    exchanged,
    registered,
    service,
    workload,
    renewal,  // in the background, of a token that is served meanwhile
    code,
    refresh,
    device,
    tool,
    resumption,  // of a stream that broke off before its answer
    challenge
};

struct Leg {
    const char* name;       // in the table
    const char* error_leg;  // what an error names
    Way way;
    const char* method;
    const char* path;
    const char* holds;  // a part of the request's body, where the path alone does not tell
    std::size_t cap;    // the most that is read of a body

    enum class Again {
        get,     // once more where a kept connection was closed (RFC 9110 9.2.2)
        tried,   // K2: three times while it is unavailable
        polled,  // RFC 8628 3.5: ever less often, until the code expires
        never,   // used up, or may have been done
    };
    Again again;
    bool event_stream = false;
    bool body_ignored = false;  // a fault there may go unnoticed
    // Asked beside another leg, and again by the one who needs it if that came to nothing.
    bool asked_ahead = false;

    bool per_user() const {  // whom it asks for; else for nobody, or a configured subject
        return way != Way::service && way != Way::renewal && way != Way::device;
    }
    bool in_session() const { return way == Way::tool || way == Way::resumption; }
    // A caller's own deadline is not a renewal's.
    bool can_meet(const WireFault& fault) const {
        return way != Way::renewal || fault.limit != WireFault::Limit::deadline;
    }

    // What may come of a fault for the one who asked.
    Statuses allowed(const WireFault& fault, const CannedAnswer& answer, std::size_t at) const;
    // How many requests of this leg that outcome may have taken.
    std::size_t most_requests(const WireFault& fault, Status outcome) const;
    std::size_t least_requests(const WireFault& fault, Status outcome) const;
};

const std::vector<Leg>& legs();

}  // namespace mcp_auth::wire
