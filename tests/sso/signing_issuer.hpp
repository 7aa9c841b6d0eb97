// An identity provider's signature, in the hands of a test: honest keys, and whatever ID token the
// test wants to have signed.
#pragma once

#include "jws_signature.hpp"
#include "signing_key.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mcp_auth::host::testing {

inline constexpr auto issuer_url = "https://idp.example";
inline constexpr auto jwks_url = "https://idp.example/jwks";

class SigningIssuer {
public:
    explicit SigningIssuer(std::string key_id = "key-1")
        : key_(std::move(*SigningKey::generate())), key_id_(std::move(key_id)) {}

    json::Value jwk() const {
        json::Value jwk = key_.public_jwk();
        jwk.set("kid", key_id_).set("use", "sig").set("alg", "ES256");
        return jwk;
    }
    std::string jwks() const {
        return json::Value::object()
            .set("keys", json::Value(json::Value::array()).push(jwk()))
            .dump();
    }
    json::Value header() const {
        return json::Value(json::Value::object()).set("typ", "JWT").set("kid", key_id_);
    }
    // Really signed by ES256.
    std::string sign(const json::Value& header, const json::Value& claims) const {
        auto token = key_.sign(JwsAlgorithm::es256, header, claims);
        EXPECT_TRUE(token);
        return token ? std::string(token->reveal()) : std::string();
    }
    std::string sign(const json::Value& claims) const { return sign(header(), claims); }
    // Says what it likes of itself, signed by nobody.
    static std::string unsigned_token(const json::Value& header, const json::Value& claims,
                                      std::string_view signature = {}) {
        return base64url_encode(header.dump()) + "." + base64url_encode(claims.dump()) + "." +
               base64url_encode(signature);
    }

private:
    SigningKey key_;
    std::string key_id_;
};

}  // namespace mcp_auth::host::testing
