#include "id_jag_source.hpp"

#include "subject_token.hpp"

#include <mcp_auth/id_jag.hpp>
#include <mcp_auth/server_metadata.hpp>
#include <mcp_auth/subject.hpp>
#include <mcp_auth/token_exchange.hpp>

namespace mcp_auth::cross_app_access {

IdJagSource::IdJagSource(plugin::Call& call, const Settings& settings,
                         const plugin::AssertionRequest& wanted, bool keeps)
    : call_(call),
      settings_(settings),
      wanted_(wanted),
      keeps_(keeps),
      fresh_(wanted.reason == plugin::Reason::rejected),
      // With a peer there need be no client "idp" here.
      cache_(call, settings.assertion_provider.empty() ? "idp" : "mcp", wanted,
             settings.assertion_provider, keeps) {}

Result<void> IdJagSource::open() {
    if (by_peer()) return {};
    const auto idp = call_.client({"idp", {}, plugin::grant_token_exchange, {}});
    if (!idp) return idp.error();
    idp_ = *idp;
    const auto server = plugin::ServerMetadata::read(idp_.metadata, "exchange");
    if (!server) return server.error();
    if (server->omits("identity_chaining_requested_token_types_supported", MCP_AUTH_TYPE_ID_JAG))
        call_.log(plugin::Level::warning,
                  "the identity provider does not list the id-jag token type");
    if (auto offered = server->require_grant(plugin::grant_token_exchange, "the identity provider");
        !offered)
        return offered;
    const auto subject =
        plugin::ask_sign_in(call_, idp_, settings_.accepted_subject_types,
                            "compare the setting accepted_subject_types", settings_.clock_leeway);
    if (!subject) return subject.error();
    subject_ = *subject;
    return {};
}

Result<plugin::Assertion> IdJagSource::take() {
    if (const auto kept = cache_.load(settings_.clock_leeway)) {
        // Configuration may have changed since: what no longer fits is replaced, not used.
        if (auto usable = checked(*kept)) {
            call_.log(plugin::Level::info, "id_jag reused");
            shown_before_ = true;
            return usable;
        }
    }
    if (cache_.single_use()) fresh_ = true;
    return mint();
}

Result<plugin::Assertion> IdJagSource::replace() {
    cache_.forget();
    fresh_ = true;
    return mint();
}

void IdJagSource::taken() {
    if (!shown_before_) return;
    call_.log(plugin::Level::info, "the authorization server takes each id_jag once");
    cache_.learn_single_use();
}

Result<plugin::Assertion> IdJagSource::mint() {
    auto id_jag = by_peer() ? ask_peer() : exchange();
    if (id_jag) cache_.save(*id_jag);
    return id_jag;
}

Result<plugin::Assertion> IdJagSource::exchange() {
    auto token = subject_token_for(call_, subject_, settings_, keeps_, false);
    if (!token) return token.error();
    plugin::TokenExchange exchange{MCP_AUTH_TYPE_ID_JAG, token->token};
    exchange.audience = settings_.audience.empty() ? wanted_.audience : settings_.audience;
    exchange.resource = wanted_.resource;
    exchange.scope = wanted_.scope;
    exchange.allow_missing_token_type = settings_.allow_missing_token_type;
    exchange.missing_token_type_setting = "allow_missing_token_type";
    auto exchanged = plugin::exchange_token(call_, exchange);
    // A kept refresh token of a SAML assertion may be spent, or revoked: once, another.
    if (!exchanged && token->kept && plugin::is_refused_subject(exchanged.error())) {
        token = subject_token_for(call_, subject_, settings_, keeps_, true);
        if (!token) return token.error();
        exchange.subject = token->token;
        exchanged = plugin::exchange_token(call_, exchange);
    }
    if (!exchanged) return exchanged.error();
    return checked({exchanged->token, MCP_AUTH_TYPE_ID_JAG, idp_.issuer, exchanged->scope,
                    exchanged->expires_at});
}

Result<plugin::Assertion> IdJagSource::ask_peer() {
    plugin::AssertionRequest request = wanted_;
    if (fresh_) request.reason = plugin::Reason::rejected;
    auto id_jag = call_.peer_assertion(settings_.assertion_provider, request);
    if (!id_jag && id_jag.status() != Status::unsupported) return id_jag;
    if (id_jag) id_jag = checked(*id_jag);
    if (id_jag.status() == Status::unsupported || id_jag.status() == Status::misconfigured) {
        id_jag.error().status = Status::misconfigured;  // the other would say it of this provider
        id_jag.error().message += ": compare the setting assertion_provider";
    }
    return id_jag;
}

Result<plugin::Assertion> IdJagSource::checked(const plugin::Assertion& id_jag) {
    return plugin::checked_id_jag(call_, id_jag, wanted_, settings_.id_jag_rules());
}

}  // namespace mcp_auth::cross_app_access
