// The assertion of private_key_jwt (RFC 7521, RFC 7523 2.2; protocol.md G2).
#pragma once

#include "config.hpp"
#include "discovery.hpp"
#include "signing_keys.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <string_view>

namespace mcp_auth::host {

inline constexpr std::string_view client_assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A new one for each request: it is good for one (`jti`), and for a minute. It goes to `endpoint`,
// and names that or the issuer alone as its audience: with two, either could show it to the other.
//
// `alg` is the configured one; else the first that the key can sign with and the server lists in
// token_endpoint_auth_signing_alg_values_supported (no list: the key's first, ES256, ES384 or
// RS256). `kid` is the configured one, else that of a JWK, else absent.
// Errors, leg as given: misconfigured (the key cannot be read or used, does not fit `alg`, or the
// server does not list it), before anything is sent; deadline, cancelled.
Result<Secret> make_client_assertion(const ClientConfig& client, const ServerMetadata& metadata,
                                     std::string_view endpoint, Clock& clock, SigningKeys& keys,
                                     std::string_view leg, const Bounds& bounds);

// Random, for a `jti` (RFC 7519 4.1.7): 128 bits in base64url.
std::string make_token_id(Clock& clock);

}  // namespace mcp_auth::host
