// Whether a JWT was signed by a key of a JWK Set (RFC 7515 5.2, RFC 8725). For whoever is its
// audience: an ID token's, not an ID-JAG's (protocol.md F4).
//
//     const auto jws = Jws::decode(id_token);
//     switch (verify_jws(*jws, jwk_set, {JwsAlgorithm::es256, JwsAlgorithm::rs256})) ...
#pragma once

#include "jws_signature.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>

#include <vector>

namespace mcp_auth::host {

enum class JwsVerdict {
    verified,
    refused_algorithm,  // `alg` is not one of those accepted, or `crit` names what is unknown here
    unknown_key,        // the set has no key that it could be by: fetch it anew, once
    forged,             // there was a key, and it is not its signature
};

// By the key that the header's `kid` names, or, where it names none, by any key that fits. A key
// whose `use`, `key_ops` or `alg` says otherwise does not fit, and neither does a weak one. Issuer,
// audience and times are the caller's to check. Any thread.
JwsVerdict verify_jws(const Jws& jws, const json::Value& jwk_set,
                      const std::vector<JwsAlgorithm>& accepted);

}  // namespace mcp_auth::host
