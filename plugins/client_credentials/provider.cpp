#include "provider.hpp"

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/settings.hpp>

#include <utility>

namespace mcp_auth::client_credentials {

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH}); !met) return met.error();
    std::string audience;
    plugin::SettingsReader reader(instance.settings);
    reader.text("audience", audience);
    if (!reader.outcome()) return reader.outcome().error();
    return std::unique_ptr<plugin::Provider>(new Provider(std::move(audience)));
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    const auto acquisition = plugin::Acquisition::begin(call, request, "token");
    if (!acquisition) return acquisition.error();
    const auto client = acquisition->client_for(plugin::grant_client_credentials);
    if (!client) return client.error();

    plugin::Fields fields{{"grant_type", plugin::grant_client_credentials}};
    plugin::add_target(fields, request, request.scope);
    if (!audience_.empty()) fields.emplace_back("audience", audience_);
    const auto response = call.token_request("mcp", fields);
    if (!response) return response.error();
    // A refresh token, which RFC 6749 4.4.3 has no place for, is ignored.
    return acquisition->token(*response, request.scope);
}

}  // namespace mcp_auth::client_credentials
