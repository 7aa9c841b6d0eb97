// A private key in PEM, read without OpenSSL's decoders: they free what they decoded, the private
// number among it, without wiping it (protocol.md L5; OpenSSL 3.0, PEM_read_bio_PrivateKey).
#pragma once

#include "openssl_owned.hpp"

#include <string_view>

namespace mcp_auth::host {

// The first key without password in `pem`: PKCS #8 (of version 1 too), PKCS #1 or SEC 1. Null: it
// cannot be read, or its numbers make no key.
//
// RSA of two primes, EC on P-256, P-384 and P-521 by name, Ed25519 and Ed448 are read here. What is
// of any other kind (RSA-PSS, more primes, another curve, a curve written out in numbers) is read
// by OpenSSL, and memory that was freed may have the key in it then. Such a key signs no JWT: it
// comes to that only for a client certificate, and for a message that says what it is.
OwnedKey read_private_key_pem(std::string_view pem);

}  // namespace mcp_auth::host
