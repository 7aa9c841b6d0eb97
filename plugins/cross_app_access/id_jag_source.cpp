#include "id_jag_source.hpp"

#include "claims.hpp"
#include "exchange.hpp"
#include "id_jag.hpp"
#include "server_metadata.hpp"
#include "subject_token.hpp"

#include <mcp_auth/scope.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

// What was asked for in a first or a renewing acquisition may be reused. After a refusal of the
// token, or of its scope, the same ID-JAG would lead to the same token.
bool may_reuse(plugin::Reason reason) {
    return reason == plugin::Reason::first || reason == plugin::Reason::expiring;
}

// A claim only narrows what the response said was granted.
Result<std::string> narrowed(const std::string& granted, const std::optional<std::string>& claim,
                             std::string_view asked) {
    if (!claim) return granted;
    std::string scope = granted.empty() ? *claim : plugin::scope_common(granted, *claim);
    if (plugin::scope_tokens(scope).empty() && !asked.empty())
        return Error(Status::denied, "id_jag",
                     "the ID-JAG carries none of the scopes " + shown(asked) +
                         ": the enterprise's policy decides that");
    return scope;
}

}  // namespace

IdJagSource::IdJagSource(plugin::Call& call, const Settings& settings,
                         const plugin::AssertionRequest& wanted, bool keeps)
    : call_(call),
      settings_(settings),
      wanted_(wanted),
      keeps_(keeps),
      // With a peer there need be no client "idp" here.
      cache_(call, settings.assertion_provider.empty() ? "idp" : "mcp", wanted,
             settings.assertion_provider, keeps) {}

Result<void> IdJagSource::open() {
    if (by_peer()) return {};
    auto idp = call_.client({"idp", {}, plugin::grant_token_exchange, {}});
    if (!idp) return idp.error();
    idp_ = *idp;
    if (auto supported = check_identity_provider(call_, idp_.metadata); !supported)
        return supported;
    auto subject = ask_subject(call_, idp_, settings_);
    if (!subject) return subject.error();
    subject_ = *subject;
    return {};
}

Result<IdJag> IdJagSource::take() {
    if (may_reuse(wanted_.reason)) {
        if (auto kept = cache_.load(settings_.clock_leeway)) {
            // Configuration may have changed since: what no longer fits is replaced, not used.
            if (auto usable = checked(*std::move(kept))) {
                call_.log(plugin::Level::info, "id_jag reused");
                return usable;
            }
        }
    } else {
        fresh_ = wanted_.reason == plugin::Reason::rejected;
    }
    if (cache_.single_use()) fresh_ = true;
    return by_peer() ? ask_peer() : exchange();
}

Result<IdJag> IdJagSource::mint() {
    fresh_ = true;
    return by_peer() ? ask_peer() : exchange();
}

Result<IdJag> IdJagSource::exchange() {
    auto token = subject_token_for(call_, subject_, settings_, keeps_, false);
    if (!token) return token.error();
    auto exchanged = exchange_for_id_jag(call_, token->token, wanted_, settings_);
    // A kept refresh token of a SAML assertion may be spent, or revoked: once, another.
    if (!exchanged && token->kept && is_bad_subject(exchanged.error())) {
        token = subject_token_for(call_, subject_, settings_, keeps_, true);
        if (!token) return token.error();
        exchanged = exchange_for_id_jag(call_, token->token, wanted_, settings_);
    }
    if (!exchanged) return exchanged.error();
    auto id_jag = checked({exchanged->token, std::move(exchanged->scope), std::string(idp_.issuer),
                           exchanged->expires_at, false});
    if (id_jag) cache_.save(*id_jag);
    return id_jag;
}

Result<IdJag> IdJagSource::ask_peer() {
    plugin::AssertionRequest request = wanted_;
    if (fresh_) request.reason = plugin::Reason::rejected;
    const auto answer = call_.peer_assertion(settings_.assertion_provider, request);
    if (!answer) {
        Error error = answer.error();
        if (error.status == Status::unsupported) {  // that would say it of this provider
            error.status = Status::misconfigured;
            error.message += ": compare the setting assertion_provider";
        }
        return error;
    }
    if (answer->token_type != MCP_AUTH_TYPE_ID_JAG)
        return Error(Status::misconfigured, "id_jag",
                     "the provider that assertion_provider names hands out " +
                         shown(answer->token_type) + " and not an ID-JAG");
    if (answer->issuer.empty())
        return Error(Status::misconfigured, "id_jag",
                     "the provider that assertion_provider names does not say whose ID-JAG it "
                     "hands out, so that it cannot be checked");
    if (!wanted_.scope.empty() && !plugin::scope_within(answer->scope, wanted_.scope))
        return Error(Status::protocol, "id_jag",
                     "the provider that assertion_provider names was granted scopes beyond " +
                         shown(wanted_.scope));
    auto id_jag = checked({answer->assertion,
                           std::string(answer->scope.empty() ? wanted_.scope : answer->scope),
                           std::string(answer->issuer), answer->expires_at, false});
    if (id_jag) cache_.save(*id_jag);
    return id_jag;
}

Result<IdJag> IdJagSource::checked(IdJag id_jag) {
    const std::string audience = settings_.expected_audience_for(wanted_.audience);
    const auto claims =
        check_id_jag(id_jag.assertion,
                     {by_peer() ? std::string_view(id_jag.issuer) : idp_.issuer, audience,
                      wanted_.client_id, wanted_.resource, wanted_.scope, wanted_.dpop_jkt,
                      call_.now(), settings_.clock_leeway, settings_.skip_encrypted_id_jag_checks});
    if (!claims) return claims.error();
    call_.log(plugin::Level::info, "id_jag checked", {{"checks", claims->checks}});
    auto scope = narrowed(id_jag.scope, claims->scope, wanted_.scope);
    if (!scope) return scope.error();
    id_jag.scope = *std::move(scope);
    if (claims->expires_at != 0) id_jag.expires_at = claims->expires_at;
    return id_jag;
}

}  // namespace mcp_auth::cross_app_access
