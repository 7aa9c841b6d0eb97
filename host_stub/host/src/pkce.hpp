// What ties an authorization response to the one who asked for it (RFC 7636, RFC 6749 10.12).
#pragma once

#include <mcp_auth/secret.hpp>

#include <mcp_auth/host/clock.hpp>

#include <string>

namespace mcp_auth::host {

// 256 random bits as base64url: a `state`, a `nonce`, a path that nobody guesses.
Secret unguessable(Clock& clock);

struct Pkce {
    Secret verifier;        // 256 bits (RFC 7636 4.1)
    std::string challenge;  // S256; "plain" would hand the verifier to whoever reads the URL
};
Pkce new_pkce(Clock& clock);

}  // namespace mcp_auth::host
