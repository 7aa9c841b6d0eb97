#include "provider.hpp"

#include "code_flow.hpp"
#include "refresh_token.hpp"

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/settings.hpp>

namespace mcp_auth::authorization_code {

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_BROWSER}); !met)
        return met.error();
    bool keeps = true;
    plugin::SettingsReader reader(instance.settings);
    reader.flag("refresh_tokens", keeps);
    if (!reader.outcome()) return reader.outcome().error();
    return std::unique_ptr<plugin::Provider>(
        new Provider(keeps && host.has(MCP_AUTH_SERVICE_STORE)));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    const auto acquisition = plugin::Acquisition::begin(call, request, "authorization");
    if (!acquisition) return acquisition.error();
    const bool keeps = keeps_ && !acquisition->server().omits("grant_types_supported",
                                                              plugin::grant_refresh_token);
    RefreshToken kept(call, request, keeps);
    const auto refreshed = kept.use();
    if (!refreshed) return refreshed.error();
    if (*refreshed) return acquisition->token(**refreshed, kept.scope());

    CodeFlow flow(call, request, *acquisition, keeps);
    const auto response = flow.run();
    if (!response) return response.error();
    kept.keep(response->refresh_token, response->scope.empty() ? request.scope : response->scope);
    return acquisition->token(*response, request.scope);
}

}  // namespace mcp_auth::authorization_code
