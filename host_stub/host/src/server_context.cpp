// Finding out about the MCP server: once for all who ask, then kept with a lifetime.
#include "connection_state.hpp"
#include "host_state.hpp"
#include "scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

namespace {

// Everything that H4 wants in a key and that comes from discovery, but the scope, which is in the
// key by itself. A document that is merely written down differently each time, or one caller's
// challenge, must not take everybody's tokens away.
bool same_content(const ServerContext& a, const ServerContext& b) {
    return a.resource == b.resource && a.issuer == b.issuer &&
           a.dpop.thumbprint() == b.dpop.thumbprint() && a.dpop.required == b.dpop.required;
}

std::string_view text_of(const std::optional<Challenge>& challenge) {
    return challenge ? std::string_view(challenge->raw) : std::string_view();
}

std::string joined(const std::vector<std::string>& scopes) {
    std::string scope;
    for (const auto& one : scopes) scope += one + " ";
    return scope;
}

// The challenge leads nowhere. It may have been spoilt on the way, or come from somebody who stood
// in the server's place for a moment: the server is asked for another, or it would never be again.
bool names_no_metadata(const Result<ContextPointer>& result) {
    return !result && result.error().leg == "resource_metadata" &&
           (result.status() == Status::misconfigured || result.status() == Status::protocol);
}

struct Found {
    ResourceMetadata resource;
    std::string issuer;
    ServerPointer server;
};

Result<Found> published(HostState& host, const ConnectionConfig& config, const Url& server,
                        const std::optional<Challenge>& challenge, const Trace& trace,
                        const Bounds& bounds) {
    auto resource = host.discovery().resource(server.text(), challenge, config.resource_path_prefix,
                                              trace, bounds);
    if (!resource) return std::move(resource).error();
    auto issuer = choose_issuer(*resource, config.issuer);
    if (!issuer) return std::move(issuer).error();
    auto metadata = host.metadata().server(*issuer, trace, bounds);
    if (!metadata) return std::move(metadata).error();
    return Found{std::move(*resource), std::move(*issuer), std::move(*metadata)};
}

// Not by the cache of metadata: what is found this way is good for this connection alone.
Result<Found> found_as_in_2025_03_26(HostState& host, const ConnectionConfig& config,
                                     const Url& server, const std::optional<Challenge>& challenge,
                                     const Trace& trace, const Bounds& bounds) {
    if (challenge && !challenge->resource_metadata.empty())
        return Error{
            Status::misconfigured, "challenge",
            fmt::format("{} names its resource metadata, so it is no server of 2025-03-26: "
                        "take \"discovery\" out of the connection",
                        server.origin())};
    ResourceMetadata resource;
    resource.resource = server.text();
    resource.authorization_servers = {server.origin()};
    auto issuer = choose_issuer(resource, config.issuer);
    if (!issuer) return std::move(issuer).error();
    auto metadata = host.discovery().server_of_2025_03_26(server, trace, bounds);
    if (!metadata) return std::move(metadata).error();
    return Found{std::move(resource), std::move(*issuer),
                 std::make_shared<const ServerMetadata>(std::move(*metadata))};
}

}  // namespace

Result<ContextPointer> ConnectionState::discover(const Trace& trace, const Bounds& bounds) {
    using ContextFlight = std::shared_ptr<Flight<ContextPointer>>;
    std::optional<Challenge> challenge;
    bool once_more = true;
    return join_or_run<ContextPointer>(
        *host_->clock(), bounds,
        [&](ContextFlight& flight) {
            auto context = fresh_context();
            if (context) return context;
            const std::lock_guard lock(mutex_);
            if (!discovery_) discovery_ = std::make_shared<Flight<ContextPointer>>();
            flight = discovery_;
            challenge = challenge_;
            return context;
        },
        [&](const ContextFlight& flight) {
            auto result = discover_now(challenge, trace, bounds);
            bool outdated = false;  // a challenge has come since, which may name other metadata
            {
                const std::lock_guard lock(mutex_);
                discovery_.reset();
                outdated = text_of(challenge_) != text_of(challenge);
                if (!outdated && challenge && names_no_metadata(result)) {
                    challenge_.reset();
                    asks_anew_ = true;
                }
            }
            flight->finish(std::move(result));
            return !outdated || !std::exchange(once_more, false) || bounds.cancellation.cancelled();
        });
}

Result<ContextPointer> ConnectionState::discover_now(const std::optional<Challenge>& challenge,
                                                     const Trace& trace, const Bounds& bounds) {
    // The issuers that the administrator named are looked up beside the server, not after it.
    for (const auto& [name, client] : instance_->config().clients) {
        if (!client.issuer.empty() && client.token_endpoint.empty() && name != "mcp")
            // For whoever needs it: it ends with the host, not with this acquisition.
            host_->metadata().prefetch(client.issuer, trace,
                                       {bounds.deadline, host_->closing(), bounds.request_limit},
                                       host_->pool());
    }

    auto found = config_.discovery.empty()
                     ? published(*host_, config_, server_, challenge, trace, bounds)
                     : found_as_in_2025_03_26(*host_, config_, server_, challenge, trace, bounds);
    if (!found) return std::move(found).error();

    auto context = std::make_shared<ServerContext>();
    context->resource = std::move(found->resource.resource);
    context->issuer = std::move(found->issuer);
    context->server = std::move(found->server);
    if (auto settled = settle_dpop(challenge, found->resource, *context, bounds); !settled)
        return std::move(settled).error();
    if (challenge && !challenge->scope.empty())
        context->scope = scope_set(challenge->scope);
    else if (!config_.scopes.empty())
        context->scope = scope_set(joined(config_.scopes));
    else
        context->scope = scope_set(joined(found->resource.scopes_supported));
    if (challenge) context->challenge = challenge->raw;

    const auto lifetime = std::min(metadata_lifetime(found->resource.fresh_for),
                                   metadata_lifetime(context->server->fresh_for));
    std::lock_guard lock(mutex_);
    context->serial =
        context_ && same_content(*context_, *context) ? context_->serial : host_->next_serial();
    context_ = context;
    ++version_;
    context_fresh_until_ = text_of(challenge_) == text_of(challenge)
                               ? host_->clock()->now() + lifetime
                               : Deadline{};  // outdated already, see discover()
    return context_;
}

}  // namespace mcp_auth::host
