#include "provider.hpp"

#include "claims.hpp"
#include "id_jag_source.hpp"
#include "redemption.hpp"
#include "server_metadata.hpp"

#include <mcp_auth/scope.hpp>

#include <string>
#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

Result<plugin::Client> redeeming_client(plugin::Call& call, const plugin::TokenRequest& request) {
    if (request.resource.empty() || request.issuer.empty())
        return Error(Status::invalid_argument, "redemption",
                     "a token needs a resource and an issuer that it is for");
    auto client = call.client({"mcp", {}, plugin::grant_jwt_bearer, request.scope});
    if (!client) return client;
    // The ID-JAG is made for request.issuer and would be shown to the client's (C3, F5).
    if (client->issuer != request.issuer)
        return Error(Status::misconfigured, "redemption",
                     "client \"mcp\" belongs to " + shown(client->issuer) +
                         " and the connection's authorization server is " + shown(request.issuer));
    if (auto supported = check_authorization_server(call, request.metadata); !supported)
        return supported.error();
    return client;
}

// I2: a scope that the server demands and the enterprise's policy does not grant will be demanded
// again after this token, and the next.
Result<void> check_step_up(const plugin::TokenRequest& request, const IdJag& id_jag) {
    const auto lacking = plugin::scope_missing_for_step_up(request, id_jag.scope);
    if (lacking.empty()) return {};
    return Error(Status::denied, "exchange",
                 "the identity provider does not grant " + shown(lacking) +
                     ", which the MCP server demands: the enterprise's policy decides that");
}

// K1: after invalid_grant one new ID-JAG, once.
Result<plugin::TokenResponse> redeem_or_renew(plugin::Call& call, IdJagSource& source,
                                              IdJag& id_jag, const plugin::TokenRequest& request) {
    auto response = redeem(call, id_jag, request);
    if (response || !is_refused_grant(response.error())) return response;
    source.forget();
    call.log(plugin::Level::warning, "id_jag refused once, minting another");
    const bool shown_before = id_jag.shown_before;
    auto another = source.mint();
    if (!another) return another.error();
    id_jag = *std::move(another);
    if (auto step_up = check_step_up(request, id_jag); !step_up) return step_up.error();
    response = redeem(call, id_jag, request);
    if (!response && is_refused_grant(response.error())) {
        source.forget();
        response.error().message +=
            "; a fresh ID-JAG was refused too, so check there that the identity provider is "
            "trusted, and that the user and this client are known";
    }
    // Only this order of events tells it from a server that refuses for another reason.
    if (response && shown_before) {
        source.learn_single_use();
        source.forget();
    }
    return response;
}

}  // namespace

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    auto settings = Settings::read(instance.settings);
    if (!settings) return settings.error();
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH}); !met) return met.error();
    const std::string_view source =
        settings->assertion_provider.empty() ? MCP_AUTH_SERVICE_SUBJECT : MCP_AUTH_SERVICE_PEER;
    if (auto met = host.require({source}); !met) return met.error();
    const bool keeps = host.has(MCP_AUTH_SERVICE_STORE);
    return std::unique_ptr<plugin::Provider>(new Provider(*std::move(settings), keeps));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    const auto mcp = redeeming_client(call, request);
    if (!mcp) return mcp.error();
    const plugin::AssertionRequest wanted{request.reason, request.issuer, request.resource,
                                          request.scope,  mcp->client_id, mcp->dpop_jkt};
    IdJagSource source(call, settings_, wanted, keeps_);
    if (auto opened = source.open(); !opened) return opened.error();
    auto id_jag = source.take();
    if (!id_jag) return id_jag.error();
    if (auto step_up = check_step_up(request, *id_jag); !step_up) return step_up.error();
    const auto response = redeem_or_renew(call, source, *id_jag, request);
    if (!response) return response.error();
    const std::string_view scope =
        response->scope.empty() ? call.keep(std::move(id_jag->scope)) : response->scope;
    return plugin::Token{response->access_token, response->token_type, scope, response->expires_at};
}

Result<plugin::Assertion> Provider::assertion(plugin::Call& call,
                                              const plugin::AssertionRequest& request) {
    if (request.audience.empty() || request.client_id.empty())
        return Error(Status::invalid_argument, "exchange",
                     "an assertion needs an audience, and the client id there of the one who will "
                     "redeem it");
    IdJagSource source(call, settings_, request, keeps_);
    if (auto opened = source.open(); !opened) return opened.error();
    auto id_jag = source.take();
    if (!id_jag) return id_jag.error();
    return plugin::Assertion{id_jag->assertion, MCP_AUTH_TYPE_ID_JAG,
                             call.keep(std::move(id_jag->issuer)),
                             call.keep(std::move(id_jag->scope)), id_jag->expires_at};
}

}  // namespace mcp_auth::cross_app_access
