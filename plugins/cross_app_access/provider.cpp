#include "provider.hpp"

#include "id_jag_source.hpp"

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/jwt_grant.hpp>

#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

Result<plugin::TokenResponse> redeem(plugin::Call& call, const plugin::Assertion& id_jag,
                                     const plugin::TokenRequest& request) {
    // What the enterprise's policy narrowed away is not even asked for.
    if (auto met =
            plugin::require_step_up(request, id_jag.scope, "exchange", "the identity provider",
                                    "the enterprise's policy decides that");
        !met)
        return met.error();
    return plugin::redeem_assertion(call, id_jag.assertion, id_jag.scope, request);
}

// K1: after invalid_grant one new ID-JAG, once.
Result<plugin::TokenResponse> redeem_or_replace(plugin::Call& call, IdJagSource& source,
                                                plugin::Assertion& id_jag,
                                                const plugin::TokenRequest& request) {
    auto response = redeem(call, id_jag, request);
    if (response || !plugin::is_refused_grant(response.error())) return response;
    call.log(plugin::Level::warning, "id_jag refused once, minting another");
    const auto another = source.replace();
    if (!another) return another.error();
    id_jag = *another;
    response = redeem(call, id_jag, request);
    if (response) {
        source.taken();
    } else if (plugin::is_refused_grant(response.error())) {
        source.refused();
        response.error().message +=
            "; a fresh ID-JAG was refused too, so check there that the identity provider is "
            "trusted, and that the user and this client are known";
    }
    return response;
}

}  // namespace

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    auto settings = Settings::read(instance.settings);
    if (!settings) return settings.error();
    const std::string_view source =
        settings->assertion_provider.empty() ? MCP_AUTH_SERVICE_SUBJECT : MCP_AUTH_SERVICE_PEER;
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, source}); !met) return met.error();
    const bool keeps = host.has(MCP_AUTH_SERVICE_STORE);
    return std::unique_ptr<plugin::Provider>(new Provider(*std::move(settings), keeps));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    const auto acquisition = plugin::Acquisition::begin(call, request, "redemption");
    if (!acquisition) return acquisition.error();
    if (acquisition->server().omits("authorization_grant_profiles_supported",
                                    "urn:ietf:params:oauth:grant-profile:id-jag"))
        call.log(plugin::Level::warning,  // absence proves nothing (C5)
                 "the authorization server does not list the id-jag grant profile");
    const auto mcp = acquisition->client_for(plugin::grant_jwt_bearer);
    if (!mcp) return mcp.error();

    const plugin::AssertionRequest wanted{request.reason, request.issuer, request.resource,
                                          request.scope,  mcp->client_id, mcp->dpop_jkt};
    IdJagSource source(call, settings_, wanted, keeps_);
    if (auto opened = source.open(); !opened) return opened.error();
    auto id_jag = source.take();
    if (!id_jag) return id_jag.error();
    const auto response = redeem_or_replace(call, source, *id_jag, request);
    if (!response) return response.error();
    return acquisition->token(*response, id_jag->scope);
}

Result<plugin::Assertion> Provider::assertion(plugin::Call& call,
                                              const plugin::AssertionRequest& request) {
    if (request.audience.empty() || request.client_id.empty())
        return Error(Status::invalid_argument, "exchange",
                     "an assertion needs an audience, and the client id there of the one who will "
                     "redeem it");
    IdJagSource source(call, settings_, request, keeps_);
    if (auto opened = source.open(); !opened) return opened.error();
    return source.take();
}

}  // namespace mcp_auth::cross_app_access
