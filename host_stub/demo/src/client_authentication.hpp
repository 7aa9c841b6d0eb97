// The receiving side of client authentication at a token endpoint (RFC 6749 2.3).
#pragma once

#include "http.hpp"

#include <mcp_auth/demo/enterprise.hpp>

#include <optional>

namespace mcp_auth::demo {

std::string_view to_string(ClientMethod method) noexcept;

// Nothing when the request comes from this client, authenticated by exactly the method that it is
// registered for; else the refusal. A method it is not registered for is no better than a wrong
// secret: a public client that sends a secret is refused too.
std::optional<Answer> refuse_client(const Client& client, const RecordedRequest& request,
                                    const Form& form);

}  // namespace mcp_auth::demo
