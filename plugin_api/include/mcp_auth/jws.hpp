// mcp_auth/jws.hpp - reading a compact JWS (RFC 7515) without checking its signature.
//
//     Result<Jws> id_jag = Jws::decode(assertion);
//     if (!id_jag) return id_jag.error();
//     if (id_jag->header.string("typ") != "oauth-id-jag+jwt") ...
//
// The signature is not checked because a client is not the audience (protocol.md F4); whoever IS
// the audience must verify it elsewhere. Errors never quote the token. Nothing throws.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth {

// base64url without padding (RFC 7515 2). decode: nothing for any other character, for padding,
// for an impossible length, and for non-zero trailing bits (two spellings of one value). Of what is
// refused no decoded byte stays in memory (L5).
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

struct Jws {
    json::Value header;    // a JSON object
    json::Value payload;   // a JSON object
    Secret signature;      // bytes; empty only for alg none
    Secret signing_input;  // what the signature covers

    // Errors (Status::protocol): over 16 KiB (L3), not three parts, not base64url, not JSON
    // objects. A five-part JWE is an error whose message says so; `is_jwe` tells beforehand.
    static Result<Jws> decode(std::string_view compact);
    static bool is_jwe(std::string_view compact) noexcept;
};

}  // namespace mcp_auth

#include <mcp_auth/jws_impl.hpp>
