#include "signing_key.hpp"

#include "json_web_key.hpp"
#include "private_key_pem.hpp"

#include <mcp_auth/jws.hpp>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view what_it_may_be =
    "give a private key without password, in PEM or as a JSON Web Key: EC on P-256 or P-384, or "
    "RSA of 2048 bits or more";

Error unusable(const std::string& why) {
    return {Status::misconfigured, "", why + "; " + std::string(what_it_may_be)};
}

// The key that a JWK says it is for: "sig", and among other operations "sign" (RFC 7517 4.2, 4.3).
bool is_for_signing(const json::Value& jwk) {
    if (jwk.find("use") != nullptr && jwk.string("use") != "sig") return false;
    if (jwk.find("key_ops") == nullptr) return true;
    const auto operations = jwk.strings("key_ops");
    return operations &&
           std::find(operations->begin(), operations->end(), "sign") != operations->end();
}

}  // namespace

bool SigningKey::fits(JwsAlgorithm algorithm) const noexcept {
    return std::find(algorithms_.begin(), algorithms_.end(), algorithm) != algorithms_.end();
}

Result<SigningKey> SigningKey::from(OwnedKey key, std::vector<JwsAlgorithm> algorithms) {
    if (algorithms.empty())
        return unusable("it is " + described(key.get()) +
                        ", which signs none of ES256, ES384, RS256 and PS256");
    if (!is_of_fair_size(key.get())) return unusable("it is " + described(key.get()));
    // A private part that does not belong to the public one would be found out by the server only.
    const auto probe = host::sign(key.get(), algorithms.front(), "probe");
    if (!probe || !verify(key.get(), algorithms.front(), "probe", *probe))
        return unusable("its private and public parts do not belong together");
    SigningKey out;
    out.public_jwk_ = host::public_jwk(key.get());
    out.thumbprint_ = jwk_thumbprint(out.public_jwk_);
    out.key_ = std::move(key);
    out.algorithms_ = std::move(algorithms);
    return out;
}

Result<SigningKey> SigningKey::from_jwk(const Secret& text) {
    const auto jwk = json::parse(text.reveal());
    if (!jwk) return unusable("it begins like a JSON Web Key, but is no JSON");
    auto key = read_private_jwk(*jwk);
    if (!key) return unusable(key.error().message);
    if (!is_for_signing(*jwk))
        return unusable("its \"use\" or \"key_ops\" says that it is not for signing");
    auto algorithms = algorithms_of(key->get());
    if (jwk->find("alg") != nullptr) {
        const auto only = jws_algorithm(jwk->string("alg"));
        std::erase_if(algorithms, [&](JwsAlgorithm one) { return one != only; });
        if (algorithms.empty())
            return unusable("its \"alg\" is none of ours, or not of " + described(key->get()));
    }
    auto out = from(std::move(*key), std::move(algorithms));
    if (out) out->key_id_ = jwk->string("kid");
    return out;
}

Result<SigningKey> SigningKey::from_pem(const Secret& text) {
    const auto pem = text.reveal();
    const auto has = [&](std::string_view part) { return pem.find(part) != pem.npos; };
    if (has("ENCRYPTED")) return unusable("it has a password");
    if (!has("PRIVATE KEY-----")) {
        if (has("PUBLIC KEY-----") || has("-----BEGIN CERTIFICATE"))
            return unusable("it is a public key or a certificate, without the private key");
        return unusable("it cannot be read");
    }
    OwnedKey key = read_private_key_pem(pem);
    if (!key) return unusable("it cannot be read");
    auto algorithms = algorithms_of(key.get());
    return from(std::move(key), std::move(algorithms));
}

Result<SigningKey> SigningKey::read(const Secret& text) {
    const auto first = text.reveal().find_first_not_of(" \t\r\n");
    const bool jwk = first != std::string_view::npos && text.reveal()[first] == '{';
    return jwk ? from_jwk(text) : from_pem(text);
}

Result<SigningKey> SigningKey::generate(JwsAlgorithm algorithm) {
    OwnedKey key(algorithm == JwsAlgorithm::es256   ? EVP_EC_gen("P-256")
                 : algorithm == JwsAlgorithm::es384 ? EVP_EC_gen("P-384")
                                                    : EVP_RSA_gen(2048));
    if (!key) {
        ERR_clear_error();
        return Error(Status::internal, "", "OpenSSL cannot make a key");
    }
    return from(std::move(key), {algorithm});
}

Result<Secret> SigningKey::sign(JwsAlgorithm algorithm, const json::Value& header,
                                const json::Value& claims) const {
    auto whole = json::Value::object();
    whole.set("alg", to_string(algorithm));
    for (const json::Member& member : header.members()) whole.set(member.name, member.value);
    const auto part = [](std::string text) {
        const Secret bytes(std::move(text));
        return Secret(base64url_encode(bytes.reveal()));
    };
    std::string jwt = base64url_encode(whole.dump());
    append_wiping(jwt, ".");
    append_wiping(jwt, part(claims.dump()).reveal());
    auto signature = host::sign(key_.get(), algorithm, jwt);
    if (!signature) {
        wipe(jwt);
        return signature.error();
    }
    append_wiping(jwt, ".");
    append_wiping(jwt, part(*std::move(signature)).reveal());
    return Secret(std::move(jwt));
}

std::optional<JwsAlgorithm> choose_algorithm(const SigningKey& key, std::string_view wanted,
                                             const std::vector<std::string>* supported) {
    for (const JwsAlgorithm algorithm : key.algorithms()) {
        const auto name = to_string(algorithm);
        if (!wanted.empty() && name != wanted) continue;
        if (supported == nullptr ||
            std::find(supported->begin(), supported->end(), name) != supported->end())
            return algorithm;
    }
    return std::nullopt;
}

}  // namespace mcp_auth::host
