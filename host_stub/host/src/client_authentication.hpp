// Putting a client's authentication on a token request: exactly one method (protocol.md G2).
#pragma once

#include "config.hpp"
#include "discovery.hpp"
#include "signing_keys.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

// What a token request is made of before it becomes bytes. Wiped with it.
struct TokenRequestParts {
    std::vector<std::pair<std::string, Secret>> fields;  // in order
    std::vector<std::pair<std::string, Secret>> headers;
    std::string client_certificate;  // PEM, for tls_client_auth
    Secret client_key;               // likewise
    std::string endpoint;            // replaced by an mTLS alias (RFC 8705 5)
};

// Adds what `client` needs. `metadata` may be without auth methods (then basic is assumed
// supported, RFC 8414 2). Errors, leg as given: misconfigured (the method is not one the server
// lists; the secret, key or certificate cannot be read or used), before anything is sent.
Result<void> authenticate_client(const ClientConfig& client, const ServerMetadata& metadata,
                                 Clock& clock, SigningKeys& keys, TokenRequestParts& parts,
                                 std::string_view leg, const Bounds& bounds);

}  // namespace mcp_auth::host
