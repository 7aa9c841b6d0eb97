#include "provider.hpp"

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/claims.hpp>
#include <mcp_auth/jws.hpp>
#include <mcp_auth/jwt_grant.hpp>
#include <mcp_auth/settings.hpp>
#include <mcp_auth/subject.hpp>

namespace mcp_auth::workload_identity {

Result<std::unique_ptr<plugin::Provider>> Provider::create(const plugin::Host& host,
                                                           const plugin::Instance& instance) {
    if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}); !met)
        return met.error();
    std::int64_t leeway = 30;
    plugin::SettingsReader reader(instance.settings);
    reader.seconds("clock_leeway", leeway, 0, 300);
    if (!reader.outcome()) return reader.outcome().error();
    return std::unique_ptr<plugin::Provider>(new Provider(leeway));
}

Result<std::string_view> Provider::workload_assertion(plugin::Call& call) const {
    const auto subject = plugin::ask_subject(call, {MCP_AUTH_TYPE_JWT},
                                             "a workload's assertion is of \"type\": \"jwt\"");
    if (!subject) return subject.error();
    // Its issuer and audience are between the platform and the authorization server.
    const auto jwt = Jws::decode(subject->assertion);
    if (!jwt)
        return Error(Status::misconfigured, "subject",
                     "what the platform provides as this workload's assertion is not a JWT, so it "
                     "was not sent: " +
                         jwt.error().message);
    // One that is over would be refused, and tell a log of the server who we are.
    const auto expiry = plugin::numeric_date(jwt->payload.find("exp"));
    if (expiry && *expiry <= call.now() - clock_leeway_)
        return Error(Status::unavailable, "subject",
                     "the workload's assertion has expired and was not sent: see that the platform "
                     "still renews it");
    return subject->assertion;
}

Result<plugin::Token> Provider::acquire(plugin::Call& call, const plugin::TokenRequest& request) {
    const auto acquisition = plugin::Acquisition::begin(call, request, "redemption");
    if (!acquisition) return acquisition.error();
    const auto client = acquisition->client_for(plugin::grant_jwt_bearer);
    if (!client) return client.error();
    const auto proof = workload_assertion(call);
    if (!proof) return proof.error();
    // K1: refused is refused. Neither this assertion nor another grant is tried after it.
    const auto response = plugin::redeem_assertion(call, *proof, request.scope, request);
    if (!response) return response.error();
    return acquisition->token(*response, request.scope);
}

}  // namespace mcp_auth::workload_identity
