#include "subject_token.hpp"

#include "claims.hpp"
#include "exchange.hpp"
#include "id_token.hpp"

#include <mcp_auth/json.hpp>

#include <algorithm>
#include <string>

namespace mcp_auth::cross_app_access {

namespace {

constexpr std::string_view kept_key = "saml2-refresh-token";

// Empty when nothing is kept for this very assertion.
std::string_view load(plugin::Call& call, const plugin::Subject& saml2) {
    const auto value = call.load("idp", kept_key);
    if (!value || value->empty()) return {};
    const auto kept = json::parse(*value);
    if (!kept || kept->string("saml2") != saml2.assertion) return {};
    return call.keep(std::string(kept->string("refresh_token")));
}

void save(plugin::Call& call, const plugin::Subject& saml2, const Exchanged& refresh_token) {
    json::Value entry = json::Value::object();
    entry.set("saml2", saml2.assertion).set("refresh_token", refresh_token.token);
    const auto saved =
        call.save("idp", kept_key, call.keep(entry.dump()), refresh_token.expires_at);
    if (!saved) call.log(plugin::Level::warning, "the refresh token could not be kept");
}

// RFC 8693 3: a saml2 token is the assertion in base64url. XML, or the base64 of a SAMLResponse,
// is what single sign-on hands out, and no identity provider takes it here.
Result<void> check_saml2(std::string_view assertion) {
    constexpr std::string_view base64url =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (assertion.find_first_not_of(base64url) == std::string_view::npos) return {};
    return Error(Status::misconfigured, "subject",
                 "the SAML assertion must be base64url-encoded without padding (RFC 8693 3) and "
                 "is not: encode the Assertion element in what \"subject\" points to");
}

plugin::Subject refresh_token(std::string_view token, std::int64_t expires_at) {
    return {token, MCP_AUTH_TYPE_REFRESH_TOKEN, expires_at};
}

}  // namespace

Result<plugin::Subject> ask_subject(plugin::Call& call, const plugin::Client& idp,
                                    const Settings& settings) {
    auto subject = call.subject(settings.accepted_subject_types);
    if (!subject) {
        Error error = subject.error();
        if (error.leg.empty()) error.leg = "subject";
        if (error.status == Status::unsupported) {  // that would say it of this provider
            error.status = Status::misconfigured;
            error.message += ": compare the setting accepted_subject_types";
        }
        return error;
    }
    const auto& accepted = settings.accepted_subject_types;
    if (std::find(accepted.begin(), accepted.end(), subject->token_type) == accepted.end())
        return Error(Status::misconfigured, "subject",
                     "the identity assertion is of type " + shown(subject->token_type) +
                         ", which the setting accepted_subject_types does not list");
    if (subject->assertion.empty())
        return Error(Status::interaction_required, "subject",
                     "there is no identity assertion: the user must sign in");
    if (subject->token_type == MCP_AUTH_TYPE_ID_TOKEN) {
        if (auto checked = check_id_token(
                subject->assertion, {idp.issuer, idp.client_id, call.now(), settings.clock_leeway});
            !checked)
            return checked.error();
        call.log(plugin::Level::info, "id_token checked", {{"checks", "iss aud exp"}});
    }
    if (subject->token_type == MCP_AUTH_TYPE_SAML2) {
        if (auto checked = check_saml2(subject->assertion); !checked) return checked.error();
    }
    return subject;
}

Result<SubjectToken> subject_token_for(plugin::Call& call, const plugin::Subject& subject,
                                       const Settings& settings, bool keeps, bool renew) {
    if (subject.token_type != MCP_AUTH_TYPE_SAML2) return SubjectToken{subject, false};
    if (keeps) {
        // Two acquisitions, in two processes even, exchange one assertion once. After a failure
        // the call's end releases it.
        if (auto leased = call.lease("idp", kept_key); !leased) return leased.error();
        const std::string_view kept = renew ? std::string_view{} : load(call, subject);
        if (!kept.empty()) {
            call.release("idp", kept_key);
            return SubjectToken{refresh_token(kept, 0), true};
        }
    }
    const auto exchanged = exchange_for_refresh_token(call, subject, settings);
    if (!exchanged) return exchanged.error();
    call.log(plugin::Level::info, "saml2 assertion exchanged for a refresh token");
    if (keeps) {
        save(call, subject, *exchanged);
        call.release("idp", kept_key);
    }
    return SubjectToken{refresh_token(exchanged->token, exchanged->expires_at), false};
}

}  // namespace mcp_auth::cross_app_access
