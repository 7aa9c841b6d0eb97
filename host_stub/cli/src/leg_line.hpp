// One event as one line of aligned columns: what, of whom, how it ended, how long it took.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/host/audit.hpp>

#include <string>

namespace mcp_auth::cli {

// Without a line feed. Nothing in an event is secret (audit.hpp); all of it is made printable.
std::string leg_line(const AuditEvent& event, const Terminal& terminal);

// "0.4 ms", "312 ms", "2.31 s"
std::string duration_text(std::chrono::microseconds duration);

}  // namespace mcp_auth::cli
