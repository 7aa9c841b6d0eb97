#include "server_metadata.hpp"

namespace mcp_auth::cross_app_access {

Result<void> check_authorization_server(plugin::Call& call, std::string_view metadata) {
    const auto server = plugin::ServerMetadata::read(metadata, "redemption");
    if (!server) return server.error();
    if (server->omits("authorization_grant_profiles_supported",
                      "urn:ietf:params:oauth:grant-profile:id-jag"))
        call.log(plugin::Level::warning,
                 "the authorization server does not list the id-jag grant profile");
    return server->require_grant(plugin::grant_jwt_bearer);
}

Result<void> check_identity_provider(plugin::Call& call, std::string_view metadata) {
    const auto server = plugin::ServerMetadata::read(metadata, "exchange");
    if (!server) return server.error();
    if (server->omits("identity_chaining_requested_token_types_supported", MCP_AUTH_TYPE_ID_JAG))
        call.log(plugin::Level::warning,
                 "the identity provider does not list the id-jag token type");
    return server->require_grant(plugin::grant_token_exchange, "the identity provider");
}

}  // namespace mcp_auth::cross_app_access
