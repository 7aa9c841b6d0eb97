// When and whether a request that found its peer unavailable is sent again (protocol.md K2).
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <chrono>
#include <string>

namespace mcp_auth::host {

// `bounds` with a deadline: nothing waits without one.
Bounds bounded(const Bounds& bounds, Clock& clock);

// Whether these bounds leave time for anything. Errors: cancelled or deadline, at `leg`.
Result<void> check_bounds(const Bounds& bounds, const Clock& clock, std::string leg = {});

// How long to wait after `tries` tries that failed with `error`: what the peer asks for or a short
// back-off, whichever is longer, and a random part on top, so that the clients that an outage
// stopped together do not come back together.
Deadline::duration delay_before_retry(int tries, const Error& error, Clock& clock);

// Waits. Errors: cancelled or deadline, the leg left empty, as soon as that is so.
Result<void> pause(Deadline::duration delay, const Bounds& bounds, Clock& clock);

}  // namespace mcp_auth::host
