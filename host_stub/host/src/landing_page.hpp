// What the user sees in the browser at the end of a sign-in (RFC 8252 7.3): plain HTML that loads
// nothing, runs nothing, and holds neither code nor state.
#pragma once

#include <mcp_auth/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

enum class Landing {
    accepted,  // the answer was what was asked for
    refused,   // it was not, or was an error
    again,     // the same answer a second time
    late,      // nobody waits for it any more
};

// The whole answer to a browser's GET, head included. `error`: why it was refused. All text is
// escaped.
std::string landing_response(Landing landing, const std::optional<Error>& error = {});

// The whole answer to anything else that arrives, in plain text.
std::string plain_response(int status, std::string_view text);

}  // namespace mcp_auth::host
