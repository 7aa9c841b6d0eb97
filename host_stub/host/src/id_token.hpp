// An ID token as its audience reads it (OpenID Connect Core 3.1.3.7): signed by the issuer, for
// this client, now, and in answer to this sign-in. A cross-app access provider, which only passes
// it on, checks less.
#pragma once

#include "discovery.hpp"
#include "jwk_sets.hpp"
#include "trace.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// What it must say. Empty: not asked for.
struct ExpectedIdToken {
    std::string_view issuer, client_id;
    std::string_view nonce;         // that the authorization request carried
    std::string_view access_token;  // that came with it, for at_hash
    std::string_view subject;       // of the sign-in that is renewed (12.2)
    std::optional<std::chrono::seconds> max_age;
    std::string_view acr_values;
};

// The claims that are used.
struct IdTokenClaims {
    std::string issuer, subject;
    std::string name;  // for people: preferred_username, email or name; the issuer's words
    std::int64_t expires_at = 0;
};

// All rules but the signature. Errors, leg "id_token", name the claim: protocol;
// interaction_required where the sign-in is older, or of another class, than was asked for.
Result<IdTokenClaims> check_id_token(const Jws& token, const ExpectedIdToken& expected,
                                     std::int64_t now);

class IdTokens {
public:
    IdTokens(JwkSets& keys, bool allow_http_loopback)
        : keys_(keys), allow_http_loopback_(allow_http_loopback) {}

    // All rules. ES256, ES384, RS256, PS256; the key is of the issuer's jwks_uri, which is fetched
    // anew, once, for a key that it did not have. Errors: as above, of jwks_uri and of JwkSets;
    // misconfigured (encrypted: this client has no key to read it).
    Result<IdTokenClaims> verify(std::string_view token, const ServerMetadata& server,
                                 const ExpectedIdToken& expected, std::int64_t now,
                                 const Trace& trace, const Bounds& bounds);

private:
    Result<void> verify_signature(const Jws& token, const ServerMetadata& server,
                                  const Trace& trace, const Bounds& bounds);

    JwkSets& keys_;
    const bool allow_http_loopback_;
};

}  // namespace mcp_auth::host
