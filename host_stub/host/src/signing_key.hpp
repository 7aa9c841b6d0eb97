// A private key that signs JWTs: client assertions (RFC 7523) and DPoP proofs (RFC 9449).
//
//     auto key = SigningKey::read(text);                       // PEM or JWK
//     auto jwt = key->sign(JwsAlgorithm::es256, json::Value::object().set("typ", "JWT"), claims);
#pragma once

#include "jws_signature.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::host {

class SigningKey {
public:
    // PEM (PKCS 8, SEC 1, PKCS 1), or a JWK. A JWK's `alg`, `use` and `key_ops` are respected.
    // Errors: misconfigured, the leg left empty: unreadable, with a password, public only, of a
    // type that signs none of our algorithms, RSA of less than 2048 bits, a private part that is
    // not the public one's. The message says which and what to do, and nothing of the text.
    static Result<SigningKey> read(const Secret& text);
    // A new one for this algorithm alone, from OpenSSL's randomness. Errors: internal.
    static Result<SigningKey> generate(JwsAlgorithm algorithm = JwsAlgorithm::es256);

    // What it may sign with, the usual first; never empty.
    const std::vector<JwsAlgorithm>& algorithms() const noexcept { return algorithms_; }
    bool fits(JwsAlgorithm algorithm) const noexcept;
    std::string description() const { return described(key_.get()); }

    const json::Value& public_jwk() const noexcept { return public_jwk_; }
    const std::string& thumbprint() const noexcept { return thumbprint_; }  // RFC 7638
    const std::string& key_id() const noexcept { return key_id_; }  // a JWK's `kid`; or empty

    // A compact JWS. `alg` goes in front of the members of `header`. Any thread.
    // Errors: internal, the leg left empty.
    Result<Secret> sign(JwsAlgorithm algorithm, const json::Value& header,
                        const json::Value& claims) const;

private:
    static Result<SigningKey> from(OwnedKey key, std::vector<JwsAlgorithm> algorithms);
    static Result<SigningKey> from_jwk(const Secret& text);
    static Result<SigningKey> from_pem(const Secret& text);

    OwnedKey key_;
    std::vector<JwsAlgorithm> algorithms_;
    json::Value public_jwk_;
    std::string thumbprint_, key_id_;
};

// Of the algorithms that `key` may sign with, the one to use: `wanted` where that is not empty,
// else the first that is in `supported` (a server's list; null: it has none). Nothing if there is
// none.
std::optional<JwsAlgorithm> choose_algorithm(const SigningKey& key, std::string_view wanted,
                                             const std::vector<std::string>* supported);

}  // namespace mcp_auth::host
