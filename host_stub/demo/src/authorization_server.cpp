#include "authorization_server.hpp"

#include "client_authentication.hpp"
#include "workload_platform.hpp"

namespace mcp_auth::demo {
namespace {

// Whatever is wrong with an assertion is one error (RFC 7523 3.1); the description tells which.
Answer invalid_grant(const std::string& why) {
    return error_answer(400, "invalid_grant", "assertion: " + why);
}

}  // namespace

AuthorizationServer::AuthorizationServer(const Party& party, Jwks idp, Jwks platform)
    : party_(party),
      paths_(party.options.authorization_server_path),
      key_("chat-1"),
      idp_jwks_(std::move(idp)),
      platform_jwks_(std::move(platform)),
      dpop_(party),
      authorization_endpoint_(party) {}

Answer AuthorizationServer::answer(const RecordedRequest& request) {
    const std::string path = request.path();
    if (path == paths_.token) {
        Answer answer = token(request);
        dpop_.add_nonce(answer.headers);
        return answer;
    }
    if (path == paths_.authorize) return authorization_endpoint_.answer(request);
    if (request.method != "GET") return not_found();
    if (path == paths_.jwks) return json_text_answer(jwks());
    if (paths_.is_metadata(path, party_.options.quirks)) return metadata();
    return not_found();
}

Answer AuthorizationServer::metadata() const {
    const Party& party = party_;
    Object::Ptr body = new_object();
    body->set("issuer", party.authorization_server_issuer);
    body->set("token_endpoint", party.origin(Server::authorization_server) + paths_.token);
    body->set("authorization_endpoint",
              party.origin(Server::authorization_server) + paths_.authorize);
    body->set("jwks_uri", party.origin(Server::authorization_server) + paths_.jwks);
    body->set("grant_types_supported", array_of({jwt_bearer_grant, client_credentials_grant,
                                                 authorization_code_grant, refresh_token_grant}));
    body->set("authorization_grant_profiles_supported", array_of({id_jag_profile}));
    body->set("token_endpoint_auth_methods_supported",
              array_of({std::string(to_string(party.options.mcp_client.method))}));
    if (party.options.mcp_client.method == ClientMethod::private_key_jwt)
        body->set("token_endpoint_auth_signing_alg_values_supported",
                  array_of({party.options.mcp_client.algorithm}));
    if (party.options.dpop) body->set("dpop_signing_alg_values_supported", dpop_algorithm_list());
    body->set("response_types_supported", array_of({"code"}));
    body->set("code_challenge_methods_supported", array_of({"S256"}));
    body->set("authorization_response_iss_parameter_supported", true);
    body->set("scopes_supported",
              array_of({"chat.read", "chat.write", "chat.admin", "offline_access"}));
    party.faults.change(Document::authorization_server_metadata, *body);
    return json_answer(200, *body);
}

Answer AuthorizationServer::token(const RecordedRequest& request) {
    const auto form = Form::of(request);
    if (!form) return error_answer(400, "invalid_request", "not a form, or a field twice or empty");
    const std::string url = party_.origin(Server::authorization_server) + paths_.token;
    if (auto refusal = refuse_client(party_.options.mcp_client,
                                     {party_, party_.authorization_server_issuer, url, assertions_},
                                     request, *form))
        return *refusal;
    const Possession possession = dpop_.verify(request, url);
    if (!possession.error.empty())
        return error_answer(400, possession.error, possession.description);
    const std::string grant = (*form)["grant_type"];
    if (grant == jwt_bearer_grant) return redeem_assertion(*form, possession.thumbprint);
    if (grant == authorization_code_grant) return redeem_code(*form, possession.thumbprint);
    if (grant == refresh_token_grant) return refresh(*form, possession.thumbprint);
    if (grant != client_credentials_grant)
        return error_answer(400, "unsupported_grant_type", "not a grant of this server");
    // RFC 6749 4.4: whoever says a public client's id would be it.
    if (party_.options.mcp_client.method == ClientMethod::none)
        return error_answer(400, "unauthorized_client", "a public client is nobody by itself");
    return issue_to_program(party_.options.mcp_client.id, *form, possession.thumbprint);
}

Answer AuthorizationServer::redeem_code(const Form& form, const std::string& thumbprint) {
    const auto code = authorization_endpoint_.redeem(form);
    if (!code) return error_answer(400, "invalid_grant", "code, redirect_uri or code_verifier");
    if (form.has("resource") && form["resource"] != party_.resource)
        return error_answer(400, "invalid_target", "the resource is not one of ours");
    auto scopes = split_scope(code->scope);
    std::string refresh_token;
    if (std::erase(scopes, "offline_access") != 0) {
        refresh_token =
            refresh_tokens_.issue({code->subject, party_.options.mcp_client.id, join_scope(scopes),
                                   party_.now() + refresh_token_lifetime, thumbprint});
        party_.ledger->secret(refresh_token);
    }
    return issue(code->subject, party_.resource, scopes, thumbprint, refresh_token);
}

Answer AuthorizationServer::refresh(const Form& form, const std::string& thumbprint) {
    const auto known = refresh_tokens_.find(form["refresh_token"], party_.now());
    if (known && !known->is_of(party_.options.mcp_client.id, thumbprint))
        return error_answer(400, "invalid_grant", "refresh_token: bound to another key");
    const auto rotated = refresh_tokens_.rotate(form["refresh_token"], party_.now());
    if (!rotated) return error_answer(400, "invalid_grant", "refresh_token");
    party_.ledger->secret(rotated->successor);
    return issue(rotated->grant.subject, party_.resource, split_scope(rotated->grant.scope),
                 thumbprint, rotated->successor);
}

Answer AuthorizationServer::redeem_assertion(const Form& form, const std::string& thumbprint) {
    if (!form.has("assertion")) return error_answer(400, "invalid_request", "assertion is missing");
    const std::string assertion = form["assertion"];
    const Object::Ptr header = header_of(assertion);
    if (header &&
        string_member(*header, "typ") == "JWT") {  // the platform's; an ID-JAG has its own
        const Result<Jwt> workload = verify_jwt(assertion, "JWT", platform_jwks_());
        if (!workload) return invalid_grant(workload.error().message);
        if (auto refusal = refuse_workload(*workload)) return *refusal;
        return issue_to_program(workload->claim("sub"), form, thumbprint);
    }
    const Result<Jwt> id_jag = verify_jwt(assertion, "oauth-id-jag+jwt", idp_jwks_());
    if (!id_jag) return invalid_grant(id_jag.error().message);
    if (auto refusal = refuse_id_jag(*id_jag)) return *refusal;
    return redeem(*id_jag, form, thumbprint);
}

// RFC 7523 3. Shown again until it expires, as the platform's own tokens are.
std::optional<Answer> AuthorizationServer::refuse_workload(const Jwt& assertion) const {
    if (assertion.claim("iss") != workload_issuer) return invalid_grant("iss is not trusted");
    if (!assertion.is_for(party_.authorization_server_issuer))
        return invalid_grant("aud is not this authorization server alone");
    if (assertion.claim("sub") != workload_subject) return invalid_grant("sub is not let in");
    if (assertion.time("exp") <= party_.now()) return invalid_grant("expired");
    return std::nullopt;
}

Answer AuthorizationServer::issue_to_program(const std::string& subject, const Form& form,
                                             const std::string& thumbprint) const {
    if (form.has("resource") && form["resource"] != party_.resource)
        return error_answer(400, "invalid_target", "the resource is not one of ours");
    const std::vector<std::string> allowed{"chat.read", "chat.write"};
    const auto scopes =
        form.has("scope") ? intersect(split_scope(form["scope"]), allowed) : allowed;
    if (scopes.empty()) return error_answer(400, "invalid_scope", "none of these scopes");
    return issue(subject, party_.resource, scopes, thumbprint);
}

std::optional<Answer> AuthorizationServer::refuse_id_jag(const Jwt& id_jag) const {
    if (id_jag.claim("iss") != party_.idp_issuer) return invalid_grant("iss is not trusted");
    if (!id_jag.is_for(party_.id_jag_audience()))
        return invalid_grant("aud is not this authorization server alone");
    // Else a stolen ID-JAG could be redeemed by any client of ours.
    if (id_jag.claim("client_id") != party_.options.mcp_client.id)
        return invalid_grant("client_id is another client");
    const std::int64_t now = party_.now();
    if (id_jag.time("exp") <= now) return invalid_grant("expired");
    if (!id_jag.claims->has("iat") || id_jag.time("iat") > now + clock_tolerance)
        return invalid_grant("iat is missing or in the future");
    if (id_jag.claim("sub").empty()) return invalid_grant("sub is missing");
    if (id_jag.claim("jti").empty()) return invalid_grant("jti is missing");
    return std::nullopt;
}

Answer AuthorizationServer::redeem(const Jwt& id_jag, const Form& form,
                                   const std::string& thumbprint) {
    // A stolen ID-JAG is worth nothing without the key that it is bound to.
    if (const auto bound = bound_to(*id_jag.claims); !bound.empty() && bound != thumbprint)
        return invalid_grant("cnf.jkt is another key than the proof's");
    const std::string resource = id_jag.claim("resource");
    if (resource != party_.resource)
        return error_answer(400, "invalid_target", "the assertion's resource is not one of ours");
    const Quirks& quirks = party_.options.quirks;
    if (form.has("resource") && quirks.resource_refused)
        return error_answer(400, "invalid_request", "the parameter resource is not supported");
    if (form.has("resource") && form["resource"] != resource && !quirks.resource_claim_wins)
        return error_answer(400, "invalid_target", "resource is not the assertion's");
    std::vector<std::string> scopes = split_scope(id_jag.claim("scope"));
    if (form.has("scope")) scopes = intersect(split_scope(form["scope"]), scopes);
    if (scopes.empty())
        return error_answer(400, "invalid_scope", "the assertion grants none of these scopes");
    // Last, so that a refused request does not use it up.
    if (party_.options.single_use &&
        id_jags_.shown_before(id_jag.claim("jti"), id_jag.time("exp"), party_.now()))
        return invalid_grant("jti was shown before");
    return issue(id_jag.claim("sub"), resource, scopes, thumbprint);
}

Answer AuthorizationServer::issue(const std::string& subject, const std::string& resource,
                                  const std::vector<std::string>& scopes,
                                  const std::string& thumbprint,
                                  const std::string& refresh_token) const {
    const std::int64_t now = party_.now();
    Object header(Poco::JSON_PRESERVE_KEY_ORDER);
    header.set("alg", "ES256");
    header.set("typ", "at+jwt");  // RFC 9068
    header.set("kid", key_.key_id());
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", party_.authorization_server_issuer);
    claims.set("sub", subject);
    claims.set("aud", resource);
    claims.set("client_id", party_.options.mcp_client.id);
    claims.set("scope", join_scope(scopes));
    claims.set("generation", party_.token_generation.load());
    claims.set("jti", random_text(16));
    claims.set("iat", now);
    claims.set("exp", now + party_.options.token_lifetime);
    if (!thumbprint.empty()) claims.set("cnf", confirmation(thumbprint));
    const std::string token = sign_jwt(key_, header, claims);
    party_.ledger->secret(token);

    Object::Ptr body = new_object();
    body->set("access_token", token);
    body->set("token_type", thumbprint.empty() ? "Bearer" : "DPoP");
    body->set("expires_in", party_.options.token_lifetime);
    body->set("scope", join_scope(scopes));
    if (!refresh_token.empty()) body->set("refresh_token", refresh_token);
    party_.faults.change(Document::redemption_response, *body);
    return json_answer(party_.options.success_status, *body, no_store());
}

}  // namespace mcp_auth::demo
