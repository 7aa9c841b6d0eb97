#include "code_flow.hpp"

#include <mcp_auth/form.hpp>
#include <mcp_auth/scope.hpp>

#include <utility>

namespace mcp_auth::authorization_code {

namespace {

constexpr std::string_view offline_access = "offline_access";

Error unusable(std::string what) {
    return {Status::misconfigured, "authorization",
            "the authorization server " + std::move(what) +
                " (its metadata), so nobody was asked to sign in"};
}

}  // namespace

// PKCE protects the code, and "plain" protects nothing (OAuth 2.1 7.5.1; MCP demands S256 and that
// a server that does not state it is refused). C6 is for flows that have no code.
Result<void> CodeFlow::check_server() const {
    const plugin::ServerMetadata& server = acquisition_.server();
    if (server.document().string("authorization_endpoint").empty())
        return unusable("has no authorization_endpoint");
    if (!server.document().find("code_challenge_methods_supported") ||
        server.omits("code_challenge_methods_supported", "S256"))
        return unusable("does not state PKCE with S256 in code_challenge_methods_supported");
    if (server.omits("response_types_supported", "code"))
        return unusable("does not give codes: response_types_supported lacks \"code\"");
    return server.require_grant(plugin::grant_authorization_code);
}

// SEP-2207: offline_access where a refresh token is wanted and the server lists it, else never.
std::string CodeFlow::scope() const {
    const plugin::ServerMetadata& server = acquisition_.server();
    std::string scope(request_.scope);
    const bool listed = server.document().find("scopes_supported") &&
                        !server.omits("scopes_supported", offline_access);
    if (refresh_ && listed && !plugin::scope_within(offline_access, scope))
        scope += (scope.empty() ? "" : " ") + std::string(offline_access);
    return scope;
}

std::string CodeFlow::url(const plugin::Client& client, const plugin::BrowserFlow& flow) const {
    const auto wanted = scope();
    plugin::Fields fields{{"response_type", "code"},
                          {"client_id", client.client_id},
                          {"redirect_uri", flow.redirect_uri},
                          {"state", flow.state},
                          {"code_challenge", flow.code_challenge},
                          {"code_challenge_method", "S256"}};
    if (!wanted.empty()) fields.emplace_back("scope", wanted);
    // Without it a server that follows OpenID Connect Core 11 gives no offline access.
    if (plugin::scope_within(offline_access, wanted)) fields.emplace_back("prompt", "consent");
    plugin::add_target(fields, request_, {});
    return url_with_query(acquisition_.server().document().string("authorization_endpoint"),
                          fields);
}

Result<plugin::TokenResponse> CodeFlow::redeem(const plugin::BrowserAnswer& answer,
                                               const plugin::BrowserFlow& flow) {
    plugin::Fields fields{{"grant_type", plugin::grant_authorization_code},
                          {"code", answer.code},
                          {"redirect_uri", flow.redirect_uri},
                          {"code_verifier", answer.code_verifier}};
    plugin::add_target(fields, request_, {});
    return call_.token_request("mcp", fields);
}

Result<plugin::TokenResponse> CodeFlow::run() {
    if (auto usable = check_server(); !usable) return usable.error();
    // The listener first: a client may have to be registered with its address.
    const auto flow = call_.browser_begin("mcp");
    if (!flow) return flow.error();
    // All grants at once, and no scope: what is registered need not change when scopes grow.
    const auto client = acquisition_.client(
        {"mcp",
         flow->redirect_uri,
         refresh_ ? "authorization_code refresh_token" : plugin::grant_authorization_code,
         {}});
    if (!client) return client.error();
    const auto answer = call_.browser_finish(call_.keep(url(*client, *flow)));
    if (!answer) return answer.error();
    return redeem(*answer, *flow);
}

}  // namespace mcp_auth::authorization_code
