// The receiving side of client authentication at a token endpoint (RFC 6749 2.3, RFC 7523 2.2).
#pragma once

#include "http.hpp"
#include "party.hpp"
#include "replay_guard.hpp"

#include <mcp_auth/demo/enterprise.hpp>

#include <optional>
#include <string>

namespace mcp_auth::demo {

std::string_view to_string(ClientMethod method) noexcept;

// What Basic says. Nothing: there is none, or it cannot be read.
struct BasicCredentials {
    std::string id, secret;
};
std::optional<BasicCredentials> basic_credentials(const std::string& authorization);

// The `kid` of every client's key.
inline constexpr char client_key_id[] = "host-1";

// Nothing when the request comes from this client, authenticated by exactly the method that it is
// registered for; else the refusal. A method it is not registered for is no better than a wrong
// secret: a public client that sends a secret is refused too.
struct TokenEndpoint {
    const Party& party;
    const std::string& issuer;
    std::string url;
    ReplayGuard& assertions;
};
std::optional<Answer> refuse_client(const Client& client, const TokenEndpoint& endpoint,
                                    const RecordedRequest& request, const Form& form);

}  // namespace mcp_auth::demo
