#include "canned_parties.hpp"

#include "form_query.hpp"
#include "grant.hpp"

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::wire {
namespace {

using host::testing::SigningIssuer;
using json::Value;

CannedAnswer oauth_error(const char* code) {
    return CannedAnswer::json(R"({"error":")" + std::string(code) + "\"}", 400);
}

std::string subject_of(const std::string& jwt) {
    const auto begin = jwt.find('.') + 1;
    const auto claims = base64url_decode(jwt.substr(begin, jwt.find('.', begin) - begin));
    const auto parsed = json::parse(claims.value_or(std::string()));
    return parsed ? std::string(parsed->string("sub")) : std::string();
}

Value strings(std::initializer_list<const char*> all) {
    Value array = Value::array();
    for (const char* one : all) array.push(one);
    return array;
}

CannedAnswer kept_for_a_minute(const Value& document) {
    auto answer = CannedAnswer::json(document.dump());
    answer.headers.emplace_back("Cache-Control", "max-age=60");
    return answer;
}

constexpr const char* well_known_server = "/.well-known/oauth-authorization-server";
constexpr const char* well_known_resource = "/.well-known/oauth-protected-resource";

}  // namespace

CannedRequest CannedRequest::parse(const std::string& bytes) {
    CannedRequest out;
    const auto space = bytes.find(' ');
    out.method = bytes.substr(0, space);
    out.path = bytes.substr(space + 1, bytes.find(' ', space + 1) - space - 1);
    const auto end = bytes.find("\r\n\r\n");
    const auto header = [&](const std::string& name) {
        const auto field = bytes.find("\r\n" + name + ": ");
        if (field >= end) return std::string();
        const auto value = field + 4 + name.size();
        return bytes.substr(value, bytes.find("\r\n", value) - value);
    };
    out.authorization = header("Authorization");
    out.last_event_id = header("Last-Event-ID");
    if (end != std::string::npos) out.body = bytes.substr(end + 4);
    return out;
}

std::string CannedRequest::field(const std::string& name) const {
    const auto form = host::parse_query(body);
    if (!form) return {};
    const auto found = form->find(name);
    return found == form->end() ? std::string() : found->second;
}

Value CannedParties::claims(const std::string& issuer, const std::string& audience,
                            const std::string& user) const {
    const std::int64_t now = clock_.wall();
    return Value::object()
        .set("iss", issuer)
        .set("sub", user)
        .set("aud", audience)
        .set("iat", now)
        .set("exp", now + 86'400)
        .set("jti", "id-" + std::to_string(serial_));
}

std::string CannedParties::remembered(std::string secret) {
    secrets_.push_back(secret);
    return secret;
}

// As long each time, so that a byte's place in one answer is its place in the next.
std::string CannedParties::next(const std::string& what, const std::string& user) {
    return remembered(what + "-" + user + "-" + std::to_string(++serial_));
}

std::string CannedParties::id_token(const std::string& user) {
    const std::lock_guard lock(mutex_);
    return remembered(SigningIssuer::unsigned_token(
        Value::object().set("alg", "RS256").set("typ", "JWT"),
        claims(origin_ + "/idp", "host-at-idp", user), std::string(64, 's')));
}

std::string CannedParties::consent(const std::string& user) {
    const std::lock_guard lock(mutex_);
    const auto code = next("code", user);
    codes_[code] = user;
    return "code=" + code;
}

bool CannedParties::was_given(const std::string& user, std::string_view token) const {
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(std::string(token));
    return found != tokens_.end() && found->second == user;
}

std::vector<std::string> CannedParties::secrets() const {
    const std::lock_guard lock(mutex_);
    return secrets_;
}

std::vector<std::string> CannedParties::complaints() const {
    const std::lock_guard lock(mutex_);
    return complaints_;
}

CannedAnswer CannedParties::server_metadata(const std::string& name) const {
    const std::string issuer = origin_ + name;
    return kept_for_a_minute(
        Value::object()
            .set("issuer", issuer)
            .set("authorization_endpoint", issuer + "/authorize")
            .set("token_endpoint", issuer + "/token")
            .set("registration_endpoint", issuer + "/register")
            .set("device_authorization_endpoint", issuer + "/device")
            .set("jwks_uri", issuer + "/jwks")
            .set("code_challenge_methods_supported", strings({"S256"}))
            .set("token_endpoint_auth_methods_supported",
                 strings({"client_secret_basic", "client_secret_post", "none"})));
}

CannedAnswer CannedParties::resource_metadata(const std::string& resource,
                                              const std::string& issuer) const {
    return kept_for_a_minute(
        Value::object()
            .set("resource", origin_ + resource)
            .set("authorization_servers", Value::array().push(origin_ + issuer)));
}

CannedAnswer CannedParties::granted(const std::string& user, bool with_refresh_token,
                                    int expires_in) {
    const auto token = next("token", user);
    tokens_[token] = user;
    Value body;
    body.set("access_token", token)
        .set("token_type", "Bearer")
        .set("scope", "chat.read")
        .set("expires_in", expires_in);
    if (with_refresh_token) {
        const auto refresh = next("refresh", user);
        refresh_[refresh] = user;
        body.set("refresh_token", refresh);
    }
    auto answer = CannedAnswer::json(body.dump());
    answer.headers.emplace_back("Cache-Control", "no-store");
    return answer;
}

CannedAnswer CannedParties::token(const std::string& issuer, const CannedRequest& request) {
    const auto grant = request.field("grant_type");
    if (issuer == "/other-as") return granted("other", false);
    if (grant == "client_credentials") return granted("alice", false, 3600);
    if (grant == host::jwt_bearer_grant) {
        const auto user = subject_of(request.field("assertion"));
        return user.empty() ? oauth_error("invalid_grant") : granted(user, false);
    }
    const bool code = grant == "authorization_code";
    auto& unused = code ? codes_ : refresh_;
    const auto shown = request.field(code ? "code" : "refresh_token");
    const auto found = unused.find(shown);
    if (found == unused.end()) {
        // A refresh token is kept when no answer came (K2), so it is shown once more, later.
        if (code) complaints_.emplace_back("a code was shown that is used up, or nobody's");
        return oauth_error("invalid_grant");
    }
    const auto user = found->second;
    unused.erase(found);
    return granted(user, true);
}

CannedAnswer CannedParties::idp_token(const CannedRequest& request) {
    const std::string idp = origin_ + "/idp";
    if (request.field("grant_type") == host::device_code_grant) {
        const auto answer = granted("alice", true);
        auto body = *json::parse(answer.body);
        body.set("id_token", remembered(signer_.sign(claims(idp, "host-at-idp", "alice"))));
        return CannedAnswer::json(body.dump());
    }
    const auto user = subject_of(request.field("subject_token"));
    if (user.empty()) return oauth_error("invalid_request");
    ++serial_;
    // The same client id for a client that was registered: what it got when it was.
    auto id_jag = claims(idp, request.field("audience"), user);
    id_jag.set("client_id", client_id_)
        .set("resource", request.field("resource"))
        .set("scope", "chat.read");
    const auto jwt = remembered(SigningIssuer::unsigned_token(
        Value::object().set("alg", "RS256").set("typ", "oauth-id-jag+jwt"), id_jag,
        std::string(64, 's')));
    auto answer =
        CannedAnswer::json(Value::object()
                               .set("issued_token_type", "urn:ietf:params:oauth:token-type:id-jag")
                               .set("access_token", jwt)
                               .set("token_type", "N_A")
                               .set("scope", "chat.read")
                               .set("expires_in", 86'400)
                               .dump());
    answer.headers.emplace_back("Cache-Control", "no-store");
    return answer;
}

CannedAnswer CannedParties::registration(const CannedRequest& request) {
    const auto asked = json::parse(request.body);
    if (!asked) return oauth_error("invalid_client_metadata");
    client_id_ = "registered-" + std::to_string(++serial_);
    return CannedAnswer::json(
        Value::object()
            .set("client_id", client_id_)
            .set("client_secret", next("secret", "registered"))
            .set("client_secret_expires_at", 0)
            .set("token_endpoint_auth_method", asked->string("token_endpoint_auth_method"))
            .dump(),
        201);
}

CannedAnswer CannedParties::mcp(const CannedRequest& request) {
    const std::string bearer = "Bearer ";
    const auto shown = request.authorization.substr(0, bearer.size()) == bearer
                           ? request.authorization.substr(bearer.size())
                           : std::string();
    const auto holder = tokens_.find(shown);
    if (holder == tokens_.end()) {
        if (!request.authorization.empty())
            complaints_.emplace_back("a token was shown that nobody gave");
        CannedAnswer refused{401, {}, {}};
        refused.headers.emplace_back("WWW-Authenticate", "Bearer resource_metadata=\"" + origin_ +
                                                             well_known_resource + "/mcp\"");
        return refused;
    }
    const std::vector<std::pair<std::string, std::string>> events{
        {"Content-Type", "text/event-stream"}};
    if (request.method == "GET") {
        if (request.last_event_id != "1" && request.last_event_id != "2")
            complaints_.emplace_back("a stream is resumed from where it did not end");
        return {200, events, rest_};
    }
    const auto message = json::parse(request.body);
    const auto method = message ? std::string(message->string("method")) : std::string();
    if (method.rfind("notifications/", 0) == 0) return {202, {}, {}};
    Value result;
    if (method == "initialize")
        result.set("protocolVersion", "2025-11-25")
            .set("capabilities", Value::object())
            .set("serverInfo", Value::object().set("name", "canned").set("version", "1"));
    if (method == "tools/call")
        result.set("content",
                   Value::array().push(
                       Value::object().set("type", "text").set("text", "hello " + holder->second)));
    Value reply;
    reply.set("jsonrpc", "2.0");
    const Value* const id = message ? message->find("id") : nullptr;
    reply.set("id", id != nullptr ? *id : Value()).set("result", std::move(result));
    if (!event_stream || method != "tools/call") return CannedAnswer::json(reply.dump());
    if (!breaks_off) return {200, events, "data: " + reply.dump() + "\n\n"};
    rest_ = "id: 2\ndata: " + reply.dump() + "\n\n";
    return {200, events, "id: 1\nretry: 10\ndata:\n\n"};
}

CannedAnswer CannedParties::answer_locked(const CannedRequest& request) {
    const std::string& path = request.path;
    if (request.method == "GET" && path != "/mcp") {
        for (const char* issuer : {"/as", "/other-as", "/idp"})
            if (path == std::string(well_known_server) + issuer) return server_metadata(issuer);
        if (path == std::string(well_known_resource) + "/mcp")
            return resource_metadata("/mcp", "/as");
        if (path == std::string(well_known_resource) + "/other")
            return resource_metadata("/other", "/other-as");
        if (path == "/idp/jwks") return kept_for_a_minute(*json::parse(signer_.jwks()));
        return {404, {}, {}};
    }
    if (path == "/as/token") return token("/as", request);
    if (path == "/other-as/token") return token("/other-as", request);
    if (path == "/as/register") return registration(request);
    if (path == "/idp/token") return idp_token(request);
    if (path == "/idp/device")
        return CannedAnswer::json(Value::object()
                                      .set("device_code", next("device", "alice"))
                                      .set("user_code", "BDFG-HJKL")
                                      .set("verification_uri", origin_ + "/idp/verify")
                                      .set("expires_in", 60)
                                      .set("interval", 1)
                                      .dump());
    if (path == "/mcp") return mcp(request);
    return {404, {}, {}};
}

CannedAnswer CannedParties::answer(const std::string& request) {
    const auto parsed = CannedRequest::parse(request);
    const std::lock_guard lock(mutex_);
    return answer_locked(parsed);
}

}  // namespace mcp_auth::wire
