// Compact JWTs (RFC 7519), signed and verified with ES256: the one algorithm that the demo's
// servers accept, whatever a token's header says (RFC 8725 3.1).
#pragma once

#include "json.hpp"
#include "keys.hpp"

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::demo {

struct Jwt {
    Object::Ptr header;
    Object::Ptr claims;

    std::string claim(const std::string& name) const;  // empty when absent or no string
    std::int64_t time(const std::string& name) const;  // 0 when absent or no integer
    // `aud` is this value alone: a string, or an array of exactly one.
    bool is_for(std::string_view audience) const;
};

// Signs what it is given: the header's `alg` and `kid` are the caller's, so that a test can lie.
std::string sign_jwt(const SigningKey& key, const Object& header, const Object& claims);
// An honest one for it: alg, typ, kid.
Object jwt_header(const std::string& type, const SigningKey& key);

// The token if it is a three-part JWS of the type `typ`, by ES256, and signed with a key of the
// JWK Set. Issuer, audience and times are the caller's to check. Errors say what is wrong with it,
// fit for an error_description: they hold no part of the token.
Result<Jwt> verify_jwt(std::string_view token, std::string_view typ, std::string_view jwks);

}  // namespace mcp_auth::demo
