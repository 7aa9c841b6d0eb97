// --session and --provider, which login, logout and whoami have in common, and how a session is
// told to a person.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/host/sign_in.hpp>

#include <string>

namespace CLI {
class App;
}

namespace mcp_auth::cli {

void add_session_options(CLI::App& command, SessionChoice& which);

// Lines, the first of them who it is.
std::string account_of(const SignedIn& who, const Terminal& terminal);

}  // namespace mcp_auth::cli
