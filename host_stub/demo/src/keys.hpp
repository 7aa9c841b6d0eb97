// ES256 keys (RFC 7518 3.4) and their public form, a JWK Set (RFC 7517), by OpenSSL alone.
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

// A new P-256 key. Throws std::runtime_error when OpenSSL cannot.
Key generate_key();

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
