// A page of the demo's servers for a browser: plain, and nothing from elsewhere.
#pragma once

#include "http.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::demo {

// A text inside of `content`, or in a double-quoted attribute there.
std::string escaped(std::string_view text);

// `title` is a text, and so is `site`, which the window's title begins with; `content` is HTML.
Answer html_page(int status, std::string_view title, const std::string& content,
                 std::string_view site = {});

}  // namespace mcp_auth::demo
