// A private key in PEM, read without OpenSSL's decoders: they free what they decoded, the private
// number among it, without wiping it (protocol.md L5; OpenSSL 3.0, PEM_read_bio_PrivateKey).
#pragma once

#include "openssl_owned.hpp"

#include <string_view>

namespace mcp_auth::host {

// The first key without password in `pem`: PKCS #8, PKCS #1 or SEC 1. EC on P-256 and P-384 and RSA
// of two primes are read here, and anything else by OpenSSL. Null: it cannot be read.
OwnedKey read_private_key_pem(std::string_view pem);

}  // namespace mcp_auth::host
