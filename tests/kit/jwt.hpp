// Unsigned JWTs for tests: the kit checks no signature (protocol.md F4).
#pragma once

#include <mcp_auth/jws.hpp>

#include <string>

namespace mcp_auth::testing {

// Three parts, as on the wire, with a filler for the signature.
inline std::string jwt(const json::Value& header, const json::Value& payload) {
    return base64url_encode(header.dump()) + '.' + base64url_encode(payload.dump()) + '.' +
           base64url_encode("CANARY-signature");
}

}  // namespace mcp_auth::testing
