// mcp_auth/jwt_grant.hpp - redeeming an assertion for an access token (RFC 7523 2.1): an ID-JAG, a
// workload's JWT.
//
//     const auto response = plugin::redeem_assertion(call, id_jag.assertion, id_jag.scope,
//     request); if (!response) return response.error(); return acquisition.token(*response,
//     id_jag.scope);
//
// Nothing throws but std::bad_alloc. protocol.md G1, K.
#pragma once

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <string_view>

namespace mcp_auth::plugin {

// One request, as client "mcp", for the resource of `request` unless the connection leaves it out.
// `scope`: what the assertion is good for; empty: not sent. Errors, leg "redemption": what the
// server answered (K), with a refused assertion as denied.
inline Result<TokenResponse> redeem_assertion(Call& call, std::string_view assertion,
                                              std::string_view scope, const TokenRequest& request) {
    Fields fields{{"grant_type", grant_jwt_bearer}, {"assertion", assertion}};
    add_target(fields, request, scope);
    auto response = call.token_request("mcp", fields);
    if (response) return response;
    Error& error = response.error();
    if (error.leg.empty()) error.leg = "redemption";
    if (is_refused_grant(error))
        error.status = Status::denied;
    else if (error.status != Status::unavailable &&
             error.oauth_error == "insufficient_user_authentication")
        error.status = Status::interaction_required;
    return response;
}

}  // namespace mcp_auth::plugin
