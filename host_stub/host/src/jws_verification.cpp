#include "jws_verification.hpp"

#include "json_web_key.hpp"

#include <algorithm>

namespace mcp_auth::host {
namespace {

// A set is a peer's document: more keys than this would only cost time.
constexpr std::size_t most_keys = 64;

bool may_verify(const json::Value& jwk, JwsAlgorithm algorithm, const std::string* key_id) {
    if (key_id != nullptr && jwk.string("kid") != *key_id) return false;
    if (jwk.find("use") != nullptr && jwk.string("use") != "sig") return false;
    if (jwk.find("alg") != nullptr && jwk.string("alg") != to_string(algorithm)) return false;
    if (jwk.find("key_ops") == nullptr) return true;
    const auto operations = jwk.strings("key_ops");
    return operations &&
           std::find(operations->begin(), operations->end(), "verify") != operations->end();
}

// Null: it is no key for this algorithm.
OwnedKey key_for(const json::Value& jwk, JwsAlgorithm algorithm) {
    auto key = read_public_jwk(jwk);
    if (!key) return nullptr;
    const auto can = algorithms_of(key->get());
    const bool fits = std::find(can.begin(), can.end(), algorithm) != can.end();
    return fits && is_of_fair_size(key->get()) ? std::move(*key) : nullptr;
}

}  // namespace

JwsVerdict verify_jws(const Jws& jws, const json::Value& jwk_set,
                      const std::vector<JwsAlgorithm>& accepted) {
    const auto algorithm = jws_algorithm(jws.header.string("alg"));
    // The caller's list decides, never the token alone (RFC 8725 3.1); an extension that must be
    // understood is not (RFC 7515 4.1.11).
    if (!algorithm || std::find(accepted.begin(), accepted.end(), *algorithm) == accepted.end() ||
        jws.header.find("crit") != nullptr)
        return JwsVerdict::refused_algorithm;
    const json::Value* const named = jws.header.find("kid");
    if (named != nullptr && !named->is_string()) return JwsVerdict::unknown_key;
    const std::string* const key_id = named != nullptr ? named->as_string() : nullptr;
    const json::Value* const keys = jwk_set.find("keys");
    if (keys == nullptr) return JwsVerdict::unknown_key;
    bool tried = false;
    std::size_t looked_at = 0;
    for (const json::Value& jwk : keys->items()) {
        if (++looked_at > most_keys) break;
        if (!may_verify(jwk, *algorithm, key_id)) continue;
        const OwnedKey key = key_for(jwk, *algorithm);
        if (!key) continue;
        tried = true;
        if (verify(key.get(), *algorithm, jws.signing_input.reveal(), jws.signature.reveal()))
            return JwsVerdict::verified;
    }
    return tried ? JwsVerdict::forged : JwsVerdict::unknown_key;
}

}  // namespace mcp_auth::host
