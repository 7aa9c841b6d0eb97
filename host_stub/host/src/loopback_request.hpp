// What a browser asks of the loopback listener, judged before anything in it is used.
#pragma once

#include "redirect_uri.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::host {

struct LoopbackRequest {
    std::string refusal;  // the whole answer, for what is not a redirect; empty: it is one
    std::string query;
};

// `head`: up to and without the empty line. Refused: another method than GET; another path (a
// favicon); a Host that is not this listener's own address, which a page reaches that had its name
// rebound to loopback; what is no HTTP/1 request.
LoopbackRequest read_loopback_request(std::string_view head, const RedirectUri& address);

}  // namespace mcp_auth::host
