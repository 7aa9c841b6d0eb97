// Starting a program that goes on by itself: a browser outlives the host that opened it.
#pragma once

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace mcp_auth::host {

// Starts `argv[0]`, a path, without a shell: in a session of its own, with no descriptor of ours
// (its standard streams lead nowhere) and this process's environment. It is nobody's child once it
// runs, so it leaves no zombie. Watches it for `watch` at most: a program that fails at once (no
// display, no handler) is a failure to start; one that still runs, or ended with 0, has started.
// Errors: unavailable (it cannot be run, or failed at once), deadline, cancelled (it may run).
Result<void> start_detached(const std::vector<std::string>& argv, std::chrono::milliseconds watch,
                            const Bounds& bounds);

}  // namespace mcp_auth::host
