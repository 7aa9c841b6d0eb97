// The inline half of id_jag.hpp; include that.
#pragma once

#include <mcp_auth/claims.hpp>
#include <mcp_auth/id_jag.hpp>
#include <mcp_auth/jws.hpp>
#include <mcp_auth/scope.hpp>

#include <utility>

namespace mcp_auth::plugin {
namespace detail {

inline Error id_jag_fault(std::string message) {
    return Error(
        Status::protocol, "id_jag",
        "the ID-JAG is not the one that was asked for, so it was not sent: " + std::move(message));
}

inline bool is_text(const json::Value* claim) {
    return claim && claim->is_string() && !claim->as_string()->empty();
}

inline bool is_text(const json::Value* claim, std::string_view expected) {
    return claim && claim->is_string() && *claim->as_string() == expected;
}

// The value itself, or an array of it alone.
inline bool is_only(const json::Value* claim, std::string_view expected) {
    if (claim && claim->is_array())
        return claim->items().size() == 1 && is_text(&claim->items().front(), expected);
    return is_text(claim, expected);
}

// A claim is met, or the fault says what it should have been.
inline Result<void> must_be(bool met, std::string_view name, const json::Value* found,
                            std::string_view expected) {
    if (met) return {};
    return id_jag_fault(std::string(name) + " must be " + shown(expected) + " and is " +
                        shown(found));
}

inline Result<void> check_id_jag_header(const json::Value& header) {
    // The type keeps an ID token or an access token from passing for an ID-JAG (RFC 8725 3.11).
    const json::Value* typ = header.find("typ");
    if (auto met = must_be(is_text(typ, "oauth-id-jag+jwt"), "typ", typ, "oauth-id-jag+jwt"); !met)
        return met;
    const json::Value* alg = header.find("alg");
    if (!is_text(alg) || same_ignoring_case(*alg->as_string(), "none"))
        return id_jag_fault("alg must name a signature and is " + shown(alg));
    return {};
}

inline Result<void> check_id_jag_parties(const json::Value& payload, std::string_view issuer,
                                         const AssertionRequest& wanted, const IdJagRules& rules) {
    const json::Value* iss = payload.find("iss");
    if (auto met = must_be(is_text(iss, issuer), "iss", iss, issuer); !met) return met;
    // Exactly one audience: with two, the other could show it as this user (RFC 7523 3).
    const json::Value* aud = payload.find("aud");
    const auto audience = rules.audience.empty() ? wanted.audience : rules.audience;
    if (auto met = must_be(is_only(aud, audience), "aud", aud, audience); !met) {
        if (!rules.audience_setting.empty())
            met.error().message += " (the setting " + std::string(rules.audience_setting) +
                                   ", if that is the server's name there)";
        return met;
    }
    const json::Value* client = payload.find("client_id");
    if (auto met =
            must_be(is_text(client, wanted.client_id), "client_id", client, wanted.client_id);
        !met)
        return met;
    const json::Value* resource = payload.find("resource");
    if (!resource || wanted.resource.empty()) return {};
    return must_be(is_only(resource, wanted.resource), "resource", resource, wanted.resource);
}

inline Result<void> check_id_jag_scope(const json::Value* scope, std::string_view asked) {
    if (!scope) return {};
    if (!scope->is_string()) return id_jag_fault("scope must be a string and is " + shown(scope));
    if (!asked.empty() && !scope_within(*scope->as_string(), asked))
        return id_jag_fault("scope must be within " + shown(asked) + " and is " + shown(scope));
    return {};
}

// The answer is when it expires.
inline Result<std::int64_t> check_id_jag_life(const json::Value& payload, std::int64_t now,
                                              std::int64_t leeway) {
    const auto iat = numeric_date(payload.find("iat"));
    if (!iat) return id_jag_fault("iat must be a time and is " + shown(payload.find("iat")));
    if (*iat > now + leeway)
        return id_jag_fault("iat is " + std::to_string(*iat - now) +
                            " s in the future: the clocks differ too much");
    const auto exp = numeric_date(payload.find("exp"));
    if (!exp) return id_jag_fault("exp must be a time and is " + shown(payload.find("exp")));
    if (*exp <= now) return id_jag_fault("exp was " + std::to_string(now - *exp) + " s ago");
    return *exp;
}

// RFC 9449 as the ID-JAG uses it (F3, J1): bound to our key, or to none. Bound to another, or
// bound when there is no key to prove, is somebody else's.
inline Result<void> check_id_jag_binding(const json::Value& payload, std::string_view dpop_jkt) {
    const json::Value* cnf = payload.find("cnf");
    const json::Value* jkt = cnf ? cnf->find("jkt") : nullptr;
    if (!jkt) return {};
    if (dpop_jkt.empty())
        return id_jag_fault(
            "cnf.jkt binds it to a DPoP key and this client has none: check \"dpop\"");
    return must_be(is_text(jkt, dpop_jkt), "cnf.jkt", jkt, dpop_jkt);
}

inline Result<IdJagClaims> check_encrypted_id_jag(std::string_view id_jag,
                                                  const IdJagRules& rules) {
    if (!rules.skip_encrypted) {
        std::string message = "it is encrypted (a JWE) and cannot be checked";
        if (!rules.skip_encrypted_setting.empty())
            message += "; the setting " + std::string(rules.skip_encrypted_setting) +
                       " sends such a one unchecked";
        return id_jag_fault(std::move(message));
    }
    if (id_jag.size() > mcp_auth::detail::jwt_limit)
        return id_jag_fault("it is longer than 16 KiB");
    return IdJagClaims{std::nullopt, 0, "none (encrypted)"};
}

}  // namespace detail

inline Result<IdJagClaims> check_id_jag(const Assertion& id_jag, const AssertionRequest& wanted,
                                        std::int64_t now, const IdJagRules& rules) {
    if (id_jag.token_type != MCP_AUTH_TYPE_ID_JAG)
        return Error(Status::misconfigured, "id_jag",
                     "the assertion is " + shown(id_jag.token_type) + " and not an ID-JAG");
    if (id_jag.issuer.empty())
        return Error(Status::misconfigured, "id_jag",
                     "nobody says whose ID-JAG it is, so that it cannot be checked");
    if (Jws::is_jwe(id_jag.assertion))
        return detail::check_encrypted_id_jag(id_jag.assertion, rules);
    const auto jws = Jws::decode(id_jag.assertion);
    if (!jws) return detail::id_jag_fault(jws.error().message);
    const json::Value& payload = jws->payload;

    if (auto met = detail::check_id_jag_header(jws->header); !met) return met.error();
    if (jws->signature.empty()) return detail::id_jag_fault("it is not signed");
    if (auto met = detail::check_id_jag_parties(payload, id_jag.issuer, wanted, rules); !met)
        return met.error();
    const json::Value* scope = payload.find("scope");
    if (auto met = detail::check_id_jag_scope(scope, wanted.scope); !met) return met.error();
    const auto expires_at = detail::check_id_jag_life(payload, now, rules.leeway);
    if (!expires_at) return expires_at.error();
    // Their values identify the grant and the user, so the message says no more than the name.
    for (const auto* name : {"jti", "sub"})
        if (!detail::is_text(payload.find(name)))
            return detail::id_jag_fault(std::string(name) + " must be a string that is not empty");
    if (auto met = detail::check_id_jag_binding(payload, wanted.dpop_jkt); !met) return met.error();

    IdJagClaims claims;
    if (scope) claims.scope = *scope->as_string();
    claims.expires_at = *expires_at;
    claims.checks = "typ alg iss aud client_id resource scope iat exp jti sub cnf";
    return claims;
}

inline Result<Assertion> checked_id_jag(Call& call, const Assertion& id_jag,
                                        const AssertionRequest& wanted, const IdJagRules& rules) {
    if (!wanted.scope.empty() && !scope_within(id_jag.scope, wanted.scope))
        return Error(Status::protocol, "id_jag",
                     "the ID-JAG was granted scopes beyond " + shown(wanted.scope));
    const auto claims = check_id_jag(id_jag, wanted, call.now(), rules);
    if (!claims) return claims.error();
    call.log(Level::info, "id_jag checked", {{"checks", claims->checks}});

    Assertion checked = id_jag;
    if (claims->expires_at != 0) checked.expires_at = claims->expires_at;
    if (checked.scope.empty()) checked.scope = wanted.scope;
    if (!claims->scope) return checked;
    checked.scope = call.keep(checked.scope.empty() ? *claims->scope
                                                    : scope_common(checked.scope, *claims->scope));
    if (scope_tokens(checked.scope).empty() && !wanted.scope.empty())
        return Error(Status::denied, "id_jag",
                     "the ID-JAG carries none of the scopes " + shown(wanted.scope) +
                         ": the enterprise's policy decides that");
    return checked;
}

}  // namespace mcp_auth::plugin
