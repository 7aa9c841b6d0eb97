#include "server_metadata.hpp"

#include <algorithm>
#include <string>

namespace mcp_auth::cross_app_access {

namespace {

// Whether the member is there as a list and lacks `value`.
bool omits(const json::Value& metadata, std::string_view member, std::string_view value) {
    const auto list = metadata.strings(member);
    return list && std::find(list->begin(), list->end(), value) == list->end();
}

// Empty metadata stands for a configured token endpoint: nothing is known of that server.
Result<json::Value> read(std::string_view metadata, std::string_view leg) {
    if (metadata.empty()) return json::Value::object();
    auto read = json::parse(metadata);
    if (!read) read.error().leg = leg;
    return read;
}

Result<void> require_grant(const json::Value& metadata, std::string_view grant,
                           std::string_view leg, std::string_view server) {
    if (!omits(metadata, "grant_types_supported", grant)) return {};
    return Error(Status::misconfigured, std::string(leg),
                 std::string(server) + " does not offer the grant " + std::string(grant) +
                     " (grant_types_supported of its metadata), so nothing was sent: have it "
                     "enabled there, or choose another issuer");
}

}  // namespace

Result<void> check_authorization_server(plugin::Call& call, std::string_view metadata) {
    const auto read_metadata = read(metadata, "redemption");
    if (!read_metadata) return read_metadata.error();
    if (omits(*read_metadata, "authorization_grant_profiles_supported",
              "urn:ietf:params:oauth:grant-profile:id-jag"))
        call.log(plugin::Level::warning,
                 "the authorization server does not list the id-jag grant profile");
    return require_grant(*read_metadata, grant_jwt_bearer, "redemption",
                         "the authorization server");
}

Result<void> check_identity_provider(plugin::Call& call, std::string_view metadata) {
    const auto read_metadata = read(metadata, "exchange");
    if (!read_metadata) return read_metadata.error();
    if (omits(*read_metadata, "identity_chaining_requested_token_types_supported",
              MCP_AUTH_TYPE_ID_JAG))
        call.log(plugin::Level::warning,
                 "the identity provider does not list the id-jag token type");
    return require_grant(*read_metadata, grant_token_exchange, "exchange", "the identity provider");
}

}  // namespace mcp_auth::cross_app_access
