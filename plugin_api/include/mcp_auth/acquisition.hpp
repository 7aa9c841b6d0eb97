// mcp_auth/acquisition.hpp - how acquire() begins and ends, whatever the grant between.
//
//     const auto acquisition = plugin::Acquisition::begin(call, request, "token");
//     if (!acquisition) return acquisition.error();
//     const auto client = acquisition->client_for(plugin::grant_client_credentials);
//     if (!client) return client.error();
//     plugin::Fields fields{{"grant_type", plugin::grant_client_credentials}};
//     plugin::add_target(fields, request, request.scope);
//     const auto response = call.token_request("mcp", fields);
//     if (!response) return response.error();
//     return acquisition->token(*response, request.scope);
//
// Nothing throws but std::bad_alloc. protocol.md C3, C5, H1, I2.
#pragma once

#include <mcp_auth/claims.hpp>
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::plugin {

// `resource`, unless the connection leaves it out (G1), and `scope`, unless it is empty.
inline void add_target(Fields& fields, const TokenRequest& request, std::string_view scope) {
    if (!request.omit_resource) fields.emplace_back("resource", request.resource);
    if (!scope.empty()) fields.emplace_back("scope", scope);
}

// Whether the server refused the grant itself: the code, the refresh token, the assertion (K1). Not
// with 429 or 5xx: those say nothing of it.
inline bool is_refused_grant(const Error& error) {
    return error.status != Status::unavailable && error.oauth_error == "invalid_grant";
}

// I2: a scope that the MCP server demands of a step-up and that is not granted will be demanded
// again after this token, and the next. Errors: denied; `server` and `why` are the message's.
inline Result<void> require_step_up(
    const TokenRequest& request, std::string_view granted, std::string leg,
    std::string_view server = "the authorization server",
    std::string_view why = "its policy, or the user's consent, does not go so far") {
    const auto lacking = scope_missing_for_step_up(request, granted);
    if (lacking.empty()) return {};
    return Error(Status::denied, std::move(leg),
                 std::string(server) + " does not grant " + shown(lacking) +
                     ", which the MCP server demands: " + std::string(why));
}

class Acquisition {
public:
    // What every grant needs of a request. `leg` is that of this one's errors: "token",
    // "authorization", "redemption". `call` and `request` live as long.
    // Errors: invalid_argument without a resource and an issuer; protocol for unreadable metadata.
    static Result<Acquisition> begin(Call& call, const TokenRequest& request, std::string leg) {
        if (request.resource.empty() || request.issuer.empty())
            return Error(Status::invalid_argument, std::move(leg),
                         "a token needs a resource and an issuer that it is for");
        auto server = ServerMetadata::read(request.metadata, leg);
        if (!server) return server.error();
        return Acquisition(call, request, *std::move(server), std::move(leg));
    }

    // The authorization server's.
    const ServerMetadata& server() const noexcept { return server_; }

    // Client "mcp", for a server that offers `grant`. Where it has to be registered, it is for
    // this; no scope is named, since scopes grow and a registration need not.
    // Errors: the host's; misconfigured when the grant is not offered, or as below.
    Result<Client> client_for(std::string_view grant) const {
        if (auto offered = server_.require_grant(grant); !offered) return offered.error();
        return client({"mcp", {}, grant, {}});
    }

    // Any client, which must belong to the server that the request names: what is made for that
    // one would be shown to the client's (C3, F5). Errors: the host's; misconfigured.
    Result<Client> client(const ClientRequest& wanted) const {
        auto client = call_->client(wanted);
        if (!client || client->issuer == request_->issuer) return client;
        return Error(Status::misconfigured, leg_,
                     "client \"" + std::string(wanted.name) + "\" belongs to " +
                         shown(client->issuer) + " and the connection's authorization server is " +
                         shown(request_->issuer));
    }

    // The token of a response. `asked` is the scope of the request, which is granted where the
    // response says nothing (RFC 6749 5.1); a refresh token in it is the caller's affair.
    // Errors: protocol for a token_type that is not understood (H1); denied for a step-up that was
    // not granted.
    Result<Token> token(const TokenResponse& response, std::string_view asked) const {
        if (!same_ignoring_case(response.token_type, "Bearer") &&
            !same_ignoring_case(response.token_type, "DPoP")) {
            Error error(Status::protocol, leg_,
                        "the authorization server's token_type must be Bearer or DPoP and is " +
                            shown(response.token_type));
            error.http_status = static_cast<int>(response.http_status);
            return error;
        }
        const auto granted = response.scope.empty() ? asked : response.scope;
        if (auto met = require_step_up(*request_, granted, leg_); !met) return met.error();
        return Token{response.access_token, response.token_type, call_->keep(std::string(granted)),
                     response.expires_at};
    }

private:
    Acquisition(Call& call, const TokenRequest& request, ServerMetadata server, std::string leg)
        : call_(&call), request_(&request), server_(std::move(server)), leg_(std::move(leg)) {}

    Call* call_;
    const TokenRequest* request_;
    ServerMetadata server_;
    std::string leg_;
};

}  // namespace mcp_auth::plugin
