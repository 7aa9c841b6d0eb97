#include "provider.hpp"

#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <utility>

namespace mcp_auth::client_credentials {

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH}); !met) return met.error();
    std::string audience;
    if (const json::Value* setting = instance.settings.find("audience")) {
        if (!setting->as_string() || setting->as_string()->empty())
            return Error(Status::misconfigured, "settings",
                         "settings/audience must be a text that is not empty");
        audience = *setting->as_string();
    }
    return std::unique_ptr<plugin::Provider>(new Provider(std::move(audience)));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    if (request.resource.empty() || request.issuer.empty())
        return Error(Status::invalid_argument, "token",
                     "a token needs a resource and an issuer that it is for");
    const auto server = plugin::ServerMetadata::read(request.metadata, "token");
    if (!server) return server.error();
    if (auto met = server->require_grant(plugin::grant_client_credentials); !met)
        return met.error();
    // Where it has to be registered, it is for this; its scopes may grow, so none are named.
    const auto client = call.client({"mcp", {}, plugin::grant_client_credentials, {}});
    if (!client) return client.error();

    plugin::Fields fields{{"grant_type", plugin::grant_client_credentials}};
    if (!request.omit_resource) fields.emplace_back("resource", request.resource);
    if (!audience_.empty()) fields.emplace_back("audience", audience_);
    if (!request.scope.empty()) fields.emplace_back("scope", request.scope);
    const auto response = call.token_request("mcp", fields);
    if (!response) return response.error();

    // RFC 6749 5.1: absent as asked for. A refresh token, which 4.4.3 has no place for, is ignored.
    const auto granted = response->scope.empty() ? request.scope : response->scope;
    if (!plugin::scope_missing_for_step_up(request, granted).empty())
        return Error(
            Status::denied, "token",
            "the authorization server does not grant this client all of the scope that the "
            "MCP server demands");
    return plugin::Token{response->access_token, response->token_type, granted,
                         response->expires_at};
}

}  // namespace mcp_auth::client_credentials
