// Ed25519 keys and signatures (RFC 8032), in the formats that OpenSSL's command has: PEM keys, and
// signatures in base64.
#pragma once

#include "openssl_owned.hpp"

#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// A private key (PKCS 8) without password. Errors: misconfigured, the leg left empty; the message
// says what it is instead and nothing of the text.
Result<OwnedKey> read_ed25519_private_key(const Secret& pem);
// A public key (SubjectPublicKeyInfo). Errors: as above.
Result<OwnedKey> read_ed25519_public_key(std::string_view pem);

// SHA-256 of the public part as SubjectPublicKeyInfo (DER), lower case hex:
// `openssl pkey -pubin -in FILE -outform DER | sha256sum`. Empty: OpenSSL failed.
std::string key_fingerprint(EVP_PKEY* key);

// The 64 bytes. Errors: internal, the leg left empty.
Result<std::string> sign_ed25519(EVP_PKEY* key, std::string_view message);
bool verify_ed25519(EVP_PKEY* key, std::string_view message, std::string_view signature);

// One or more signatures of 64 bytes in base64, one after the other, with line breaks anywhere
// (`openssl base64` breaks at 64 characters). Nothing: it is anything else.
std::optional<std::vector<std::string>> read_signatures(std::string_view text);
// One, in base64 and with a line feed.
std::string write_signature(std::string_view signature);

}  // namespace mcp_auth::host
