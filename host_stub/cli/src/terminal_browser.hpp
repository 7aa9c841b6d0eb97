// The command's browser: the system's, or a URL for the person at the terminal to open.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/host/browser.hpp>

#include <memory>

namespace mcp_auth::cli {

// Where no browser can be opened and `terminal` is one, the URL is printed there; else the error of
// `system` stands (interaction_required), for a program that reads us can open nothing.
std::shared_ptr<Browser> terminal_browser(std::shared_ptr<Browser> system, Terminal terminal);

}  // namespace mcp_auth::cli
