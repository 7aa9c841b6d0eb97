// The inline half of plausible_world.hpp; include that.
#pragma once

#include <mcp_auth/testing/plausible_world.hpp>

namespace mcp_auth::testing {

inline PlausibleWorld::PlausibleWorld(FakeHost& host, std::uint64_t seed)
    : host_(host), random_(seed) {
    host_.set_seed(seed);
    host_.any_client().otherwise(
        [](const SentClientRequest& asked) -> Result<ClientAnswer> { return client(asked.name); });
    host_.any_token_request().otherwise(
        [this](const SentTokenRequest& asked) -> Result<TokenAnswer> {
            return TokenAnswer::json(token_answer(asked).dump());
        });
    host_.any_peer().otherwise([this](const SentPeerRequest& asked) -> Result<AssertionAnswer> {
        return id_jag(asked.audience, asked.resource, asked.scope, asked.client_id, asked.dpop_jkt);
    });
    host_.browser().otherwise([this](const std::string&) -> Result<BrowserCode> {
        return BrowserCode{secret(), secret()};
    });
    host_.http().otherwise([this](const SentHttpRequest&) -> Result<HttpAnswer> {
        json::Value body = json::Value::object();
        for (const char* name : {"access_token", "token", "assertion", "refresh_token"})
            body.set(name, secret());
        body.set("token_type", "Bearer").set("expires_in", 600).set("scope", "chat.read");
        return HttpAnswer{200, {{"Content-Type", "application/json"}}, body.dump()};
    });
    sign_in();
}

inline plugin::TokenRequest PlausibleWorld::token_request() const {
    plugin::TokenRequest request;
    request.server = resource;
    request.resource = resource;
    request.issuer = authorization_server;
    request.metadata = metadata_;
    request.scope = "chat.read";
    return request;
}

inline plugin::AssertionRequest PlausibleWorld::assertion_request() const {
    plugin::AssertionRequest request;
    request.audience = authorization_server;
    request.resource = resource;
    request.scope = "chat.read";
    request.client_id = "mcp-client";
    return request;
}

inline std::string PlausibleWorld::metadata_of(std::string_view issuer) {
    const std::string base(issuer);
    json::Value metadata = json::Value::object();
    metadata.set("issuer", base)
        .set("authorization_endpoint", base + "/authorize")
        .set("token_endpoint", base + "/token")
        .set("jwks_uri", base + "/keys")
        .set("response_types_supported", json::Value::array().push("code"))
        .set("code_challenge_methods_supported", json::Value::array().push("S256"));
    return metadata.dump();
}

// One identity provider; every other client belongs to the MCP server's authorization server.
inline ClientAnswer PlausibleWorld::client(std::string_view name) {
    const std::string issuer = name == "idp" ? identity_provider : authorization_server;
    return {std::string(name) + "-client", issuer, metadata_of(issuer), {}};
}

inline void PlausibleWorld::another_user() {
    host_.forget_user();
    ++user_;
    sign_in();
}

inline void PlausibleWorld::sign_in() {
    const std::int64_t now = host_.now(), expiry = now + 3600;
    json::Value claims = json::Value::object();
    claims.set("iss", identity_provider)
        .set("aud", "idp-client")
        .set("sub", "user-" + std::to_string(user_))
        .set("iat", now)
        .set("exp", expiry);
    host_.subject(MCP_AUTH_TYPE_ID_TOKEN, jwt("JWT", claims), expiry);
    claims.set("aud", authorization_server).set("jti", letters(16));
    host_.subject(MCP_AUTH_TYPE_JWT, jwt("JWT", claims), expiry);
    host_.subject(
        MCP_AUTH_TYPE_SAML2,
        keep(base64url_encode("<saml:Assertion ID=\"_" + letters(32) + "\"></saml:Assertion>")),
        expiry);
    host_.subject(MCP_AUTH_TYPE_REFRESH_TOKEN, secret());
}

inline json::Value PlausibleWorld::token_answer(const SentTokenRequest& asked) {
    const std::string grant = asked.field("grant_type");
    const std::string wanted = asked.field("requested_token_type");
    const std::string scope = asked.field("scope");
    json::Value body = json::Value::object();
    if (!scope.empty()) body.set("scope", scope);
    if (grant != "urn:ietf:params:oauth:grant-type:token-exchange") {
        body.set("access_token", secret()).set("token_type", "Bearer").set("expires_in", 600);
        if (grant == "authorization_code" || grant == "refresh_token")
            body.set("refresh_token", secret());
    } else if (wanted == MCP_AUTH_TYPE_ID_JAG) {
        body.set("access_token", id_jag(asked.field("audience"), asked.field("resource"), scope,
                                        client("mcp").client_id)
                                     .assertion)
            .set("issued_token_type", MCP_AUTH_TYPE_ID_JAG)
            .set("token_type", "N_A")
            .set("expires_in", 300);
    } else {
        const bool bearer =
            wanted.empty() || wanted == "urn:ietf:params:oauth:token-type:access_token";
        body.set("access_token", secret())
            .set("issued_token_type",
                 bearer ? "urn:ietf:params:oauth:token-type:access_token" : wanted)
            .set("token_type", bearer ? "Bearer" : "N_A")
            .set("expires_in", 600);
    }
    return body;
}

inline AssertionAnswer PlausibleWorld::id_jag(std::string_view audience,
                                              std::string_view its_resource, std::string_view scope,
                                              std::string_view client_id,
                                              std::string_view dpop_jkt) {
    const std::int64_t now = host_.now();
    json::Value claims = json::Value::object();
    claims.set("iss", identity_provider)
        .set("aud", audience)
        .set("sub", "user-" + std::to_string(user_))
        .set("client_id", client_id)
        .set("jti", letters(16))
        .set("iat", now)
        .set("exp", now + 300);
    if (!its_resource.empty()) claims.set("resource", its_resource);
    if (!scope.empty()) claims.set("scope", scope);
    if (!dpop_jkt.empty()) claims.set("cnf", json::Value::object().set("jkt", dpop_jkt));
    return {jwt("oauth-id-jag+jwt", claims), MCP_AUTH_TYPE_ID_JAG, identity_provider,
            std::string(scope), now + 300};
}

inline std::string PlausibleWorld::jwt(std::string_view type, const json::Value& claims) {
    json::Value header = json::Value::object();
    header.set("alg", "ES256").set("kid", "k1").set("typ", type);
    return keep(base64url_encode(header.dump()) + "." + base64url_encode(claims.dump()) + "." +
                base64url_encode(letters(64)));
}

inline std::string PlausibleWorld::secret() {
    return keep("s3cr3t-" + letters(33));
}

inline std::string PlausibleWorld::letters(std::size_t count) {
    constexpr std::string_view all = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string text;
    while (text.size() < count) {
        std::uint64_t word = random_ += 0x9E3779B97F4A7C15u;  // SplitMix64
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
        text += all[(word ^ (word >> 31)) % all.size()];
    }
    return text;
}

inline std::string PlausibleWorld::keep(std::string text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    secrets_.push_back({text, std::this_thread::get_id()});
    return text;
}

inline std::vector<std::string> PlausibleWorld::secrets() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> all;
    for (const Secret& one : secrets_) all.push_back(one.text);
    return all;
}

inline std::vector<std::string> PlausibleWorld::secrets_of_this_thread() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> all;
    for (const Secret& one : secrets_)
        if (one.thread == std::this_thread::get_id()) all.push_back(one.text);
    return all;
}

}  // namespace mcp_auth::testing
