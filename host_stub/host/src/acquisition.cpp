// One run of a provider: what it is asked, and whether its answer may be used.
#include "ascii_case.hpp"
#include "connection_state.hpp"
#include "grant.hpp"
#include "host_state.hpp"
#include "joined_cancellation.hpp"
#include "plugin_run.hpp"
#include "scope.hpp"
#include "services.hpp"

#include <mcp_auth/jws.hpp>

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

Error signed_out() {
    return {Status::cancelled, "subject", "the user signed out"};
}

// 32 bytes, as only base64url writes them.
bool is_thumbprint(std::string_view text) {
    const auto bytes = base64url_decode(text);
    return bytes && bytes->size() == 32;
}

// Runs `round` until it was for one and the same user, twice at most (D4).
template <class Granted, class Round>
Result<Granted> for_one_user(HostState& host, const UserSession& session, std::uint64_t sign_outs,
                             std::uint64_t& generation, Round round) {
    for (int rounds = 0; rounds < 2; ++rounds) {
        generation = session.generation();
        auto granted = round();
        if (session.generation() == generation) return granted;
        if (session.sign_outs() != sign_outs || host.closed()) return signed_out();
        host.users().forget(session);
    }
    return Error{Status::unavailable, "subject",
                 "the subject's user changed twice while a token was acquired; try again"};
}

}  // namespace

Result<TokenPointer> ConnectionState::acquire(const Demand& demand, const ContextPointer& context,
                                              const Trace& trace, Deadline deadline,
                                              std::uint64_t& generation) {
    const auto* role = instance_->token_role();
    if (role == nullptr)
        return Error{Status::unsupported, "provider",
                     fmt::format("the plugin \"{}\" of provider \"{}\" gives no access tokens",
                                 instance_->plugin().manifest.id, instance_->config().name)};
    auto& clock = *host_->clock();
    const auto session = this->session(*demand.user);
    const auto began = clock.now();
    const auto scope = effective_scope(demand, *session, context);
    std::int64_t wall = 0;  // as whoever granted it has it

    auto granted = for_one_user<GrantedToken>(
        *host_, *session, demand.sign_outs, generation, [&]() -> Result<GrantedToken> {
            const JoinedCancellation cancellation(host_->closing(), session);
            if (session->sign_outs() != demand.sign_outs) return signed_out();
            const Bounds bounds{deadline, cancellation.get(), config_.limits.request};
            CallState state(*host_, config_, demand.user, bounds, trace);
            state.interaction = demand.interaction;
            state.issuer = context->issuer;
            state.server = context->server;
            state.dpop = context->dpop;
            state.enter(instance_, session);

            mcp_auth_token_request request{};
            request.struct_size = sizeof request;
            request.reason = demand.reason;
            request.server = str(server_.text());
            request.resource = str(context->resource);
            request.issuer = str(context->issuer);
            request.metadata = str(context->server->text);
            request.scope = str(scope);
            request.challenge = str(context->challenge);
            request.flags = config_.send_resource ? 0 : MCP_AUTH_REQUEST_OMIT_RESOURCE;

            const auto whom = demand.interaction                          ? RunFor::person
                              : demand.reason == MCP_AUTH_REASON_EXPIRING ? RunFor::renewal
                                                                          : RunFor::caller;
            const auto run = PluginRun::begin(*host_, *instance_, whom, bounds);
            if (!run) return run.error();
            state.run = run->get();
            const RunningCall call(state);
            const auto status = run_role(state.frame(), [&] {
                return role->acquire(instance_->provider(), call.handle(), &request,
                                     result_sinks());
            });
            wall = state.wall();
            return token_outcome(status, state.frame());
        });

    auto token = granted ? checked(std::move(*granted), scope, wall, context->dpop)
                         : Result<TokenPointer>(std::move(granted).error());
    AuditEvent event;
    event.kind = AuditEvent::Kind::outcome;
    event.leg = "token";
    event.peer = server_.origin();
    event.status = token.status();
    event.event = !token                                      ? "failed"
                  : demand.reason == MCP_AUTH_REASON_EXPIRING ? "renewed"
                                                              : "acquired";
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - began);
    if (token) {
        event.fields = {{"type", (*token)->type()},
                        {"scope", (*token)->scope()},
                        {"expires_in", std::to_string((*token)->times().expires_at - wall)}};
    }
    auto here = trace;
    here.provider = instance_->config().name;
    here.record(std::move(event));
    return token;
}

Result<TokenPointer> ConnectionState::checked(GrantedToken granted, std::string_view asked,
                                              std::int64_t wall, const DpopTerms& dpop) const {
    // A token with a line break would become a header of its own (H1).
    if (!is_b64token(granted.access_token.reveal()))
        return Error{Status::protocol, "redemption",
                     "the access token holds characters that no token may (RFC 6750 2.1)"};
    std::string type;
    if (equal_ignoring_case(granted.token_type, "Bearer")) type = "Bearer";
    if (equal_ignoring_case(granted.token_type, "DPoP")) type = "DPoP";
    if (type.empty())
        return Error{Status::protocol, "redemption",
                     "the token type is neither Bearer nor DPoP, so the token cannot be shown"};
    const bool bound = type == "DPoP";
    if (bound && !dpop)
        return Error{
            Status::misconfigured, "redemption",
            "the authorization server issued a DPoP-bound token, though no proof was sent: "
            "set \"dpop\" of the connection to \"required\""};
    // J4: whoever steals it could use it, which the server's administrator or ours has ruled out.
    if (!bound && dpop.required)
        return Error{Status::misconfigured, "redemption",
                     "the token was discarded: it must be bound to a key by DPoP, and the "
                     "authorization server issued a Bearer token"};
    auto scope = scope_set(granted.scope.empty() ? asked : std::string_view(granted.scope));
    return TokenPointer(std::make_shared<const TokenEntry>(
        std::move(granted.access_token), std::move(type), std::move(scope),
        TokenEntry::life(granted.expires_at, wall, host_->clock()->wall(), host_->clock()->now()),
        bound ? dpop.key : nullptr));
}

Result<GrantedAssertion> ConnectionState::assertion(const AssertionRequest& asked,
                                                    const std::shared_ptr<UserState>& user,
                                                    const Bounds& outer, bool interaction) {
    if (host_->closed()) return Error{Status::cancelled, "host", "the host was closed"};
    const auto* role = instance_->assertion_role();
    if (role == nullptr)
        return Error{Status::unsupported, "provider",
                     fmt::format("the plugin \"{}\" of provider \"{}\" gives no assertions",
                                 instance_->plugin().manifest.id, instance_->config().name)};
    if (!asked.dpop_jkt.empty() && !is_thumbprint(asked.dpop_jkt))
        return Error{Status::invalid_argument, "assertion",
                     "dpop_jkt is no SHA-256 thumbprint in base64url (RFC 7638)"};
    const auto session = this->session(*user);
    const auto sign_outs = session->sign_outs();
    const auto trace = host_->trace(config_.name, user->id());
    const JoinedCancellation host_or_caller(host_->closing(), outer.cancellation);
    const Bounds bounds{outer.deadline, host_or_caller.get(), outer.request_limit};

    auto audience = asked.audience, resource = asked.resource, scope = scope_set(asked.scope);
    ServerPointer server;
    if (audience.empty() || config_.issuer.discovered) {
        auto context = discover(trace, bounds);
        if (!context) return std::move(context).error();
        if (audience.empty()) {
            audience = (*context)->issuer;
            if (resource.empty()) resource = (*context)->resource;
            if (scope.empty()) scope = effective_scope({user, {}}, *session, *context);
        }
        if (audience == (*context)->issuer) server = (*context)->server;
    }
    if (config_.issuer.discovered ? !server : !config_.issuer.allows(audience))
        return Error{Status::misconfigured, "assertion",
                     "the audience is not an issuer that the connection's \"issuer\" allows"};

    std::uint64_t generation = 0;
    return for_one_user<GrantedAssertion>(
        *host_, *session, sign_outs, generation, [&]() -> Result<GrantedAssertion> {
            const JoinedCancellation cancellation(bounds.cancellation, session);
            if (session->sign_outs() != sign_outs) return signed_out();
            CallState state(*host_, config_, user,
                            {bounds.deadline, cancellation.get(), bounds.request_limit}, trace);
            state.interaction = interaction;
            state.issuer = audience;
            state.server = server;
            state.enter(instance_, session);

            mcp_auth_assertion_request request{};
            request.struct_size = sizeof request;
            request.audience = str(audience);
            request.resource = str(resource);
            request.scope = str(scope);
            request.dpop_jkt = str(asked.dpop_jkt);
            if (instance_->client("mcp") != nullptr) {
                const RegistrationRequest redeems{{}, std::string(jwt_bearer_grant), scope};
                auto client = resolve_client(state, "mcp", false, &redeems);
                if (!client) return std::move(client).error();
                request.client_id = state.keep(client->config->id);
            }

            const auto run = PluginRun::begin(
                *host_, *instance_, interaction ? RunFor::person : RunFor::caller, state.bounds);
            if (!run) return run.error();
            state.run = run->get();
            const RunningCall call(state);
            const auto status = run_role(state.frame(), [&] {
                return role->assertion(instance_->provider(), call.handle(), &request,
                                       result_sinks());
            });
            return assertion_outcome(status, state.frame());
        });
}

}  // namespace mcp_auth::host
