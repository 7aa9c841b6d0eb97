// Compact JWTs (RFC 7519). The demo's own are signed with ES256, and no token's header says by
// which algorithm it is verified (RFC 8725 3.1).
#pragma once

#include "json.hpp"
#include "keys.hpp"

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>
#include <vector>

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

// The same by one key that is known beforehand, or that the token carries (a DPoP proof), of the
// algorithm that it is for. `typ` may be any of these; "": none at all.
Result<Jwt> verify_jwt(std::string_view token, const std::vector<std::string_view>& typ,
                       const Key& key, std::string_view algorithm);
// The header alone, to find the key: nothing is verified. Null when it is no JWT.
Object::Ptr header_of(std::string_view token);

}  // namespace mcp_auth::demo
