// System calls that the plugin must not make: the kernel stops the first one, and the journal says
// which it was (seccomp; Linux).
#pragma once

#include "journal.hpp"

#include <mcp_auth/result.hpp>

#include <string>

namespace mcp_auth::validate {

// May be or-ed.
enum Forbidden : unsigned {
    network = 1,    // sockets of any kind
    processes = 2,  // threads, processes, other programs
    writing = 4,    // files opened for writing, made, removed or renamed
    opening = 8,    // files opened at all
    waiting = 16,   // sleeping, polling
};

// From now on, for this process, for good; a second time adds to the first. The process ends at the
// first such call. `journal` must live as long. Errors: unsupported, where the kernel will not.
Result<void> forbid(unsigned what, const Journal& journal);

// "socket (network)"
std::string name_of_system_call(long number);

}  // namespace mcp_auth::validate
