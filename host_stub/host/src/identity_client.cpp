#include "identity_client.hpp"

#include "ascii_case.hpp"
#include "grant.hpp"

#include <mcp_auth/json.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

// What a registered client is for: to sign users in, to renew that, and to exchange it, which is
// what a session is a subject for. A server that lists its grants might refuse one that it lacks.
std::string grants_to_register(std::string_view sign_in, const ServerMetadata& server) {
    const auto listed = server.document.strings("grant_types_supported");
    std::string grants(sign_in);
    for (const auto grant : {std::string_view("refresh_token"), token_exchange_grant})
        if (!listed || std::find(listed->begin(), listed->end(), grant) != listed->end())
            grants.append(" ").append(grant);
    return grants;
}

Error another_client(const std::string& issuer) {
    return {Status::interaction_required, "session",
            "the session is of another client than the one that this host is at " + issuer +
                " now: run mcp-auth login"};
}

}  // namespace

Result<void> IdentityClient::be_registered(std::string_view grant, std::string redirect_uri,
                                           const Bounds& bounds) {
    if (!configured_.id.empty()) return {};
    const RegistrationRequest asked{
        std::move(redirect_uri), grants_to_register(grant, *server_), {}};
    auto known = rooms_.registration.known(here(), &asked, trace_, bounds);
    if (!known) return std::move(known).error();
    if (!*known) return Error(Status::internal, "registration", "no client came of registering");
    client_ = std::move((*known)->client);
    registered_ = (*known)->registered;
    return {};
}

Result<std::string> IdentityClient::registered_redirect_uri(const Bounds& bounds) const {
    if (!configured_.id.empty()) return std::string();
    auto known = rooms_.registration.known(here(), nullptr, trace_, bounds);
    if (!known) return std::move(known).error();
    return *known ? std::move((*known)->asked.redirect_uri) : std::string();
}

Result<void> IdentityClient::be(const std::string& id, const Bounds& bounds) {
    if (configured_.id.empty()) {
        auto known = rooms_.registration.known(here(), nullptr, trace_, bounds);
        if (!known) return std::move(known).error();
        if (!*known) return another_client(server_->issuer);
        client_ = std::move((*known)->client);
        registered_ = (*known)->registered;
    }
    return client_.id == id ? Result<void>() : another_client(server_->issuer);
}

Result<bool> IdentityClient::is_forgotten(const Error& answer, const Bounds& bounds) {
    if (!registered_ || answer.oauth_error != "invalid_client") return false;
    if (auto forgotten = rooms_.registration.forget(here(), client_.id, bounds); !forgotten)
        return forgotten.error();
    return true;
}

Error IdentityClient::unless_forgotten(Error answer, const Bounds& bounds) {
    const auto forgotten = is_forgotten(answer, bounds);
    if (!forgotten) return forgotten.error();
    if (!*forgotten) return answer;
    answer.status = Status::interaction_required;
    answer.message +=
        ": it knows the client no longer that it registered, so the next sign-in "
        "registers another: run mcp-auth login";
    return answer;
}

// OpenID Connect Core 11: offline_access is what a refresh token is asked for by, where the server
// knows it. Many hand one out without, and refuse a scope that they do not know.
std::string IdentityClient::scope(const std::vector<std::string>& scopes) const {
    std::vector<std::string> all{"openid"};
    const auto supported =
        server_->document.strings("scopes_supported").value_or(std::vector<std::string>());
    if (std::find(supported.begin(), supported.end(), "offline_access") != supported.end())
        all.emplace_back("offline_access");
    for (const auto& scope : scopes)
        if (std::find(all.begin(), all.end(), scope) == all.end()) all.push_back(scope);
    std::string text;
    for (const auto& scope : all) text += (text.empty() ? "" : " ") + scope;
    return text;
}

Result<KeptSignIn> IdentityClient::accept(const TokenResponse& tokens, ExpectedIdToken expected,
                                          const Bounds& bounds) const {
    const auto body = json::parse(tokens.json.reveal());
    if (!body) return body.error();
    // J4: what is not bound could be used by whoever steals it.
    if (dpop_ && !equal_ignoring_case(tokens.token_type, "DPoP"))
        return Error(Status::protocol, "token",
                     server_->issuer + " was shown a DPoP proof and bound nothing to its key");
    KeptSignIn sign_in;
    sign_in.id_token = Secret(body->string("id_token"));
    expected.issuer = server_->issuer;
    expected.client_id = client_.id;
    expected.access_token = tokens.access_token.reveal();
    auto claims = rooms_.id_tokens.verify(sign_in.id_token.reveal(), *server_, expected,
                                          rooms_.clock.wall(server_->issuer), trace_, bounds);
    if (!claims) return std::move(claims).error();
    sign_in.issuer = claims->issuer;
    sign_in.client_id = client_.id;
    sign_in.subject = claims->subject;
    sign_in.name = claims->name;
    sign_in.expires_at = claims->expires_at;
    sign_in.refresh_token = tokens.refresh_token.clone();
    return sign_in;
}

Result<TokenResponse> IdentityClient::refresh(const Secret& refresh_token, const Bounds& bounds) {
    FormFields fields;
    fields.emplace_back("grant_type", Secret("refresh_token"));
    fields.emplace_back("refresh_token", refresh_token.clone());
    auto tokens = rooms_.tokens.request(client_, *server_, fields, trace_, bounds, dpop_);
    if (!tokens) return unless_forgotten(std::move(tokens).error(), bounds);
    return tokens;
}

Result<void> IdentityClient::revoke(const Secret& refresh_token, const Bounds& bounds) const {
    constexpr std::string_view leg = "revocation";
    if (server_->document.find("revocation_endpoint") == nullptr)
        return Error(Status::unsupported, std::string(leg),
                     server_->issuer + " publishes no revocation_endpoint");
    ClientPost post{"revocation_endpoint", leg, {}};
    post.fields.emplace_back("token", refresh_token.clone());
    post.fields.emplace_back("token_type_hint", Secret("refresh_token"));
    const auto answer = rooms_.posts.send(client_, *server_, post, trace_, bounds);
    if (!answer) return answer.error();
    const int status = answer->response.status;
    if (status == 200) return {};  // RFC 7009 2.2; also for one that was not valid any more
    Error error(Status::denied, std::string(leg),
                server_->issuer + " answered " + std::to_string(status));
    error.http_status = status;
    return error;
}

}  // namespace mcp_auth::host
