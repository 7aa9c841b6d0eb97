// An ID token as its audience reads it: header, payload and, for what is to be signed by the issuer
// after all, the word "sign".
#include "id_token.hpp"

#include "answer.hpp"
#include "compact_token.hpp"
#include "json_web_key.hpp"
#include "jws_verification.hpp"
#include "oauth/published_keys.hpp"
#include "promise.hpp"
#include "support/manual_clock.hpp"
#include "targets.hpp"

#include <mcp_auth/id_token.hpp>

#include <chrono>
#include <optional>

namespace mcp_auth::fuzz {
namespace {

constexpr std::int64_t today = host::testing::ManualClock::start_wall;
constexpr const char* issuer = "https://idp.example";

// The issuer's key is the one of RFC 7515 A.3, which is no secret.
std::string signed_by_issuer(const std::string& input) {
    const auto key = host::read_private_jwk(*json::parse(host::testing::rfc7515_ec_jwk));
    must(key.ok(), "the published key is read");
    const auto signature = host::sign(key->get(), host::JwsAlgorithm::es256, input);
    must(signature.ok(), "the published key signs");
    return *signature;
}

json::Value key_set() {
    auto jwk = *json::parse(host::testing::rfc7515_ec_jwk);
    jwk.erase("d");
    return json::Value::object().set("keys", json::Value::array().push(std::move(jwk)));
}

host::ServerMetadata metadata() {
    host::ServerMetadata server;
    server.issuer = issuer;
    server.document =
        json::Value::object().set("issuer", issuer).set("jwks_uri", "https://idp.example/keys");
    return server;
}

// What may be asked of a sign-in: nothing more, and everything at once.
host::ExpectedIdToken expected(bool strict) {
    host::ExpectedIdToken want;
    want.issuer = issuer;
    want.client_id = "client";
    want.access_token = "access-token";
    if (!strict) return want;
    want.nonce = "nonce";
    want.subject = "alice";
    want.max_age = std::chrono::seconds(300);
    want.acr_values = "urn:mfa";
    return want;
}

void must_be_ours(const host::IdTokenClaims& claims, const Jws& jws,
                  const host::ExpectedIdToken& want) {
    must(claims.issuer == issuer && jws.payload.string("iss") == issuer,
         "a token is of its issuer");
    must(!claims.subject.empty() && claims.subject.size() <= 255, "a token says who signed in");
    must(is_for_a_log(claims.name), "a name has no control characters");
    must(claims.expires_at > today, "a token has not expired");
    must(want.nonce.empty() || jws.payload.string("nonce") == want.nonce,
         "a token answers this sign-in");
}

Result<host::IdTokenClaims> verified(std::string_view token, const host::ExpectedIdToken& want) {
    HttpResponse keys;
    keys.status = 200;
    keys.body = key_set().dump();
    OneAnswer network(keys);
    host::testing::ManualClock clock;
    host::JwkSets sets(network, clock);
    return host::IdTokens(sets, false).verify(token, metadata(), want, today, {}, {});
}

}  // namespace

void id_token(std::string_view bytes) {
    TokenParts parts = parts_of(bytes);
    const bool by_issuer = parts.in_lines && parts.signature == "sign";
    if (by_issuer) parts.signature = signed_by_issuer(parts.signing_input());
    const std::string token = parts.in_lines
                                  ? parts.signing_input() + '.' + base64url_encode(parts.signature)
                                  : std::string(bytes);

    const plugin::Client client{"client", issuer, {}, {}};
    must_be_for_a_log_or_good(plugin::check_id_token(token, client, today));
    const auto jws = Jws::decode(token);
    for (const bool strict : {false, true}) {
        const auto want = expected(strict);
        const auto claims = verified(token, want);
        if (claims) {
            must(jws.ok() && by_issuer, "a token is signed by its issuer");
            must_be_ours(*claims, *jws, want);
        } else {
            must_be_for_a_log(claims.error());
        }
        if (jws) must_be_for_a_log_or_good(host::check_id_token(*jws, want, today));
    }
    if (!jws) return;
    const std::vector<host::JwsAlgorithm> all(host::jws_algorithms.begin(),
                                              host::jws_algorithms.end());
    if (host::verify_jws(*jws, key_set(), all) != host::JwsVerdict::verified) return;
    must(by_issuer || token == host::testing::rfc7515_es256_token,
         "nobody but the issuer signs as the issuer");
    must(jws->header.string("alg") == "ES256" && jws->header.find("crit") == nullptr,
         "a signature is by the algorithm that the token names");
}

}  // namespace mcp_auth::fuzz
