#include "provider.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <string>

namespace mcp_auth::workload_identity {

namespace {

constexpr std::int64_t largest_leeway = 300;

}  // namespace

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}); !met)
        return met.error();
    std::int64_t leeway = 30;
    if (const json::Value* setting = instance.settings.find("clock_leeway")) {
        const auto seconds = setting->as_integer();
        if (!seconds || *seconds < 0 || *seconds > largest_leeway)
            return Error(Status::misconfigured, "settings",
                         "settings/clock_leeway must be a whole number of seconds from 0 to 300");
        leeway = *seconds;
    }
    return std::unique_ptr<plugin::Provider>(new Provider(leeway));
}

Result<std::string_view> Provider::assertion(plugin::Call& call) const {
    const auto subject = call.subject({MCP_AUTH_TYPE_JWT});
    if (!subject) {
        Error error = subject.error();
        if (error.leg.empty()) error.leg = "subject";
        if (error.status == Status::unsupported) {  // that would say it of this provider
            error.status = Status::misconfigured;
            error.message += ": a workload's assertion is of \"type\": \"jwt\"";
        }
        return error;
    }
    // Its issuer and audience are between the platform and the authorization server.
    const auto jwt = Jws::decode(subject->assertion);
    if (!jwt)
        return Error(Status::misconfigured, "subject",
                     "what the platform provides as this workload's assertion is not a JWT, so it "
                     "was not sent: " +
                         jwt.error().message);
    // One that is over would be refused, and tell a log of the server who we are.
    const auto* claim = jwt->payload.find("exp");
    const auto expiry = claim != nullptr ? claim->as_double() : std::nullopt;
    if (expiry && *expiry <= static_cast<double>(call.now() - clock_leeway_))
        return Error(Status::unavailable, "subject",
                     "the workload's assertion has expired and was not sent: see that the platform "
                     "still renews it");
    return subject->assertion;
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    if (request.resource.empty() || request.issuer.empty())
        return Error(Status::invalid_argument, "redemption",
                     "a token needs a resource and an issuer that it is for");
    const auto server = plugin::ServerMetadata::read(request.metadata, "redemption");
    if (!server) return server.error();
    if (auto met = server->require_grant(plugin::grant_jwt_bearer); !met) return met.error();
    const auto client = call.client({"mcp", {}, plugin::grant_jwt_bearer, {}});
    if (!client) return client.error();
    const auto proof = assertion(call);
    if (!proof) return proof.error();

    plugin::Fields fields{{"grant_type", plugin::grant_jwt_bearer}, {"assertion", *proof}};
    if (!request.omit_resource) fields.emplace_back("resource", request.resource);
    if (!request.scope.empty()) fields.emplace_back("scope", request.scope);
    // K1: refused is refused. Neither this assertion nor another grant is tried after it.
    const auto response = call.token_request("mcp", fields);
    if (!response) return response.error();

    const auto granted = response->scope.empty() ? request.scope : response->scope;
    if (!plugin::scope_missing_for_step_up(request, granted).empty())
        return Error(
            Status::denied, "redemption",
            "the authorization server does not grant this workload all of the scope that the "
            "MCP server demands");
    return plugin::Token{response->access_token, response->token_type, granted,
                         response->expires_at};
}

}  // namespace mcp_auth::workload_identity
