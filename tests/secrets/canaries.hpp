// What must not be found anywhere once it is released (protocol.md L4, L5): every secret that a
// demo enterprise and its host have shown each other, by the name that the protocol gives it.
#pragma once

#include <mcp_auth/demo/enterprise.hpp>

#include <string>
#include <vector>

namespace mcp_auth::secrets {

struct Canary {
    std::string name;  // "refresh_token", "client_secret", "private key d", ...
    std::string text;  // its bytes
};

// Of everything so far: client secrets, private keys (their numbers), assertions and tokens, codes,
// verifiers, states, nonces, Authorization headers, DPoP proofs. `enterprise` records.
std::vector<Canary> canaries_of(const demo::Enterprise& enterprise);

// A secret as it may stand somewhere: as it is, percent-encoded, in base64 and base64url behind
// anything (three alignments each, also of what is percent-encoded, as in Basic), as hexadecimal.
// No form is shorter than window_bytes.
struct Form {
    const char* name;
    std::string text;
};
std::vector<Form> forms_of(const std::string& text);

// A piece of a secret this long gives it away; a shorter one may be there by accident.
constexpr std::size_t window_bytes = 16;

}  // namespace mcp_auth::secrets
