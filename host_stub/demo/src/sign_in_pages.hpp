// The identity provider's pages for people: signing in, entering a device's code. Plain HTML that
// works with a keyboard and a screen reader, loads nothing and runs nothing.
#pragma once

#include "http.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::demo {

// `fault`: what was wrong with the former try; empty: this is the first. The form posts to the
// page's own URL, query included.
Answer sign_in_page(std::string_view fault);
Answer device_page(std::string_view user_code, std::string_view fault);
// An end: what happened, and that the window can be closed.
Answer message_page(int status, std::string_view title, std::string_view text);

}  // namespace mcp_auth::demo
