#include "id_jag.hpp"

#include "claims.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/scope.hpp>

#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

constexpr std::size_t longest_jwt = 16 * 1024;  // L3

Error fault(std::string message) {
    return {
        Status::protocol, "id_jag",
        "the ID-JAG is not the one that was asked for, so it was not sent: " + std::move(message)};
}

bool is_text(const json::Value* claim) {
    return claim && claim->is_string() && !claim->as_string()->empty();
}

bool is_text(const json::Value* claim, std::string_view expected) {
    return claim && claim->is_string() && *claim->as_string() == expected;
}

// The value itself, or an array of it alone.
bool is_only(const json::Value* claim, std::string_view expected) {
    if (claim && claim->is_array())
        return claim->items().size() == 1 && is_text(&claim->items().front(), expected);
    return is_text(claim, expected);
}

// A claim is met, or the fault says what it should have been.
Result<void> must_be(bool met, std::string_view name, const json::Value* found,
                     std::string_view expected) {
    if (met) return {};
    return fault(std::string(name) + " must be " + shown(expected) + " and is " + shown(found));
}

Result<void> check_header(const json::Value& header) {
    // The type keeps an ID token or an access token from passing for an ID-JAG (RFC 8725 3.11).
    const json::Value* typ = header.find("typ");
    if (auto met = must_be(is_text(typ, "oauth-id-jag+jwt"), "typ", typ, "oauth-id-jag+jwt"); !met)
        return met;
    const json::Value* alg = header.find("alg");
    if (!is_text(alg) || plugin::same_ignoring_case(*alg->as_string(), "none"))
        return fault("alg must name a signature and is " + shown(alg));
    return {};
}

Result<void> check_parties(const json::Value& payload, const ExpectedIdJag& expected) {
    const json::Value* iss = payload.find("iss");
    if (auto met = must_be(is_text(iss, expected.issuer), "iss", iss, expected.issuer); !met)
        return met;
    // Exactly one audience: with two, the other could show it as this user (RFC 7523 3).
    const json::Value* aud = payload.find("aud");
    if (!is_only(aud, expected.audience))
        return fault("aud must be " + shown(expected.audience) + " and is " + shown(aud) +
                     " (the setting expected_audience, if that is the server's name there)");
    const json::Value* client_id = payload.find("client_id");
    if (auto met = must_be(is_text(client_id, expected.client_id), "client_id", client_id,
                           expected.client_id);
        !met)
        return met;
    const json::Value* resource = payload.find("resource");
    if (resource && !expected.resource.empty())
        return must_be(is_only(resource, expected.resource), "resource", resource,
                       expected.resource);
    return {};
}

Result<void> check_scope(const json::Value* scope, std::string_view asked) {
    if (!scope) return {};
    if (!scope->is_string()) return fault("scope must be a string and is " + shown(scope));
    if (!asked.empty() && !plugin::scope_within(*scope->as_string(), asked))
        return fault("scope must be within " + shown(asked) + " and is " + shown(scope));
    return {};
}

Result<std::int64_t> check_life(const json::Value& payload, const ExpectedIdJag& expected) {
    const auto iat = numeric_date(payload.find("iat"));
    if (!iat) return fault("iat must be a time and is " + shown(payload.find("iat")));
    if (*iat > expected.now + expected.leeway)
        return fault("iat is " + std::to_string(*iat - expected.now) +
                     " s in the future: the clocks differ too much");
    const auto exp = numeric_date(payload.find("exp"));
    if (!exp) return fault("exp must be a time and is " + shown(payload.find("exp")));
    if (*exp <= expected.now)
        return fault("exp was " + std::to_string(expected.now - *exp) + " s ago");
    return *exp;
}

// RFC 9449 as the ID-JAG uses it (F3, J1): bound to our key, or to none. Bound to another, or
// bound when there is no key to prove, is somebody else's.
Result<void> check_binding(const json::Value& payload, std::string_view dpop_jkt) {
    const json::Value* cnf = payload.find("cnf");
    const json::Value* jkt = cnf ? cnf->find("jkt") : nullptr;
    if (!jkt) return {};
    if (dpop_jkt.empty())
        return fault("cnf.jkt binds it to a DPoP key and this client has none: check \"dpop\"");
    return must_be(is_text(jkt, dpop_jkt), "cnf.jkt", jkt, dpop_jkt);
}

Result<CheckedIdJag> check_encrypted(std::string_view id_jag, bool skip) {
    if (!skip)
        return fault(
            "it is encrypted (a JWE) and cannot be checked; the setting "
            "skip_encrypted_id_jag_checks sends such a one unchecked");
    if (id_jag.size() > longest_jwt) return fault("it is longer than 16 KiB");
    return CheckedIdJag{std::nullopt, 0, "none (encrypted)"};
}

}  // namespace

Result<CheckedIdJag> check_id_jag(std::string_view id_jag, const ExpectedIdJag& expected) {
    if (Jws::is_jwe(id_jag)) return check_encrypted(id_jag, expected.skip_encrypted);
    const auto jws = Jws::decode(id_jag);
    if (!jws) return fault(jws.error().message);
    const json::Value& payload = jws->payload;

    if (auto met = check_header(jws->header); !met) return met.error();
    if (jws->signature.empty()) return fault("it is not signed");
    if (auto met = check_parties(payload, expected); !met) return met.error();
    const json::Value* scope = payload.find("scope");
    if (auto met = check_scope(scope, expected.scope); !met) return met.error();
    const auto expires_at = check_life(payload, expected);
    if (!expires_at) return expires_at.error();
    // Their values identify the grant and the user, so the message says no more than the name.
    for (const auto* name : {"jti", "sub"})
        if (!is_text(payload.find(name)))
            return fault(std::string(name) + " must be a string that is not empty");
    if (auto met = check_binding(payload, expected.dpop_jkt); !met) return met.error();

    CheckedIdJag checked;
    if (scope) checked.scope = *scope->as_string();
    checked.expires_at = *expires_at;
    checked.checks = "typ alg iss aud client_id resource scope iat exp jti sub cnf";
    return checked;
}

}  // namespace mcp_auth::cross_app_access
