// oauth/1: who the plugin would be, and requests at token endpoints in that name. The plugin names
// a client; where its credentials go is decided here (protocol.md C3, C4).
#include "services.hpp"

#include "host_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

bool discovered_without_leave(const CallState& state) {
    return state.connection.issuer.discovered &&
           !state.host.config().policy.credentials_to_discovered_issuer;
}

// Fields that carry what an authorization server could use elsewhere, or that belong to the host.
bool is_assertion(std::string_view field) {
    return field == "assertion" || field == "subject_token" || field == "actor_token";
}

bool is_client_authentication(std::string_view field) {
    return field == "client_id" || field == "client_secret" ||
           field.starts_with("client_assertion");
}

// C4: before anything leaves. An ID-JAG for a discovered issuer is not even asked for.
Result<void> may_go(const CallState& state, const ResolvedClient& client, mcp_auth_fields fields) {
    if (!discovered_without_leave(state)) return {};
    bool assertion = false, exchange = false;
    for (std::size_t i = 0; i < fields.count; ++i) {
        const auto name = view(fields.ptr[i].name);
        assertion = assertion || is_assertion(name);
        exchange = exchange ||
                   (name == "grant_type" &&
                    view(fields.ptr[i].value) == "urn:ietf:params:oauth:grant-type:token-exchange");
    }
    const bool to_discovered = client.issuer == state.issuer;
    if (!exchange && !(to_discovered && (assertion || client.config->has_credential()))) return {};
    return Error{Status::misconfigured, "configuration",
                 fmt::format("the authorization server {} was discovered, not listed by the "
                             "administrator, so no assertion and no credential may go to it: name "
                             "it in the connection's \"issuer\", or set "
                             "\"credentials_to_discovered_issuer\" in \"policy\"",
                             state.issuer)};
}

mcp_auth_status client(mcp_auth_call* call, const mcp_auth_client_request* in, mcp_auth_client* out,
                       mcp_auth_failure* failure) {
    return serve(call, failure, [&](CallState& state) -> Result<void> {
        const auto request = read_in(in);
        auto resolved = resolve_client(state, view(request.name), true);
        if (!resolved) return std::move(resolved).error();
        mcp_auth_client answer{};
        answer.client_id = state.keep(resolved->config->id);
        answer.issuer = state.keep(resolved->issuer);
        answer.metadata = state.keep(resolved->server->text);
        answer.dpop_jkt = state.keep(state.dpop.thumbprint());
        write_out(answer, out);
        return {};
    });
}

mcp_auth_status token_request(mcp_auth_call* call, mcp_auth_str name, mcp_auth_fields fields,
                              mcp_auth_token_response* out, mcp_auth_failure* failure) {
    return serve(call, failure, [&](CallState& state) -> Result<void> {
        for (std::size_t i = 0; i < fields.count; ++i) {
            if (is_client_authentication(view(fields.ptr[i].name)))
                return Error{Status::invalid_argument, "token",
                             "the plugin gave client authentication among the fields; the host "
                             "adds it"};
        }
        auto client = resolve_client(state, view(name), false);
        if (!client) return std::move(client).error();
        if (auto allowed = may_go(state, *client, fields); !allowed) return allowed;
        if (!client->server) client = resolve_client(state, view(name), true);
        if (!client) return std::move(client).error();

        std::vector<std::pair<std::string, Secret>> form;
        form.reserve(fields.count);
        for (std::size_t i = 0; i < fields.count; ++i)
            form.emplace_back(std::string(view(fields.ptr[i].name)),
                              Secret(view(fields.ptr[i].value)));
        state.asked = client->server->issuer;
        auto answer = state.host.token_endpoint().request(
            *client->config, *client->server, form, state.trace_here(), state.bounds, state.dpop);
        if (!answer) return std::move(answer).error();
        mcp_auth_token_response response{};
        response.http_status = static_cast<std::uint32_t>(answer->http_status);
        response.json = state.keep(answer->json.reveal());
        response.access_token = state.keep(answer->access_token.reveal());
        response.token_type = state.keep(answer->token_type);
        response.issued_token_type = state.keep(answer->issued_token_type);
        response.refresh_token = state.keep(answer->refresh_token.reveal());
        response.scope = state.keep(answer->scope);
        response.expires_at = answer->expires_at;
        write_out(response, out);
        return {};
    });
}

}  // namespace

Result<ResolvedClient> resolve_client(CallState& state, std::string_view name, bool metadata) {
    const auto& instance = *state.frame().instance;
    ResolvedClient resolved;
    resolved.config = instance.client(name);
    if (resolved.config == nullptr)
        return Error{Status::misconfigured, "configuration",
                     fmt::format("provider \"{}\" needs a client \"{}\": add it to \"clients\"",
                                 instance.config().name, name)};
    const auto& config = *resolved.config;
    resolved.issuer = config.issuer.empty() ? state.issuer : config.issuer;
    if (name == "mcp" && resolved.issuer != state.issuer)
        return Error{Status::misconfigured, "configuration",
                     fmt::format("the client \"mcp\" belongs to {}, but the server's authorization "
                                 "server is {}",
                                 resolved.issuer, state.issuer)};
    if (resolved.issuer == state.issuer && state.server) {
        resolved.server = state.server;
    } else if (!config.token_endpoint.empty()) {
        auto server = std::make_shared<ServerMetadata>();
        server->issuer = resolved.issuer;
        server->token_endpoint = config.token_endpoint;
        resolved.server = std::move(server);
    } else if (metadata) {
        auto server =
            state.host.metadata().server(resolved.issuer, state.trace_here(), state.bounds);
        if (!server) return std::move(server).error();
        resolved.server = std::move(*server);
    }
    return resolved;
}

const mcp_auth_oauth_v1* oauth_service() noexcept {
    static const mcp_auth_oauth_v1 table{client, token_request};
    return &table;
}

}  // namespace mcp_auth::host
