// Keys that an issuer publishes, or an administrator gives.
#include "json_web_key.hpp"
#include "jws_verification.hpp"
#include "oauth/published_keys.hpp"
#include "promise.hpp"
#include "signing_key.hpp"
#include "targets.hpp"

namespace mcp_auth::fuzz {
namespace {

void read_one(const json::Value& jwk) {
    const auto key = host::read_public_jwk(jwk);
    if (!key) return must_be_for_a_log(key.error());
    const auto written = host::public_jwk(key->get());
    if (written.is_null()) return;  // RSA numbers that no algorithm of ours goes with
    const auto again = host::read_public_jwk(written);
    must(again.ok(), "a key is written as it is read");
    must(host::jwk_thumbprint(written) == host::jwk_thumbprint(host::public_jwk(again->get())),
         "a key keeps its thumbprint");
}

// As an administrator's file has it; what is wrong with it is said without its private numbers.
void read_private(json::Value jwk) {
    must_be_for_a_log_or_good(host::SigningKey::read(Secret(jwk.dump())));
    if (!jwk.is_object()) return;
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "k"})
        if (jwk.find(member) != nullptr) jwk.set(member, std::string(canary));
    must_be_for_a_log_or_good(host::SigningKey::read(Secret(jwk.dump())));
}

}  // namespace

void jwk_set(std::string_view bytes) {
    const auto document = json::parse(bytes);
    if (!document)
        return must_be_for_a_log_or_good(
            host::SigningKey::read(Secret(std::string(bytes).append(canary))));
    read_one(*document);
    read_private(*document);
    const auto* keys = document->find("keys");
    if (keys == nullptr) return;
    bool published = false;
    const auto ours = *json::parse(host::testing::rfc7515_ec_jwk);
    for (const json::Value& jwk : keys->items()) {
        read_one(jwk);
        published = published ||
                    (jwk.string("x") == ours.string("x") && jwk.string("y") == ours.string("y"));
    }
    const auto token = Jws::decode(host::testing::rfc7515_es256_token);
    const auto verdict = host::verify_jws(*token, *document, {host::JwsAlgorithm::es256});
    must(verdict != host::JwsVerdict::verified || published,
         "a token is verified by the key that signed it");
    must(verdict != host::JwsVerdict::refused_algorithm, "keys do not change the algorithm");
}

}  // namespace mcp_auth::fuzz
