// The inline half of token_exchange.hpp; include that.
#pragma once

#include <mcp_auth/claims.hpp>
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>
#include <mcp_auth/token_exchange.hpp>

#include <string>
#include <utility>

namespace mcp_auth::plugin {
namespace detail {

constexpr json::Limits token_response_limits{64 * 1024, 32};  // L3

inline Error exchange_fault(const TokenResponse& response, std::string message) {
    Error error(Status::protocol, "exchange",
                "the identity provider's answer to the token exchange: " + std::move(message));
    error.http_status = static_cast<int>(response.http_status);
    return error;
}

// K: which refusals mean that the user has to sign in, whatever the host made of them.
inline Error exchange_refused(Error error) {
    if (error.leg.empty()) error.leg = "exchange";
    if (is_refused_subject(error) || (error.status != Status::unavailable &&
                                      error.oauth_error == "insufficient_user_authentication"))
        error.status = Status::interaction_required;
    return error;
}

inline Result<void> check_exchanged_type(const TokenResponse& response, const json::Value* type,
                                         const TokenExchange& exchange) {
    if (!type && exchange.allow_missing_token_type) return {};
    if (type && type->is_string() && same_ignoring_case(*type->as_string(), "N_A")) return {};
    std::string message = "token_type must be \"N_A\" and is " + shown(type);
    if (!type && !exchange.missing_token_type_setting.empty())
        message += " (the setting " + std::string(exchange.missing_token_type_setting) + ")";
    return exchange_fault(response, std::move(message));
}

// E4: a subset of the one resource that was asked for, not empty, without duplicates.
inline Result<void> check_exchanged_resource(const TokenResponse& response,
                                             const json::Value* resource, std::string_view asked) {
    if (!resource) return {};
    const json::Value* only = resource;
    if (resource->is_array() && resource->items().size() == 1) only = &resource->items().front();
    const bool met = only->is_string() && !only->as_string()->empty() &&
                     (asked.empty() || *only->as_string() == asked);
    if (met) return {};
    return exchange_fault(response, "resource must be the one that was asked for, " + shown(asked) +
                                        ", and is " + shown(resource));
}

// What was granted. With none asked for, the provider chooses and has to say so (RFC 8693 2.2.1).
inline Result<std::string> exchanged_scope(const TokenResponse& response, const json::Value* scope,
                                           const TokenExchange& exchange) {
    if (!scope) return std::string(exchange.scope);
    if (!scope->is_string())
        return exchange_fault(response, "scope must be a string and is " + shown(scope));
    const std::string& granted = *scope->as_string();
    if (exchange.scope.empty()) return granted;
    if (!scope_within(granted, exchange.scope))
        return exchange_fault(
            response, "scope must be within " + shown(exchange.scope) + " and is " + shown(scope));
    // A refresh token has no scope that somebody would redeem.
    if (exchange.requested_token_type == MCP_AUTH_TYPE_ID_JAG && scope_tokens(granted).empty())
        return Error(Status::denied, "exchange",
                     "the identity provider granted none of the scopes " + shown(exchange.scope) +
                         ": the enterprise's policy decides that");
    return granted;
}

// `refresh_token` and unknown members are ignored (E3).
inline Result<Exchanged> read_exchanged(Call& call, const TokenResponse& response,
                                        const TokenExchange& exchange) {
    const auto body = json::parse(response.json, token_response_limits);
    if (!body) return exchange_fault(response, body.error().message);
    if (!body->is_object()) return exchange_fault(response, "it is not a JSON object");

    const json::Value* type = body->find("issued_token_type");
    if (!type || !type->is_string() || *type->as_string() != exchange.requested_token_type)
        return exchange_fault(response, "issued_token_type must be " +
                                            shown(exchange.requested_token_type) + " and is " +
                                            shown(type));
    const json::Value* token = body->find("access_token");
    if (!token || !token->is_string() || token->as_string()->empty())
        return exchange_fault(response, "access_token must be a string that is not empty");
    if (auto met = check_exchanged_type(response, body->find("token_type"), exchange); !met)
        return met.error();
    if (auto met = check_exchanged_resource(response, body->find("resource"), exchange.resource);
        !met)
        return met.error();
    auto scope = exchanged_scope(response, body->find("scope"), exchange);
    if (!scope) return scope.error();
    return Exchanged{response.access_token, call.keep(*std::move(scope)), response.expires_at};
}

}  // namespace detail

// Providers disagree about the code for a bad subject token, so both mean it.
inline bool is_refused_subject(const Error& error) {
    return error.status != Status::unavailable &&
           (error.oauth_error == "invalid_grant" || error.oauth_error == "invalid_request");
}

inline Result<Exchanged> exchange_token(Call& call, const TokenExchange& exchange,
                                        std::string_view client) {
    Fields fields{{"grant_type", grant_token_exchange},
                  {"requested_token_type", exchange.requested_token_type}};
    if (!exchange.audience.empty()) fields.emplace_back("audience", exchange.audience);
    if (!exchange.resource.empty()) fields.emplace_back("resource", exchange.resource);
    if (!exchange.scope.empty()) fields.emplace_back("scope", exchange.scope);
    fields.emplace_back("subject_token", exchange.subject.assertion);
    fields.emplace_back("subject_token_type", exchange.subject.token_type);

    const auto response = call.token_request(client, fields);
    if (!response) return detail::exchange_refused(response.error());
    return detail::read_exchanged(call, *response, exchange);
}

}  // namespace mcp_auth::plugin
