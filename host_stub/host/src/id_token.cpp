#include "id_token.hpp"

#include "ascii_case.hpp"
#include "jws_verification.hpp"
#include "published_endpoint.hpp"
#include "scope.hpp"
#include "untrusted_text.hpp"

#include <mcp_auth/claims.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

constexpr std::int64_t clock_tolerance = 60;  // seconds: what two honest clocks may differ by

Error broken(std::string what) {
    return {Status::protocol, "id_token", "the ID token " + std::move(what)};
}

// A typ that says it is something else (an ID-JAG, a logout token) is not mixed up with an ID token
// (RFC 8725 3.11). Most say "JWT", many nothing.
Result<void> check_header(const json::Value& header) {
    const json::Value* const typ = header.find("typ");
    if (typ == nullptr) return {};
    const std::string* const text = typ->as_string();
    if (text == nullptr || !equal_ignoring_case(*text, "JWT"))
        return broken("is of another type: its typ is not JWT");
    return {};
}

// 3.1.3.7 3-5. Another audience next to us could spend the token as if it were the user's sign-in
// with it, so that then the party it was issued to must be said to be us.
Result<void> check_audience(const json::Value& claims, std::string_view client_id) {
    const json::Value* const aud = claims.find("aud");
    std::vector<std::string> audiences;
    if (aud != nullptr && aud->is_string())
        audiences.push_back(*aud->as_string());
    else
        audiences = claims.strings("aud").value_or(std::vector<std::string>());
    if (std::find(audiences.begin(), audiences.end(), client_id) == audiences.end())
        return broken("is not for this client: its aud does not name it");
    const json::Value* const azp = claims.find("azp");
    if (azp == nullptr && audiences.size() > 1)
        return broken("is for several audiences and does not say in azp which one asked for it");
    if (azp != nullptr && (azp->as_string() == nullptr || *azp->as_string() != client_id))
        return broken("was issued to another client: its azp is not this one");
    return {};
}

Result<std::int64_t> time_of(const json::Value& claims, const char* name) {
    const auto seconds = plugin::numeric_date(claims.find(name));
    if (!seconds) return broken(std::string("has no ") + name + " in seconds");
    return *seconds;
}

Result<std::int64_t> check_times(const json::Value& claims, std::int64_t now) {
    auto exp = time_of(claims, "exp");
    if (!exp) return exp.error();
    if (*exp <= now)
        return broken("has expired already: its exp is in the past; are the clocks right?");
    const auto iat = time_of(claims, "iat");
    if (!iat) return iat.error();
    if (*iat > now + clock_tolerance) return broken("is from the future: its iat is to come");
    if (claims.find("nbf") == nullptr) return exp;
    const auto nbf = time_of(claims, "nbf");
    if (!nbf) return nbf.error();
    if (*nbf > now + clock_tolerance) return broken("is not valid yet: its nbf is to come");
    return exp;
}

// 3.1.3.6: the left half of the hash that the signature's algorithm uses.
Result<void> check_access_token(const Jws& token, std::string_view access_token) {
    const json::Value* const at_hash = token.payload.find("at_hash");
    if (at_hash == nullptr || access_token.empty()) return {};
    const bool of_384 = token.header.string("alg") == "ES384";
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    if (EVP_Digest(access_token.data(), access_token.size(), hash.data(), &size,
                   of_384 ? EVP_sha384() : EVP_sha256(), nullptr) != 1)
        return Error(Status::internal, "id_token", "a hash could not be computed");
    const std::string half(reinterpret_cast<const char*>(hash.data()), size / 2);
    if (at_hash->as_string() == nullptr || *at_hash->as_string() != base64url_encode(half))
        return broken("is not of the access token that came with it: its at_hash differs");
    return {};
}

// What the caller asked of the sign-in itself (3.1.3.7 12, 13).
Result<void> check_strength(const json::Value& claims, const ExpectedIdToken& expected,
                            std::int64_t now) {
    const auto weak = [](std::string what) {
        return Error(Status::interaction_required, "id_token",
                     "the identity provider signed the user in, but " + std::move(what));
    };
    if (expected.max_age) {
        const auto auth_time = time_of(claims, "auth_time");
        if (!auth_time) return auth_time.error();
        // Not the sum of the two: whoever asks may allow any age.
        if (now - *auth_time - clock_tolerance > expected.max_age->count())
            return weak("longer ago than was asked for (max_age)");
    }
    const auto acr = claims.string("acr");
    if (!expected.acr_values.empty() && !acr.empty() && !scope_contains(expected.acr_values, acr))
        return weak("not in a way that was asked for (acr_values)");
    return {};
}

std::string name_of(const json::Value& claims) {
    for (const char* claim : {"preferred_username", "email", "name"})
        if (const auto name = claims.string(claim); !name.empty()) return untrusted_text(name);
    return {};
}

}  // namespace

Result<IdTokenClaims> check_id_token(const Jws& token, const ExpectedIdToken& expected,
                                     std::int64_t now) {
    const json::Value& payload = token.payload;
    if (auto typ = check_header(token.header); !typ) return std::move(typ).error();
    if (payload.string("iss") != expected.issuer) return broken("is of another issuer: wrong iss");
    if (auto ours = check_audience(payload, expected.client_id); !ours)
        return std::move(ours).error();
    const auto exp = check_times(payload, now);
    if (!exp) return exp.error();
    if (!expected.nonce.empty() && !same_in_constant_time(payload.string("nonce"), expected.nonce))
        return broken("does not answer this sign-in: its nonce is missing or another's");
    const auto sub = payload.string("sub");
    if (sub.empty() || sub.size() > 255) return broken("has no usable sub");
    if (!expected.subject.empty() && sub != expected.subject)
        return broken("is of somebody else than who signed in: another sub");
    if (auto bound = check_access_token(token, expected.access_token); !bound)
        return std::move(bound).error();
    if (auto strong = check_strength(payload, expected, now); !strong)
        return std::move(strong).error();
    IdTokenClaims claims;
    claims.issuer = expected.issuer;
    claims.subject = sub;
    claims.name = name_of(payload);
    claims.expires_at = *exp;
    return claims;
}

Result<void> IdTokens::verify_signature(const Jws& token, const ServerMetadata& server,
                                        const Trace& trace, const Bounds& bounds) {
    const std::vector<JwsAlgorithm> accepted(jws_algorithms.begin(), jws_algorithms.end());
    const auto url =
        published_endpoint(server.issuer, server.document, "jwks_uri", allow_http_loopback_);
    if (!url) return url.error();
    auto keys = keys_.get(*url, trace, bounds);
    if (!keys) return std::move(keys).error();
    auto verdict = verify_jws(token, **keys, accepted);
    if (verdict == JwsVerdict::unknown_key) {
        const auto known = *keys;
        keys = keys_.newer_than(known, *url, trace, bounds);
        if (!keys) return std::move(keys).error();
        if (*keys != known) verdict = verify_jws(token, **keys, accepted);
    }
    switch (verdict) {
    case JwsVerdict::verified: return {};
    case JwsVerdict::refused_algorithm:
        return broken(
            "is signed by an algorithm that is not accepted (ES256, ES384, RS256 or "
            "PS256), or not at all");
    case JwsVerdict::unknown_key:
        return broken("is signed with a key that its issuer does not publish for that");
    case JwsVerdict::forged: break;
    }
    return broken("has a signature that is not its issuer's");
}

Result<IdTokenClaims> IdTokens::verify(std::string_view token, const ServerMetadata& server,
                                       const ExpectedIdToken& expected, std::int64_t now,
                                       const Trace& trace, const Bounds& bounds) {
    auto checked = [&]() -> Result<IdTokenClaims> {
        if (token.empty()) return broken("is missing in the answer of the token endpoint");
        if (Jws::is_jwe(token))
            return Error(Status::misconfigured, "id_token",
                         "the ID token is encrypted; have this client registered for signed ones");
        const auto jws = Jws::decode(token);
        if (!jws) return broken("cannot be read: " + jws.error().message);
        auto claims = check_id_token(*jws, expected, now);
        if (!claims) return claims;
        if (auto real = verify_signature(*jws, server, trace, bounds); !real)
            return std::move(real).error();
        return claims;
    }();
    AuditEvent event;
    event.leg = "id_token";
    event.event = "checked";
    event.status = checked.status();
    trace.record(std::move(event));
    return checked;
}

}  // namespace mcp_auth::host
