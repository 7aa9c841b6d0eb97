#include "identity_provider.hpp"

#include "client_authentication.hpp"

#include <algorithm>

namespace mcp_auth::demo {
namespace {

constexpr unsigned longest_id_jag = 300;  // seconds; it is redeemed at once or not at all

// What every answer with a token has (RFC 8693 2.2.1).
Object::Ptr exchanged(const std::string& type, const std::string& token, const std::string& scope) {
    Object::Ptr body = new_object();
    body->set("issued_token_type", type);
    body->set("access_token", token);
    body->set("token_type", "N_A");
    body->set("scope", scope);
    return body;
}

}  // namespace

struct IdentityProvider::Wanted {
    std::string audience, resource;
    std::vector<std::string> scopes;
};

IdentityProvider::IdentityProvider(const Party& party)
    : party_(party),
      paths_(party.options.idp_path),
      key_("idp-1"),
      subject_tokens_(party, key_, refresh_tokens_) {}

Answer IdentityProvider::answer(const RecordedRequest& request) {
    const std::string path = request.path();
    if (path == paths_.token) return token(request);
    if (request.method != "GET") return not_found();
    if (path == paths_.jwks) return json_text_answer(jwks());
    if (paths_.is_metadata(path, party_.options.quirks)) return metadata();
    return not_found();
}

Answer IdentityProvider::metadata() const {
    Object::Ptr body = new_object();
    body->set("issuer", party_.idp_issuer);
    body->set("token_endpoint", party_.origin(Server::idp) + paths_.token);
    body->set("jwks_uri", party_.origin(Server::idp) + paths_.jwks);
    body->set("grant_types_supported", array_of({token_exchange_grant, refresh_token_grant}));
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

Result<std::string> IdentityProvider::sign_in(const SignIn& how) {
    const DirectoryUser* user = party_.policy->by_name(how.user);
    if (!user) return Error(Status::invalid_argument, "sign-in", "the demo has no such user");
    return subject_tokens_.issue(*user, how);
}

Result<std::string> IdentityProvider::issue_id_jag(const IdJagOrder& order) const {
    const DirectoryUser* user = party_.policy->by_name(order.user);
    if (!user) return Error(Status::invalid_argument, "id_jag", "the demo has no such user");
    return id_jag(*user, {party_.exchange_audience(), party_.resource, split_scope(order.scope)},
                  order.client_id);
}

Answer IdentityProvider::token(const RecordedRequest& request) {
    const auto form = Form::of(request);
    if (!form) return error_answer(400, "invalid_request", "not a form, or a field twice or empty");
    // First of all: an answer to a stranger tells nothing about users and policy.
    if (auto refusal = refuse_client(
            party_.options.idp_client,
            {party_, party_.idp_issuer, party_.origin(Server::idp) + paths_.token, assertions_},
            request, *form))
        return *refusal;
    if ((*form)["grant_type"] == refresh_token_grant) return refresh(*form);
    if ((*form)["grant_type"] != token_exchange_grant)
        return error_answer(400, "unsupported_grant_type", "token exchange or refresh_token");
    if (!form->has("subject_token"))
        return error_answer(400, "invalid_request", "subject_token is missing");
    if (form->has("actor_token"))
        return error_answer(400, "invalid_request", "there is no delegation here");
    if ((*form)["requested_token_type"] == refresh_token_type)
        return exchange_for_refresh_token(*form);
    if (auto refusal = refuse_form(*form)) return *refusal;
    return exchange(*form);
}

std::optional<Answer> IdentityProvider::refuse_form(const Form& form) const {
    const Quirks& quirks = party_.options.quirks;
    const std::string type = form["subject_token_type"];
    if (form["requested_token_type"] != id_jag_type)
        return error_answer(400, "invalid_request", "requested_token_type must be id-jag");
    if (type != refresh_token_type && (type != id_token_type || quirks.refresh_token_only))
        return error_answer(400, "invalid_request", "not a subject_token_type for an id-jag here");
    for (const char* name : {"audience", "resource"})
        if (!form.has(name))
            return error_answer(400, "invalid_request", std::string(name) + " is missing");
    if (quirks.scope_required && !form.has("scope"))
        return error_answer(400, "invalid_scope", "scope is missing");
    return std::nullopt;
}

// D2: what a SAML assertion is good for. The refresh token is in `access_token` (RFC 8693 2.2.1).
Answer IdentityProvider::exchange_for_refresh_token(const Form& form) {
    if (form["subject_token_type"] != saml2_type)
        return error_answer(400, "invalid_request", "a refresh token is issued for saml2 alone");
    const auto scopes = intersect(split_scope(form["scope"]), {"openid", "offline_access"});
    if (scopes.size() != 2)
        return error_answer(400, "invalid_scope", "scope must be openid offline_access");
    std::optional<Answer> refusal;
    const DirectoryUser* user =
        subject_tokens_.user_of(form["subject_token_type"], form["subject_token"], refusal);
    if (!user) return *refusal;
    SignIn how;
    how.as = SubjectType::refresh_token;
    Object::Ptr body =
        exchanged(refresh_token_type, subject_tokens_.issue(*user, how), join_scope(scopes));
    party_.faults.change(Document::exchange_response, *body);
    return json_answer(party_.options.success_status, *body, no_store());
}

// RFC 6749 6, OpenID Connect Core 12: another ID token, and the refresh token's successor.
Answer IdentityProvider::refresh(const Form& form) {
    const auto rotated = refresh_tokens_.rotate(form["refresh_token"], party_.now());
    if (!rotated || rotated->grant.client_id != party_.options.idp_client.id)
        return error_answer(400, "invalid_grant", "refresh_token: unknown, spent or expired");
    const DirectoryUser* user = party_.policy->by_subject(rotated->grant.subject);
    if (!user || user->locked)
        return error_answer(400, "invalid_grant", "the user's session has ended");
    party_.ledger->secret(rotated->successor);
    const std::string access_token = random_text(32);
    party_.ledger->secret(access_token);
    Object::Ptr body = new_object();
    body->set("access_token", access_token);
    body->set("token_type", "Bearer");
    body->set("expires_in", party_.options.id_token_lifetime);
    body->set("scope", rotated->grant.scope);
    body->set("id_token", subject_tokens_.issue(*user, {}));
    body->set("refresh_token", rotated->successor);
    return json_answer(200, *body, no_store());
}

Answer IdentityProvider::exchange(const Form& form) const {
    std::optional<Answer> refusal;
    const DirectoryUser* user =
        subject_tokens_.user_of(form["subject_token_type"], form["subject_token"], refusal);
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

std::int64_t IdentityProvider::id_jag_lifetime() const {
    return std::min(party_.options.id_jag_lifetime, longest_id_jag);
}

std::string IdentityProvider::id_jag(const DirectoryUser& user, const Wanted& wanted,
                                     const std::string& client_id) const {
    const std::int64_t now = party_.now();
    Object header = jwt_header("oauth-id-jag+jwt", key_);
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", party_.idp_issuer);
    claims.set("sub", user.subject);
    claims.set("aud", party_.options.quirks.partner_id.empty() ? wanted.audience
                                                               : party_.id_jag_audience());
    // The same application has another id at the authorization server: the administrator told us.
    claims.set("client_id", client_id.empty() ? party_.options.mcp_client.id : client_id);
    claims.set("jti", random_text(16));
    claims.set("iat", now);
    claims.set("exp", now + id_jag_lifetime());
    claims.set("resource", wanted.resource);
    claims.set("scope", join_scope(wanted.scopes));
    claims.set("email", user.name + "@acme.example");
    if (const auto change = party_.faults.id_jag.get()) change(header, claims);
    std::string assertion = sign_jwt(key_, header, claims);
    party_.ledger->secret(assertion);
    return assertion;
}

Answer IdentityProvider::issue(const DirectoryUser& user, const Wanted& wanted) const {
    Object::Ptr body = exchanged(id_jag_type, id_jag(user, wanted, {}), join_scope(wanted.scopes));
    body->set("expires_in", id_jag_lifetime());
    party_.faults.change(Document::exchange_response, *body);
    return json_answer(party_.options.success_status, *body, no_store());
}

}  // namespace mcp_auth::demo
