// oauth/1: who the plugin would be, and requests at token endpoints in that name. The plugin names
// a client; where its credentials go is decided here (protocol.md C3, C4).
#include "services.hpp"

#include "host_state.hpp"
#include "store_key.hpp"

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
    // A secret that this issuer gave itself may go back to it.
    const bool credential = client.config->has_credential() && !client.registered;
    if (!exchange && !(to_discovered && (assertion || credential))) return {};
    return Error{Status::misconfigured, "configuration",
                 fmt::format("the authorization server {} was discovered, not listed by the "
                             "administrator, so no assertion and no credential may go to it: name "
                             "it in the connection's \"issuer\", or set "
                             "\"credentials_to_discovered_issuer\" in \"policy\"",
                             state.issuer)};
}

mcp_auth_status client(mcp_auth_call* call, const mcp_auth_client_request* in, mcp_auth_client* out,
                       mcp_auth_failure* failure) {
    return serve(call, failure, {in, out}, [&](CallState& state) -> Result<void> {
        const auto request = read_in(in);
        const RegistrationRequest asked{std::string(view(request.redirect_uri)),
                                        std::string(view(request.grant_types)),
                                        std::string(view(request.scope))};
        auto resolved = resolve_client(state, view(request.name), true, &asked);
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

std::string_view field_in(mcp_auth_fields fields, std::string_view name) {
    for (std::size_t i = 0; i < fields.count; ++i)
        if (view(fields.ptr[i].name) == name) return view(fields.ptr[i].value);
    return {};
}

// What a plugin needs that asked for no client before it asks for a token.
RegistrationRequest asked_by(mcp_auth_fields fields) {
    return {std::string(field_in(fields, "redirect_uri")),
            std::string(field_in(fields, "grant_type")),
            {}};
}

// Whether the request is worth nothing from another client: a code, a refresh token or an assertion
// was given to the one that asked for it.
bool is_bound_to_client(mcp_auth_fields fields) {
    for (std::size_t i = 0; i < fields.count; ++i) {
        const auto name = view(fields.ptr[i].name);
        if (is_assertion(name) || name == "code" || name == "refresh_token") return true;
    }
    return false;
}

Result<TokenResponse> send(CallState& state, const ResolvedClient& client, mcp_auth_fields fields) {
    std::vector<std::pair<std::string, Secret>> form;
    form.reserve(fields.count);
    for (std::size_t i = 0; i < fields.count; ++i)
        form.emplace_back(std::string(view(fields.ptr[i].name)), Secret(view(fields.ptr[i].value)));
    state.asked = client.server->issuer;
    return state.host.token_endpoint().request(*client.config, *client.server, form,
                                               state.trace_here(), state.bounds, state.dpop);
}

// The server no longer knows a client that it registered: that registration is dropped, with what
// the issuer gave it, and a new one made where the request is worth sending in its name.
Result<TokenResponse> send_as_another(CallState& state, const ResolvedClient& former,
                                      mcp_auth_fields fields, Error refused) {
    const auto& instance = *state.frame().instance;
    const auto* configured = instance.client(former.config->name);
    const ClientAt at{instance.config().name, *configured, *former.server};
    if (auto forgotten = state.host.registration().forget(at, former.config->id, state.bounds);
        !forgotten)
        return forgotten.error();
    erase_client(state, former.issuer, former.config->id);
    if (is_bound_to_client(fields)) return refused;
    auto client = resolve_client(state, former.config->name, true, &former.asked);
    if (!client) return std::move(client).error();
    return send(state, *client, fields);
}

mcp_auth_status token_request(mcp_auth_call* call, mcp_auth_str name, mcp_auth_fields fields,
                              mcp_auth_token_response* out, mcp_auth_failure* failure) {
    return serve(call, failure, {out}, [&](CallState& state) -> Result<void> {
        if (!readable(fields))
            return Error{Status::internal, "host", "the plugin gave fields that cannot be read"};
        for (std::size_t i = 0; i < fields.count; ++i) {
            if (is_client_authentication(view(fields.ptr[i].name)))
                return Error{Status::invalid_argument, "token",
                             "the plugin gave client authentication among the fields; the host "
                             "adds it"};
        }
        auto client = resolve_client(state, view(name), false);
        if (!client) return std::move(client).error();
        if (auto allowed = may_go(state, *client, fields); !allowed) return allowed;
        const auto asked = asked_by(fields);
        if (!client->server || client->config->id.empty())
            client = resolve_client(state, view(name), true, &asked);
        if (!client) return std::move(client).error();

        auto answer = send(state, *client, fields);
        if (!answer && client->registered && answer.error().oauth_error == "invalid_client")
            answer = send_as_another(state, *client, fields, std::move(answer).error());
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

// Null while it is not needed.
Result<ServerPointer> server_of(CallState& state, const ResolvedClient& client, bool needed) {
    if (client.issuer == state.issuer && state.server) return state.server;
    if (!client.config->token_endpoint.empty()) {
        auto server = std::make_shared<ServerMetadata>();
        server->issuer = client.issuer;
        server->token_endpoint = client.config->token_endpoint;
        return ServerPointer(std::move(server));
    }
    if (!needed) return ServerPointer();
    return state.host.metadata().server(client.issuer, state.trace_here(), state.bounds);
}

// Puts the client that a configuration without an id is at its server in the configured one's
// place.
Result<void> registered_client(CallState& state, ResolvedClient& resolved,
                               const RegistrationRequest* asked) {
    auto& registration = state.host.registration();
    const ClientAt at{state.frame().instance->config().name, *resolved.config, *resolved.server};
    auto known = registration.known(at, asked, state.trace_here(), state.bounds);
    if (!known) return std::move(known).error();
    if (!*known) return {};
    if (!(*known)->replaced.empty()) erase_client(state, resolved.issuer, (*known)->replaced);
    resolved.registered = (*known)->registered;
    resolved.asked = std::move((*known)->asked);
    resolved.config = std::make_shared<const ClientConfig>(std::move((*known)->client));
    return {};
}

}  // namespace

Result<ResolvedClient> resolve_client(CallState& state, std::string_view name, bool metadata,
                                      const RegistrationRequest* asked) {
    const auto& instance = state.frame().instance;
    const auto* configured = instance->client(name);
    if (configured == nullptr)
        return Error{Status::misconfigured, "configuration",
                     fmt::format("provider \"{}\" needs a client \"{}\": add it to \"clients\"",
                                 instance->config().name, name)};
    ResolvedClient resolved;
    resolved.config = {instance, configured};
    resolved.issuer = configured->issuer.empty() ? state.issuer : configured->issuer;
    if (name == "mcp" && resolved.issuer != state.issuer)
        return Error{Status::misconfigured, "configuration",
                     fmt::format("the client \"mcp\" belongs to {}, but the server's authorization "
                                 "server is {}",
                                 resolved.issuer, state.issuer)};
    auto server = server_of(state, resolved, metadata || configured->id.empty());
    if (!server) return std::move(server).error();
    resolved.server = std::move(*server);
    if (!configured->id.empty()) return resolved;
    if (auto registered = registered_client(state, resolved, asked); !registered)
        return std::move(registered).error();
    return resolved;
}

Result<std::string> recorded_redirect_uri(CallState& state, std::string_view name) {
    auto client = resolve_client(state, name, false);
    if (!client) return std::move(client).error();
    return std::move(client->asked.redirect_uri);
}

const mcp_auth_oauth_v1* oauth_service() noexcept {
    static const mcp_auth_oauth_v1 table{client, token_request};
    return &table;
}

}  // namespace mcp_auth::host
