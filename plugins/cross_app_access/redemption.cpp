#include "redemption.hpp"

#include "claims.hpp"
#include "server_metadata.hpp"

#include <mcp_auth/scope.hpp>

namespace mcp_auth::cross_app_access {

namespace {

Error refused(Error error) {
    if (error.leg.empty()) error.leg = "redemption";
    if (is_refused_grant(error))
        error.status = Status::denied;
    else if (error.status != Status::unavailable &&
             error.oauth_error == "insufficient_user_authentication")
        error.status = Status::interaction_required;
    return error;
}

}  // namespace

bool is_refused_grant(const Error& error) {
    return error.status != Status::unavailable && error.oauth_error == "invalid_grant";
}

Result<plugin::TokenResponse> redeem(plugin::Call& call, const IdJag& id_jag,
                                     const plugin::TokenRequest& request) {
    plugin::Fields fields{{"grant_type", plugin::grant_jwt_bearer},
                          {"assertion", id_jag.assertion}};
    if (!request.omit_resource) fields.emplace_back("resource", request.resource);
    if (!id_jag.scope.empty()) fields.emplace_back("scope", id_jag.scope);

    auto response = call.token_request("mcp", fields);
    if (!response) return refused(response.error());
    if (!plugin::same_ignoring_case(response->token_type, "Bearer") &&
        !plugin::same_ignoring_case(response->token_type, "DPoP")) {
        Error error(Status::protocol, "redemption",
                    "the authorization server's token_type must be Bearer or DPoP and is " +
                        shown(response->token_type));
        error.http_status = static_cast<int>(response->http_status);
        return error;
    }
    return response;
}

}  // namespace mcp_auth::cross_app_access
