#include "single_sign_on.hpp"

#include "sign_in_pages.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <map>

namespace mcp_auth::demo {
namespace {

constexpr char code_grant_type[] = "authorization_code";

// Parameters of a query. Nothing when one comes twice (RFC 6749 3.1).
std::optional<std::map<std::string, std::string>> query_of(const RecordedRequest& request) {
    std::map<std::string, std::string> query;
    try {
        const Poco::URI uri(request.target);
        for (const auto& [name, value] : uri.getQueryParameters())
            if (!query.emplace(name, value).second) return std::nullopt;
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
    return query;
}

}  // namespace

struct SingleSignOn::Asked {
    const Party& party;
    std::map<std::string, std::string> query;

    std::string operator[](const char* name) const {
        const auto found = query.find(name);
        return found == query.end() ? std::string() : found->second;
    }
    // What is wrong with it, by RFC 6749 4.1.2.1.
    std::string fault() const {
        if ((*this)["response_type"] != "code") return "unsupported_response_type";
        const auto scopes = split_scope((*this)["scope"]);
        if (std::find(scopes.begin(), scopes.end(), "openid") == scopes.end())
            return "invalid_scope";
        if ((*this)["code_challenge_method"] != "S256" || (*this)["code_challenge"].empty())
            return "invalid_request";
        return {};
    }
    Answer redirect(const std::string& name, const std::string& value) const {
        Poco::URI to((*this)["redirect_uri"]);
        to.addQueryParameter(name, value);
        if (!(*this)["state"].empty()) to.addQueryParameter("state", (*this)["state"]);
        to.addQueryParameter("iss", party.idp_issuer);  // RFC 9207
        HeaderList headers = no_store();
        headers.emplace_back("Location", to.toString());
        return {303, std::move(headers), {}, false};
    }
};

const DirectoryUser* SingleSignOn::user_of(const Form& form, std::string& fault) const {
    const DirectoryUser* const user = party_.policy->by_name(form["user"]);
    if (user == nullptr || !equal_in_constant_time(form["password"], party_.options.password)) {
        fault = "There is no such user, or the password is another.";
        return nullptr;
    }
    if (user->locked) {
        fault = "This account is locked. Ask the administrator.";
        return nullptr;
    }
    return user;
}

Answer SingleSignOn::authorize(const RecordedRequest& request) {
    auto query = query_of(request);
    if (!query) return message_page(400, "Sign-in failed", "The request is malformed.");
    const Asked asked{party_, std::move(*query)};
    // Neither is shown to anybody else than the person at the browser: it may be forged.
    const auto client = clients_.find(asked["client_id"]);
    if (!client || !client->may_use(code_grant_type))
        return message_page(400, "Sign-in failed", "Nobody has registered this application.");
    if (!client->may_be_answered_at(asked["redirect_uri"]))
        return message_page(400, "Sign-in failed",
                            "The application wants to be answered where it "
                            "is not registered.");
    if (const std::string fault = asked.fault(); !fault.empty())
        return asked.redirect("error", fault);
    if (request.method == "GET") return sign_in_page({});

    const auto form = Form::of(request);
    if (form && (*form)["do"] == "deny") return asked.redirect("error", "access_denied");
    std::string fault = "Enter a user and a password.";
    const DirectoryUser* const user = form ? user_of(*form, fault) : nullptr;
    if (user == nullptr) return sign_in_page(fault);
    const std::string code =
        codes_.issue({user->subject, asked["redirect_uri"], asked["code_challenge"], asked["scope"],
                      asked["nonce"], party_.now(), client->client.id, asked["dpop_jkt"]},
                     party_.now());
    party_.ledger->secret(code);
    return asked.redirect("code", code);
}

Answer SingleSignOn::device(const RecordedRequest& request) {
    const auto query = query_of(request);
    const auto offered = query && query->contains("user_code") ? query->at("user_code") : "";
    if (request.method == "GET") return device_page(offered, {});
    const auto form = Form::of(request);
    std::string fault = "Enter the code, a user and a password.";
    const DirectoryUser* const user = form ? user_of(*form, fault) : nullptr;
    if (user == nullptr) return device_page(offered, fault);
    const std::string code = (*form)["user_code"];
    const bool denied = (*form)["do"] == "deny";
    const bool known = denied ? devices_.deny(code, party_.now())
                              : devices_.approve(code, user->subject, party_.now());
    if (!known) return device_page(code, "There is no such code, or not any more.");
    return message_page(200, denied ? "Refused" : "Signed in",
                        denied ? "The device was refused. You can close this page."
                               : "Your device is signed in. You can close this page.");
}

Answer SingleSignOn::device_authorization(const std::string& client_id, const Form& form,
                                          const std::string& verification_uri) {
    const auto scopes = split_scope(form["scope"]);
    if (std::find(scopes.begin(), scopes.end(), "openid") == scopes.end())
        return error_answer(400, "invalid_scope", "openid is missing");
    const std::int64_t interval = party_.options.device_interval;
    const auto issued = devices_.issue(client_id, form["scope"], interval, party_.now());
    party_.ledger->secret(issued.device_code);
    Object::Ptr body = new_object();
    body->set("device_code", issued.device_code);
    body->set("user_code", issued.user_code);
    body->set("verification_uri", verification_uri);
    body->set("verification_uri_complete", verification_uri + "?user_code=" + issued.user_code);
    body->set("expires_in", DeviceCodes::lifetime);
    body->set("interval", interval);
    return json_answer(200, *body, no_store());
}

// RFC 7009 2.2: also for a token that is not valid any more.
Answer SingleSignOn::revoke(const Form& form) {
    refresh_tokens_.revoke(form["token"]);
    return {200, no_store(), {}, false};
}

std::optional<Answer> SingleSignOn::token(const TokenClient& client, const Form& form) {
    const std::string type = form["grant_type"];
    if (const auto known = clients_.find(client.id); known && !known->may_use(type))
        return error_answer(400, "unauthorized_client", "registered for other grants");
    if (type == code_grant_type) return code_grant(client, form);
    if (type == device_code_grant) return device_grant(client, form);
    return std::nullopt;
}

Answer SingleSignOn::code_grant(const TokenClient& client, const Form& form) {
    const auto code =
        codes_.redeem(form["code"], form["redirect_uri"], form["code_verifier"], party_.now());
    if (!code || code->client_id != client.id)
        return error_answer(400, "invalid_grant", "code: unknown, spent, or not for this");
    if (!code->thumbprint.empty() && code->thumbprint != client.thumbprint)
        return error_answer(400, "invalid_grant", "code: bound to another key than the proof's");
    return tokens(client, code->subject, code->scope, {code->nonce, code->auth_time, {}});
}

Answer SingleSignOn::device_grant(const TokenClient& client, const Form& form) {
    const auto answer = devices_.poll(form["device_code"], party_.now());
    if (!answer || answer->client_id != client.id)
        return error_answer(400, "invalid_grant", "device_code: unknown or spent");
    if (!answer->error.empty()) return error_answer(400, answer->error, {});
    return tokens(client, answer->subject, answer->scope, {{}, answer->auth_time, {}});
}

Answer SingleSignOn::tokens(const TokenClient& client, const std::string& subject,
                            const std::string& scope, const SignInContext& how) {
    const DirectoryUser* const user = party_.policy->by_subject(subject);
    if (user == nullptr) return error_answer(400, "invalid_grant", "no such user");
    const auto scopes =
        intersect(split_scope(scope), {"openid", "offline_access", "email", "profile"});
    const std::string access_token = random_text(32);
    party_.ledger->secret(access_token);
    SignInContext context = how;
    context.access_token = access_token;
    Object::Ptr body = new_object();
    body->set("access_token", access_token);
    body->set("token_type", client.thumbprint.empty() ? "Bearer" : "DPoP");
    body->set("expires_in", party_.options.id_token_lifetime);
    body->set("scope", join_scope(scopes));
    SignIn issued;
    issued.audience = client.id;
    body->set("id_token", tokens_.issue_id_token(*user, issued, context));
    if (std::find(scopes.begin(), scopes.end(), "offline_access") != scopes.end()) {
        const std::string refresh_token =
            refresh_tokens_.issue({subject, client.id, join_scope(scopes),
                                   party_.now() + refresh_token_lifetime, client.thumbprint});
        party_.ledger->secret(refresh_token);
        body->set("refresh_token", refresh_token);
    }
    party_.faults.change(Document::sign_in_response, *body);
    return json_answer(200, *body, no_store());
}

}  // namespace mcp_auth::demo
