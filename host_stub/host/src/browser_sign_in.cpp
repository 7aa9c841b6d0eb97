// The code flow (OpenID Connect Core 3.1) of a native application (RFC 8252).
#include "browser_flow.hpp"
#include "identity_client.hpp"

#include <mcp_auth/form.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

// A server that lists its methods and lacks S256 would not check the challenge.
Result<void> check_pkce(const ServerMetadata& server) {
    const auto methods = server.document.strings("code_challenge_methods_supported");
    if (!methods || std::find(methods->begin(), methods->end(), "S256") != methods->end())
        return {};
    return Error(Status::misconfigured, "authorization",
                 server.issuer +
                     " does not list S256 among its code_challenge_methods_supported, "
                     "so that a stolen code could be used by others");
}

}  // namespace

// A port that a registration has recorded is tried first. Where it is taken, any will do: the
// client then registers anew.
Result<std::unique_ptr<BrowserFlow>> IdentityClient::begin_flow(const Bounds& bounds) const {
    BrowserFlowRequest request;
    request.issuer = server_->issuer;
    request.authorization_endpoint = server_->authorization_endpoint;
    const auto* promised = server_->document.find("authorization_response_iss_parameter_supported");
    request.iss_promised = promised != nullptr && promised->as_bool().value_or(false);
    if (!configured_.redirect_uri.empty()) {
        auto redirect = RedirectUri::parse(configured_.redirect_uri);
        if (!redirect) return std::move(redirect).error();
        request.redirect = std::move(*redirect);
    }
    const auto registered = registered_redirect_uri(bounds);
    if (!registered) return registered.error();
    const auto recorded = RedirectUri::parse(*registered);
    if (!recorded || request.redirect.port != 0 || recorded->host != request.redirect.host ||
        recorded->path != request.redirect.path)
        return rooms_.browser.begin(std::move(request), bounds);
    request.redirect.port = recorded->port;
    auto flow = rooms_.browser.begin(request, bounds);
    if (flow || flow.status() != Status::unavailable) return flow;
    request.redirect.port = 0;
    return rooms_.browser.begin(std::move(request), bounds);
}

Result<KeptSignIn> IdentityClient::by_browser(const SignIn& how,
                                              const std::vector<std::string>& scopes,
                                              const Bounds& bounds) {
    if (server_->authorization_endpoint.empty())
        return Error(Status::protocol, "authorization",
                     "the metadata of " + server_->issuer + " has no authorization_endpoint");
    if (auto pkce = check_pkce(*server_); !pkce) return std::move(pkce).error();
    auto flow = begin_flow(bounds);
    if (!flow) return std::move(flow).error();
    if (auto somebody = be_registered("authorization_code", (*flow)->redirect_uri(), bounds);
        !somebody)
        return std::move(somebody).error();
    if (auto ready = rooms_.tokens.ready(client_, *server_, bounds, dpop_); !ready)
        return std::move(ready).error();  // nobody is sent to a page for nothing

    const auto nonce = unguessable(rooms_.clock.base());
    const auto wanted = scope(scopes);
    const auto max_age = how.max_age ? std::to_string(how.max_age->count()) : std::string();
    std::vector<std::pair<std::string_view, std::string_view>> query{
        {"response_type", "code"},
        {"client_id", client_.id},
        {"redirect_uri", (*flow)->redirect_uri()},
        {"scope", wanted},
        {"state", (*flow)->state()},
        {"nonce", nonce.reveal()},
        {"code_challenge", (*flow)->code_challenge()},
        {"code_challenge_method", "S256"}};
    if (dpop_) query.emplace_back("dpop_jkt", dpop_.thumbprint());  // RFC 9449 10
    if (how.max_age) query.emplace_back("max_age", max_age);
    if (!how.acr_values.empty()) query.emplace_back("acr_values", how.acr_values);
    auto code = (*flow)->finish(url_with_query(server_->authorization_endpoint, query), bounds);
    if (!code) return std::move(code).error();

    FormFields fields;
    fields.emplace_back("grant_type", Secret("authorization_code"));
    fields.emplace_back("code", std::move(code->code));
    fields.emplace_back("redirect_uri", Secret((*flow)->redirect_uri()));
    fields.emplace_back("code_verifier", std::move(code->verifier));
    const auto tokens = rooms_.tokens.request(client_, *server_, fields, trace_, bounds, dpop_);
    if (!tokens) return unless_forgotten(tokens.error(), bounds);
    ExpectedIdToken expected;
    expected.nonce = nonce.reveal();
    expected.max_age = how.max_age;
    expected.acr_values = how.acr_values;
    return accept(*tokens, expected, bounds);
}

}  // namespace mcp_auth::host
