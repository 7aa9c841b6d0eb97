#include "identity_provider.hpp"

#include "client_authentication.hpp"

#include <algorithm>

namespace mcp_auth::demo {
namespace {

constexpr unsigned longest_id_jag = 300;  // seconds; it is redeemed at once or not at all

Object jwt_header(const std::string& type, const SigningKey& key) {
    Object header(Poco::JSON_PRESERVE_KEY_ORDER);
    header.set("alg", "ES256");
    header.set("typ", type);
    header.set("kid", key.key_id());
    return header;
}

}  // namespace

struct IdentityProvider::Wanted {
    std::string audience, resource;
    std::vector<std::string> scopes;
};

IdentityProvider::IdentityProvider(const Party& party)
    : party_(party), paths_(party.options.idp_path), key_("idp-1") {}

Answer IdentityProvider::answer(const RecordedRequest& request) const {
    const std::string path = request.path();
    if (path == paths_.token) return token(request);
    if (request.method != "GET") return not_found();
    if (path == paths_.jwks) return json_text_answer(jwks());
    if (path == paths_.oauth || path == paths_.openid || path == paths_.openid_appended)
        return metadata();
    return not_found();
}

Answer IdentityProvider::metadata() const {
    Object::Ptr body = new_object();
    body->set("issuer", party_.idp_issuer);
    body->set("token_endpoint", party_.origin(Server::idp) + paths_.token);
    body->set("jwks_uri", party_.origin(Server::idp) + paths_.jwks);
    body->set("grant_types_supported", array_of({token_exchange_grant}));
    body->set("response_types_supported", array_of({}));
    body->set("subject_types_supported", array_of({"public"}));
    body->set("id_token_signing_alg_values_supported", array_of({"ES256"}));
    body->set("token_endpoint_auth_methods_supported",
              array_of({std::string(to_string(party_.options.idp_client.method))}));
    if (party_.options.idp_client.method == ClientMethod::private_key_jwt)
        body->set("token_endpoint_auth_signing_alg_values_supported",
                  array_of({party_.options.idp_client.algorithm}));
    body->set("identity_chaining_requested_token_types_supported", array_of({id_jag_type}));
    party_.faults.change(Document::idp_metadata, *body);
    return json_answer(200, *body);
}

Result<std::string> IdentityProvider::sign_in(const SignIn& how) const {
    const DirectoryUser* user = party_.policy->by_name(how.user);
    if (!user) return Error(Status::invalid_argument, "sign-in", "the demo has no such user");
    const std::int64_t now = party_.now();
    const std::int64_t lifetime = how.lifetime ? how.lifetime : party_.options.id_token_lifetime;
    Object header = jwt_header("JWT", key_);
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", how.issuer.empty() ? party_.idp_issuer : how.issuer);
    claims.set("sub", user->subject);
    claims.set("aud", how.audience.empty() ? party_.options.idp_client.id : how.audience);
    // One that has expired was issued before it did, as in life.
    claims.set("iat", std::min(now, now + lifetime - 1));
    claims.set("exp", now + lifetime);
    claims.set("auth_time", std::min(now, now + lifetime - 1));
    claims.set("email", user->name + "@acme.example");
    if (const auto change = party_.faults.id_token.get()) change(header, claims);
    std::string token = sign_jwt(key_, header, claims);
    party_.ledger->secret(token);
    return token;
}

Answer IdentityProvider::token(const RecordedRequest& request) const {
    const auto form = Form::of(request);
    if (!form) return error_answer(400, "invalid_request", "not a form, or a field twice or empty");
    // First of all: an answer to a stranger tells nothing about users and policy.
    if (auto refusal = refuse_client(
            party_.options.idp_client,
            {party_, party_.idp_issuer, party_.origin(Server::idp) + paths_.token, assertions_},
            request, *form))
        return *refusal;
    if ((*form)["grant_type"] != token_exchange_grant)
        return error_answer(400, "unsupported_grant_type", "token exchange only");
    if (auto refusal = refuse_form(*form)) return *refusal;
    return exchange(*form);
}

std::optional<Answer> IdentityProvider::refuse_form(const Form& form) const {
    if (form["requested_token_type"] != id_jag_type)
        return error_answer(400, "invalid_request", "requested_token_type must be id-jag");
    if (form["subject_token_type"] != id_token_type)
        return error_answer(400, "invalid_request", "subject_token_type must be id_token");
    for (const char* name : {"subject_token", "audience", "resource"})
        if (!form.has(name))
            return error_answer(400, "invalid_request", std::string(name) + " is missing");
    if (form.has("actor_token"))
        return error_answer(400, "invalid_request", "there is no delegation here");
    return std::nullopt;
}

// A bad subject token is `invalid_request` (RFC 8693 2.2.2).
const DirectoryUser* IdentityProvider::subject(const std::string& token,
                                               std::optional<Answer>& refusal) const {
    const auto refuse = [&](std::string_view why) {
        refusal = error_answer(400, "invalid_request", "subject_token: " + std::string(why));
        return nullptr;
    };
    const Result<Jwt> jwt = verify_jwt(token, "JWT", jwks());
    if (!jwt) return refuse(jwt.error().message);
    if (jwt->claim("iss") != party_.idp_issuer) return refuse("iss is another issuer");
    // Else any application could spend the ID tokens that users give to another one.
    if (!jwt->is_for(party_.options.idp_client.id)) return refuse("aud is not this client");
    if (jwt->time("exp") <= party_.now()) return refuse("expired");
    const DirectoryUser* user = party_.policy->by_subject(jwt->claim("sub"));
    if (!user) return refuse("no such user");
    if (user->locked) {
        refusal = error_answer(400, "invalid_grant", "the user's session has ended");
        return nullptr;
    }
    return user;
}

Answer IdentityProvider::exchange(const Form& form) const {
    std::optional<Answer> refusal;
    const DirectoryUser* user = subject(form["subject_token"], refusal);
    if (!user) return *refusal;
    Wanted wanted{form["audience"], form["resource"], split_scope(form["scope"])};
    if (!party_.policy->knows_audience(wanted.audience))
        return error_answer(400, "invalid_target", "unknown audience");
    if (!party_.policy->knows_resource(wanted.audience, wanted.resource))
        return error_answer(400, "invalid_target", "that audience has no such resource");
    const auto allowed = party_.policy->allowed(user->name, wanted.audience, wanted.resource);
    if (!allowed) return error_answer(400, "access_denied", "policy: no access for this user");
    if (wanted.scopes.empty())
        wanted.scopes = *allowed;
    else
        wanted.scopes = intersect(wanted.scopes, *allowed);
    if (wanted.scopes.empty())
        return error_answer(400, "invalid_scope", "policy: none of these scopes for this user");
    return issue(*user, wanted);
}

Answer IdentityProvider::issue(const DirectoryUser& user, const Wanted& wanted) const {
    const std::int64_t now = party_.now();
    const std::int64_t lifetime = std::min(party_.options.id_jag_lifetime, longest_id_jag);
    Object header = jwt_header("oauth-id-jag+jwt", key_);
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", party_.idp_issuer);
    claims.set("sub", user.subject);
    claims.set("aud", wanted.audience);
    // The same application has another id at the authorization server: the administrator told us.
    claims.set("client_id", party_.options.mcp_client.id);
    claims.set("jti", random_text(16));
    claims.set("iat", now);
    claims.set("exp", now + lifetime);
    claims.set("resource", wanted.resource);
    claims.set("scope", join_scope(wanted.scopes));
    claims.set("email", user.name + "@acme.example");
    if (const auto change = party_.faults.id_jag.get()) change(header, claims);
    const std::string assertion = sign_jwt(key_, header, claims);
    party_.ledger->secret(assertion);

    Object::Ptr body = new_object();
    body->set("issued_token_type", id_jag_type);
    body->set("access_token", assertion);
    body->set("token_type", "N_A");
    body->set("scope", join_scope(wanted.scopes));
    body->set("expires_in", lifetime);
    party_.faults.change(Document::exchange_response, *body);
    return json_answer(party_.options.success_status, *body, no_store());
}

}  // namespace mcp_auth::demo
