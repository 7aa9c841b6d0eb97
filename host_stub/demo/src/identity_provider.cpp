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
    std::string thumbprint;  // of the DPoP key that the ID-JAG is bound to; empty: none
};

IdentityProvider::IdentityProvider(const Party& party)
    : party_(party),
      paths_(party.options.idp_path),
      keys_("idp"),
      dpop_(party),
      subject_tokens_(party, keys_, refresh_tokens_),
      clients_(party),
      single_sign_on_(party, clients_, subject_tokens_, refresh_tokens_) {}

Answer IdentityProvider::answer(const RecordedRequest& request) {
    const std::string path = request.path();
    if (path == paths_.authorize) return single_sign_on_.authorize(request);
    if (path == paths_.device) return single_sign_on_.device(request);
    if (auto answer = for_client(request)) return *std::move(answer);
    if (path == paths_.registration && party_.options.open_registration)
        return clients_.register_client(request);
    if (request.method != "GET") return not_found();
    if (path == paths_.jwks) return json_text_answer(jwks());
    if (paths_.is_metadata(path, party_.options.quirks)) return metadata();
    return not_found();
}

Answer IdentityProvider::metadata() const {
    Object::Ptr body = new_object();
    body->set("issuer", party_.idp_issuer);
    body->set("authorization_endpoint", at(paths_.authorize));
    body->set("device_authorization_endpoint", at(paths_.device_authorization));
    body->set("token_endpoint", at(paths_.token));
    body->set("revocation_endpoint", at(paths_.revoke));
    body->set("jwks_uri", at(paths_.jwks));
    body->set("scopes_supported", array_of({"openid", "offline_access", "email", "profile"}));
    body->set("grant_types_supported", array_of({"authorization_code", device_code_grant,
                                                 token_exchange_grant, refresh_token_grant}));
    body->set("response_types_supported", array_of({"code"}));
    body->set("code_challenge_methods_supported", array_of({"S256"}));
    body->set("authorization_response_iss_parameter_supported", true);
    body->set("subject_types_supported", array_of({"public"}));
    body->set("id_token_signing_alg_values_supported", array_of({"ES256"}));
    const std::string method(to_string(party_.options.idp_client.method));
    std::vector<std::string> methods{method};
    if (party_.options.open_registration) {
        body->set("registration_endpoint", at(paths_.registration));
        body->set("client_id_metadata_document_supported", party_.options.tls);
        for (const char* other : {"none", "client_secret_basic"})
            if (method != other) methods.emplace_back(other);
    }
    body->set("token_endpoint_auth_methods_supported", array_of(methods));
    if (party_.options.idp_client.method == ClientMethod::private_key_jwt)
        body->set("token_endpoint_auth_signing_alg_values_supported",
                  array_of({party_.options.idp_client.algorithm}));
    if (party_.options.dpop) body->set("dpop_signing_alg_values_supported", dpop_algorithm_list());
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
    return id_jag(*user,
                  {party_.exchange_audience(), party_.resource, split_scope(order.scope), {}},
                  order.client_id);
}

// The endpoints that only the host asks, which authenticates as at all of them.
std::optional<Answer> IdentityProvider::for_client(const RecordedRequest& request) {
    const std::string path = request.path();
    if (path != paths_.token && path != paths_.device_authorization && path != paths_.revoke)
        return std::nullopt;
    const auto form = Form::of(request);
    if (!form) return error_answer(400, "invalid_request", "not a form, or a field twice or empty");
    // First of all: an answer to a stranger tells nothing about users and policy.
    const auto claimed = clients_.claimed_by(request, *form);
    const Client& client = claimed ? claimed->client : party_.options.idp_client;
    if (auto refusal = refuse_client(
            client, {party_, party_.idp_issuer, at(paths_.token), assertions_}, request, *form))
        return refusal;
    if (path == paths_.revoke) return single_sign_on_.revoke(*form);
    if (path == paths_.device_authorization)
        return single_sign_on_.device_authorization(client.id, *form, at(paths_.device));
    const Possession possession = dpop_.verify(request, at(paths_.token));
    Answer answer = possession.error.empty()
                        ? token({client.id, possession.thumbprint}, *form)
                        : error_answer(400, possession.error, possession.description);
    dpop_.add_nonce(answer.headers);
    return answer;
}

Answer IdentityProvider::token(const TokenClient& client, const Form& form) {
    if (auto signed_in = single_sign_on_.token(client, form)) return *std::move(signed_in);
    if (form["grant_type"] == refresh_token_grant) return refresh(client, form);
    if (form["grant_type"] != token_exchange_grant)
        return error_answer(400, "unsupported_grant_type", "none that this server has");
    if (!form.has("subject_token"))
        return error_answer(400, "invalid_request", "subject_token is missing");
    if (form.has("actor_token"))
        return error_answer(400, "invalid_request", "there is no delegation here");
    if (form["requested_token_type"] == refresh_token_type)
        return exchange_for_refresh_token(client, form);
    if (auto refusal = refuse_form(form)) return *refusal;
    return exchange(client, form);
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
Answer IdentityProvider::exchange_for_refresh_token(const TokenClient& client, const Form& form) {
    if (form["subject_token_type"] != saml2_type)
        return error_answer(400, "invalid_request", "a refresh token is issued for saml2 alone");
    const auto scopes = intersect(split_scope(form["scope"]), {"openid", "offline_access"});
    if (scopes.size() != 2)
        return error_answer(400, "invalid_scope", "scope must be openid offline_access");
    std::optional<Answer> refusal;
    const DirectoryUser* user = subject_tokens_.user_of(form["subject_token_type"],
                                                        form["subject_token"], client.id, refusal);
    if (!user) return *refusal;
    SignIn how;
    how.as = SubjectType::refresh_token;
    how.audience = client.id;
    Object::Ptr body =
        exchanged(refresh_token_type, subject_tokens_.issue(*user, how), join_scope(scopes));
    party_.faults.change(Document::exchange_response, *body);
    return json_answer(party_.options.success_status, *body, no_store());
}

// RFC 6749 6, OpenID Connect Core 12: another ID token, and the refresh token's successor.
Answer IdentityProvider::refresh(const TokenClient& client, const Form& form) {
    // One that somebody else shows is not spent by it.
    const auto known = refresh_tokens_.find(form["refresh_token"], party_.now());
    if (known && !known->is_of(client.id, client.thumbprint))
        return error_answer(400, "invalid_grant", "refresh_token: another client's, or key's");
    const auto rotated = refresh_tokens_.rotate(form["refresh_token"], party_.now());
    if (!rotated)
        return error_answer(400, "invalid_grant", "refresh_token: unknown, spent or expired");
    const DirectoryUser* user = party_.policy->by_subject(rotated->grant.subject);
    if (!user || user->locked)
        return error_answer(400, "invalid_grant", "the user's session has ended");
    party_.ledger->secret(rotated->successor);
    const std::string access_token = random_text(32);
    party_.ledger->secret(access_token);
    Object::Ptr body = new_object();
    body->set("access_token", access_token);
    body->set("token_type", client.thumbprint.empty() ? "Bearer" : "DPoP");
    body->set("expires_in", party_.options.id_token_lifetime);
    body->set("scope", rotated->grant.scope);
    SignIn how;
    how.audience = client.id;
    body->set("id_token", subject_tokens_.issue(*user, how));
    body->set("refresh_token", rotated->successor);
    party_.faults.change(Document::sign_in_response, *body);
    return json_answer(200, *body, no_store());
}

Answer IdentityProvider::exchange(const TokenClient& client, const Form& form) const {
    std::optional<Answer> refusal;
    const DirectoryUser* user = subject_tokens_.user_of(form["subject_token_type"],
                                                        form["subject_token"], client.id, refusal);
    if (!user) return *refusal;
    Wanted wanted{form["audience"], form["resource"], split_scope(form["scope"]),
                  client.thumbprint};
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
    const auto key = keys_.current();
    Object header = jwt_header("oauth-id-jag+jwt", *key);
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", party_.idp_issuer);
    claims.set("sub", user.subject);
    claims.set("aud", party_.options.quirks.partner_id.empty() ? wanted.audience
                                                               : party_.id_jag_audience());
    // The same application has another id at the authorization server: the administrator told us,
    // and that of those who register themselves it is the same.
    claims.set("client_id", client_id.empty() ? party_.options.mcp_client.id : client_id);
    claims.set("jti", random_text(16));
    claims.set("iat", now);
    claims.set("exp", now + id_jag_lifetime());
    claims.set("resource", wanted.resource);
    claims.set("scope", join_scope(wanted.scopes));
    claims.set("email", user.name + "@acme.example");
    if (!wanted.thumbprint.empty()) claims.set("cnf", confirmation(wanted.thumbprint));
    if (const auto change = party_.faults.id_jag.get()) change(header, claims);
    std::string assertion = sign_jwt(*key, header, claims);
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
