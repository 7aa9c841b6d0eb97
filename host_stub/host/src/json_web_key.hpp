// JSON Web Keys (RFC 7517, RFC 7518 6) to and from OpenSSL's, and their thumbprint (RFC 7638).
#pragma once

#include "openssl_owned.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <string>

namespace mcp_auth::host {

// Errors of both: misconfigured, the leg left empty, for a key that is not EC on P-256 or P-384 or
// RSA, lacks a member, or whose numbers make no key (a point that is not on its curve). No message
// holds a value of it.
Result<OwnedKey> read_public_jwk(const json::Value& jwk);
// Wants the private part too. Whether it belongs to the public one is the caller's to check.
Result<OwnedKey> read_private_jwk(const json::Value& jwk);

// The members that make up the public key, and no other: what a proof carries, what is hashed. Null
// for a key that has no such form.
json::Value public_jwk(const EVP_PKEY* key);
// Of the public part of any JWK, whatever its other members: base64url of SHA-256.
std::string jwk_thumbprint(const json::Value& jwk);

}  // namespace mcp_auth::host
