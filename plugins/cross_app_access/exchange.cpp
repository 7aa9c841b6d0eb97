#include "exchange.hpp"

#include "claims.hpp"
#include "server_metadata.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/scope.hpp>

#include <utility>

namespace mcp_auth::cross_app_access {

namespace {

constexpr json::Limits response_limits{64 * 1024, 32};  // L3

struct ExpectedResponse {
    std::string_view issued_token_type;
    std::string_view resource;  // empty: none was asked for
    std::string_view scope;     // likewise
    bool allow_missing_token_type = false;
};

Error fault(const plugin::TokenResponse& response, std::string message) {
    Error error(Status::protocol, "exchange",
                "the identity provider's answer to the token exchange: " + std::move(message));
    error.http_status = static_cast<int>(response.http_status);
    return error;
}

// K: which refusals mean that the user has to sign in, whatever the host made of them. Providers
// disagree about the code for a bad subject token, so both mean it.
Error refused(Error error) {
    if (error.leg.empty()) error.leg = "exchange";
    if (is_bad_subject(error) || (error.status != Status::unavailable &&
                                  error.oauth_error == "insufficient_user_authentication"))
        error.status = Status::interaction_required;
    return error;
}

Result<void> check_token_type(const plugin::TokenResponse& response, const json::Value* token_type,
                              bool allow_missing) {
    if (!token_type && allow_missing) return {};
    if (token_type && token_type->is_string() &&
        plugin::same_ignoring_case(*token_type->as_string(), "N_A"))
        return {};
    return fault(response, "token_type must be \"N_A\" and is " + shown(token_type) +
                               (token_type ? "" : " (the setting allow_missing_token_type)"));
}

// E4: a subset of the one resource that was asked for, not empty, without duplicates.
Result<void> check_resource(const plugin::TokenResponse& response, const json::Value* resource,
                            std::string_view asked) {
    if (!resource) return {};
    const json::Value* only = resource;
    if (resource->is_array() && resource->items().size() == 1) only = &resource->items().front();
    const bool met = only->is_string() && !only->as_string()->empty() &&
                     (asked.empty() || *only->as_string() == asked);
    if (met) return {};
    return fault(response, "resource must be the one that was asked for, " + shown(asked) +
                               ", and is " + shown(resource));
}

Result<std::string> granted_scope(const plugin::TokenResponse& response, const json::Value* scope,
                                  std::string_view asked) {
    if (!scope) return std::string(asked);
    if (!scope->is_string())
        return fault(response, "scope must be a string and is " + shown(scope));
    const std::string& granted = *scope->as_string();
    // With none asked for, the provider chooses and has to say so (RFC 8693 2.2.1).
    if (asked.empty()) return granted;
    if (!plugin::scope_within(granted, asked))
        return fault(response, "scope must be within " + shown(asked) + " and is " + shown(scope));
    return granted;
}

// `refresh_token` and unknown members are ignored (E3).
Result<Exchanged> read(const plugin::TokenResponse& response, const ExpectedResponse& expected) {
    const auto body = json::parse(response.json, response_limits);
    if (!body) return fault(response, body.error().message);
    if (!body->is_object()) return fault(response, "it is not a JSON object");

    const json::Value* type = body->find("issued_token_type");
    if (!type || !type->is_string() || *type->as_string() != expected.issued_token_type)
        return fault(response, "issued_token_type must be " + shown(expected.issued_token_type) +
                                   " and is " + shown(type));
    const json::Value* token = body->find("access_token");
    if (!token || !token->is_string() || token->as_string()->empty())
        return fault(response, "access_token must be a string that is not empty");
    if (auto met =
            check_token_type(response, body->find("token_type"), expected.allow_missing_token_type);
        !met)
        return met.error();
    if (auto met = check_resource(response, body->find("resource"), expected.resource); !met)
        return met.error();
    auto scope = granted_scope(response, body->find("scope"), expected.scope);
    if (!scope) return scope.error();
    return Exchanged{response.access_token, *std::move(scope), response.expires_at};
}

}  // namespace

bool is_bad_subject(const Error& error) {
    return error.status != Status::unavailable &&
           (error.oauth_error == "invalid_grant" || error.oauth_error == "invalid_request");
}

Result<Exchanged> exchange_for_id_jag(plugin::Call& call, const plugin::Subject& subject,
                                      const plugin::AssertionRequest& wanted,
                                      const Settings& settings) {
    const std::string audience = settings.audience_for(wanted.audience);
    plugin::Fields fields{{"grant_type", plugin::grant_token_exchange},
                          {"requested_token_type", MCP_AUTH_TYPE_ID_JAG},
                          {"audience", audience}};
    if (!wanted.resource.empty()) fields.emplace_back("resource", wanted.resource);
    if (!wanted.scope.empty()) fields.emplace_back("scope", wanted.scope);
    fields.emplace_back("subject_token", subject.assertion);
    fields.emplace_back("subject_token_type", subject.token_type);

    const auto response = call.token_request("idp", fields);
    if (!response) return refused(response.error());
    auto exchanged = read(*response, {MCP_AUTH_TYPE_ID_JAG, wanted.resource, wanted.scope,
                                      settings.allow_missing_token_type});
    // Redeeming without a scope would ask for the server's default: more than was granted.
    if (exchanged && !wanted.scope.empty() && plugin::scope_tokens(exchanged->scope).empty())
        return Error(Status::denied, "exchange",
                     "the identity provider granted none of the scopes " + shown(wanted.scope) +
                         ": the enterprise's policy decides that");
    return exchanged;
}

Result<Exchanged> exchange_for_refresh_token(plugin::Call& call, const plugin::Subject& saml2,
                                             const Settings& settings) {
    constexpr std::string_view scope = "openid offline_access";
    const auto response =
        call.token_request("idp", {{"grant_type", plugin::grant_token_exchange},
                                   {"requested_token_type", MCP_AUTH_TYPE_REFRESH_TOKEN},
                                   {"scope", scope},
                                   {"subject_token", saml2.assertion},
                                   {"subject_token_type", saml2.token_type}});
    if (!response) return refused(response.error());
    return read(*response,
                {MCP_AUTH_TYPE_REFRESH_TOKEN, {}, scope, settings.allow_missing_token_type});
}

}  // namespace mcp_auth::cross_app_access
