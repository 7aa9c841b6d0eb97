// Keys (RFC 7518) and their public form, a JWK Set (RFC 7517), by OpenSSL alone. The demo's servers
// sign with ES256; what clients show them may be signed by any of four algorithms.
#pragma once

#include "json.hpp"

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::demo {

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// A new key for ES256, ES384, RS256 or PS256. Throws std::runtime_error when OpenSSL cannot.
Key generate_key(std::string_view algorithm = "ES256");

// PKCS 8, as a client keeps its key. Both throw std::runtime_error.
std::string private_pem(const Key& key);
Key from_private_pem(const std::string& pem);

// Null for anything that is no EC key on P-256 or P-384 and no RSA key of 2048 bits or more.
Key public_key(const Object& jwk);
// RFC 7638, of the public part.
std::string thumbprint(const Object& jwk);
std::string sha256(std::string_view bytes);

// Whether it is this key's signature by that algorithm; never for a key of another type.
bool verify(const Key& key, std::string_view algorithm, std::string_view input,
            std::string_view signature);
std::string sign(const Key& key, std::string_view algorithm, std::string_view input);

// `size` random bytes in base64url: identifiers and client secrets.
std::string random_text(std::size_t size);

std::string base64url(std::string_view bytes);
// Nothing for any character outside the alphabet, padding included.
std::optional<std::string> from_base64url(std::string_view text);

class SigningKey {
public:
    explicit SigningKey(std::string key_id);
    const std::string& key_id() const noexcept { return key_id_; }
    std::string sign(std::string_view input) const;  // r and s, 32 bytes each
    std::string jwks() const;                        // {"keys": [...]}, as published

private:
    std::string key_id_;
    Key key_;
};

// Whether `signature` is that of the key named `key_id` in this published JWK Set. A set that
// names no such key verifies nothing.
bool verify_es256(std::string_view jwks, std::string_view key_id, std::string_view input,
                  std::string_view signature);

}  // namespace mcp_auth::demo
