#include "trace_printer.hpp"

#include "leg_line.hpp"

namespace mcp_auth::cli {

void TracePrinter::record(const AuditEvent& event) noexcept {
    try {
        // One write a line, so that lines of several threads do not mix.
        (void)terminal_.write(leg_line(event, terminal_) + "\n");
    } catch (...) {  // out of memory: a line of the trace is lost, the token is not
    }
}

}  // namespace mcp_auth::cli
