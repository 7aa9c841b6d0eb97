// browser/1: an authorization code by way of the user's browser. The plugin writes the request's
// query; where it goes, and whether the answer is the one to it, is decided here.
#include "services.hpp"

#include "browser_flow.hpp"
#include "host_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

void record(const CallState& state, std::string event, std::string peer, Status status,
            Deadline began) {
    AuditEvent leg;
    leg.leg = "authorization";
    leg.event = std::move(event);
    leg.peer = std::move(peer);
    leg.status = status;
    leg.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(state.trace.clock->now() - began);
    state.trace_here().record(std::move(leg));
}

// Of the endpoint alone: a state is in the query.
std::string origin_of(std::string_view url) {
    const auto parsed = Url::parse(url.substr(0, url.find('?')));
    return parsed ? parsed->origin() : std::string();
}

Error no_interaction() {
    return {Status::interaction_required, "authorization",
            "the user must sign in in a browser, which this caller does not allow "
            "(Wait::interaction), or which a renewal in the background never does: ask again "
            "where the user is present"};
}

// The listener's address, and a request for it.
Result<BrowserFlowRequest> flow_request(const ResolvedClient& client) {
    const auto& server = *client.server;
    if (server.authorization_endpoint.empty())
        return Error{Status::misconfigured, "authorization",
                     fmt::format("{} has no authorization_endpoint in its metadata, so it gives no "
                                 "codes to a browser",
                                 client.issuer)};
    BrowserFlowRequest request;
    request.issuer = client.issuer;
    request.authorization_endpoint = server.authorization_endpoint;
    const auto* promised = server.document.find("authorization_response_iss_parameter_supported");
    request.iss_promised = promised != nullptr && promised->as_bool().value_or(false);
    const auto& configured = client.config->redirect_uri;
    const auto& uri = configured.empty() ? client.asked.redirect_uri : configured;
    if (uri.empty()) return request;
    auto redirect = RedirectUri::parse(uri);
    if (!redirect) return std::move(redirect).error();
    request.redirect = std::move(*redirect);
    return request;
}

// A port that a registration has recorded is tried first. Where it is taken, any will do: the
// plugin then asks for a client with another redirect URI, which registers anew.
Result<std::unique_ptr<BrowserFlow>> begin_flow(CallState& state, const ResolvedClient& client) {
    auto request = flow_request(client);
    if (!request) return std::move(request).error();
    auto& flows = state.host.browser_flows();
    auto flow = flows.begin(*request, state.bounds);
    if (flow || !client.registered || flow.status() != Status::unavailable) return flow;
    request->redirect.port = 0;
    return flows.begin(std::move(*request), state.bounds);
}

mcp_auth_status begin(mcp_auth_call* call, mcp_auth_str client, mcp_auth_browser_flow* out,
                      mcp_auth_failure* failure) {
    return serve(call, failure, {out}, [&](CallState& state) -> Result<void> {
        state.browser_flow.reset();
        if (!state.interaction) return no_interaction();
        auto resolved = resolve_client(state, view(client), true);
        if (!resolved) return std::move(resolved).error();
        if (!resolved->config->id.empty()) {  // nobody is sent to a page for nothing
            auto ready = state.host.token_endpoint().ready(*resolved->config, *resolved->server,
                                                           state.bounds, state.dpop);
            if (!ready) return ready;
        }
        auto flow = begin_flow(state, *resolved);
        if (!flow) return std::move(flow).error();
        state.browser_flow = std::move(*flow);
        mcp_auth_browser_flow answer{};
        answer.redirect_uri = state.keep(state.browser_flow->redirect_uri());
        answer.code_challenge = state.keep(state.browser_flow->code_challenge());
        answer.state = state.keep(state.browser_flow->state());
        write_out(answer, out);
        return {};
    });
}

mcp_auth_status finish(mcp_auth_call* call, mcp_auth_str url, mcp_auth_browser_answer* out,
                       mcp_auth_failure* failure) {
    return serve(call, failure, {out}, [&](CallState& state) -> Result<void> {
        const auto flow = std::move(state.browser_flow);  // once, however it ends
        if (!flow)
            return Error{Status::internal, "authorization",
                         "the plugin finished a browser flow that it had not begun"};
        const auto began = state.trace.clock->now();
        const auto origin = origin_of(view(url));
        auto answer = flow->finish(std::string(view(url)), state.bounds);
        record(state, answer ? "authorized" : "failed", origin, answer.status(), began);
        if (!answer) return std::move(answer).error();
        mcp_auth_browser_answer code{};
        code.code = state.keep(answer->code.reveal());
        code.code_verifier = state.keep(answer->verifier.reveal());
        write_out(code, out);
        return {};
    });
}

}  // namespace

const mcp_auth_browser_v1* browser_service() noexcept {
    static const mcp_auth_browser_v1 table{begin, finish};
    return &table;
}

}  // namespace mcp_auth::host
