// Reading a secret, a key or a subject from where the administrator keeps it.
#pragma once

#include "config.hpp"

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/secret.hpp>

namespace mcp_auth::host {

// Reads it anew each time (a file that rotates). One trailing newline is dropped. At most 64 KiB.
// A command is run without a shell, stdin closed, its stderr passed through nowhere, killed at
// the deadline or on cancellation. `what` ("client secret of \"mcp\"") goes into errors; the
// value never does. `leg` names the error's leg.
// Errors: misconfigured (unset, empty, unreadable, command failed; a session and the application,
// which are not read), deadline, cancelled.
Result<Secret> read_secret(const SecretReference& reference, std::string_view what,
                           std::string_view leg, const Bounds& bounds);

}  // namespace mcp_auth::host
