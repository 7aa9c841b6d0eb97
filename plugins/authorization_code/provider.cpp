#include "provider.hpp"

#include "code_flow.hpp"
#include "refresh_token.hpp"

#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <utility>

namespace mcp_auth::authorization_code {

namespace {

// What the token is good for: absent as asked for (RFC 6749 5.1).
Result<plugin::Token> token_of(const plugin::TokenResponse& response, std::string_view asked,
                               const plugin::TokenRequest& request) {
    const auto granted = response.scope.empty() ? asked : response.scope;
    if (!plugin::scope_missing_for_step_up(request, granted).empty())
        return Error(Status::denied, "token",
                     "the authorization server does not grant all of the scope that the MCP server "
                     "demands: the user did not consent, or may not");
    return plugin::Token{response.access_token, response.token_type, granted, response.expires_at};
}

}  // namespace

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_BROWSER}); !met)
        return met.error();
    bool keeps = true;
    if (const json::Value* setting = instance.settings.find("refresh_tokens")) {
        if (!setting->as_bool())
            return Error(Status::misconfigured, "settings",
                         "settings/refresh_tokens must be true or false");
        keeps = *setting->as_bool();
    }
    return std::unique_ptr<plugin::Provider>(
        new Provider(keeps && host.has(MCP_AUTH_SERVICE_STORE)));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    if (request.resource.empty() || request.issuer.empty())
        return Error(Status::invalid_argument, "authorization",
                     "a token needs a resource and an issuer that it is for");
    const auto server = plugin::ServerMetadata::read(request.metadata, "authorization");
    if (!server) return server.error();
    const bool keeps =
        keeps_ && !server->omits("grant_types_supported", plugin::grant_refresh_token);
    RefreshToken kept(call, request, keeps);
    auto refreshed = kept.use();
    if (!refreshed) return refreshed.error();
    if (*refreshed)  // its scope outlives `kept`
        return token_of(**refreshed, call.keep(std::string(kept.scope())), request);

    CodeFlow flow(call, request, *server, keeps);
    auto response = flow.run();
    if (!response) return response.error();
    kept.keep(response->refresh_token, response->scope.empty() ? request.scope : response->scope);
    return token_of(*response, request.scope, request);
}

}  // namespace mcp_auth::authorization_code
