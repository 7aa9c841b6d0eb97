// OpenSSL's keys, made of the numbers that a JSON Web Key or a DER encoding has, and the one place
// that says which numbers make a key, whatever they were written in.
//
//     OwnedKey key = rsa_key(numbers);      // null: they make none
//
// Numbers are big-endian, leading zeros or not. What is made of them is wiped with the key.
#pragma once

#include "openssl_owned.hpp"

#include <mcp_auth/secret.hpp>

#include <string_view>

namespace mcp_auth::host {

struct RsaNumbers {
    Secret n, e;
    Secret d;                 // empty: the public key
    Secret p, q, dp, dq, qi;  // all of them or none (RFC 7518 6.3.2)
};
OwnedKey rsa_key(const RsaNumbers& numbers);

// `curve`: a NID. `point`: as SEC 1 2.3.3 has it; empty: computed from `d`. `d` empty: the public
// key. Whether the two belong together is the caller's to check.
OwnedKey ec_key(int curve, std::string_view point, const Secret& d);

// What OpenSSL does not ask: with an exponent of 1 a signature is the padded message, and anybody
// makes it; with an even number there is no key. True for anything but RSA.
bool has_sound_numbers(const EVP_PKEY* key);

}  // namespace mcp_auth::host
