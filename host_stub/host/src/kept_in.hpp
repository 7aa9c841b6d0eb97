// Where sign-ins are kept: exactly one place, chosen by the configuration or the application.
#pragma once

#include "config.hpp"
#include "kept_sign_in.hpp"

#include <mcp_auth/host/options.hpp>
#include <mcp_auth/result.hpp>

namespace mcp_auth::host {

// "sessions" of the configuration, else Options::session_directory, else memory. Errors, leg
// "configuration": misconfigured (no directory to be had, no keyring on this machine).
Result<KeptSignIns> kept_sign_ins(const Options& options, const Config& config);

}  // namespace mcp_auth::host
