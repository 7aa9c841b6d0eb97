#include "canned_enterprise.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>

#include <cstdlib>
#include <ctime>
#include <thread>
#include <utility>

namespace mcp_auth::bench {
namespace {

using json::Value;

// As long as an RS256 signature is (RFC 7518 3.3), and none.
std::string jwt(const char* type, const Value& claims) {
    Value header;
    header.set("alg", "RS256").set("typ", type).set("kid", "2026-11");
    return base64url_encode(header.dump()) + "." + base64url_encode(claims.dump()) + "." +
           base64url_encode(std::string(256, 's'));
}

Value claims_of(const std::string& issuer, const std::string& audience) {
    const std::int64_t now = std::time(nullptr);
    Value claims;
    claims.set("iss", issuer).set("sub", "00u1a2b3c4d5e6f7").set("aud", audience);
    claims.set("iat", now).set("exp", now + 86'400).set("jti", "9e43f81b64a33f20116179");
    return claims;
}

Value metadata(const std::string& issuer) {
    Value document;
    document.set("issuer", issuer).set("token_endpoint", issuer + "/token");
    Value methods = Value::array();
    methods.push("client_secret_basic").push("client_secret_post");
    document.set("token_endpoint_auth_methods_supported", std::move(methods));
    return document;
}

class CannedTransport final : public HttpTransport {
public:
    CannedTransport(const CannedEnterprise& enterprise, std::chrono::milliseconds delay)
        : answers_(enterprise.answers()), delay_(delay) {}

    Result<HttpResponse> send(const HttpRequest& request, const Bounds&,
                              const BodyReader&) override {
        if (delay_.count() > 0) std::this_thread::sleep_for(delay_);
        HttpResponse response;
        const auto found = answers_.find(request.url);
        response.status = found == answers_.end() ? 404 : 200;
        response.headers = {{"Content-Type", "application/json"}};
        if (found != answers_.end()) response.body = found->second;
        return response;
    }

private:
    const std::map<std::string, std::string> answers_;
    const std::chrono::milliseconds delay_;
};

}  // namespace

CannedEnterprise CannedEnterprise::at(const std::string& idp_origin,
                                      const std::string& server_origin,
                                      std::size_t access_token_bytes) {
    CannedEnterprise out;
    out.idp = idp_origin;
    out.server = server_origin;
    out.resource = server_origin + "/mcp";
    out.id_token = jwt("JWT", claims_of(out.idp, idp_client));
    Value claims = claims_of(out.idp, out.server);
    claims.set("client_id", mcp_client).set("resource", out.resource).set("scope", scope);
    out.id_jag = jwt("oauth-id-jag+jwt", claims);
    out.access_token = std::string(access_token_bytes, 't');
    return out;
}

std::map<std::string, std::string> CannedEnterprise::answers() const {
    Value exchanged;
    exchanged.set("issued_token_type", "urn:ietf:params:oauth:token-type:id-jag")
        .set("access_token", id_jag)
        .set("token_type", "N_A")
        .set("scope", scope)
        .set("expires_in", 3600);
    Value redeemed;
    redeemed.set("access_token", access_token)
        .set("token_type", "Bearer")
        .set("scope", scope)
        .set("expires_in", 86'400);
    Value resource_metadata;
    resource_metadata.set("resource", resource)
        .set("authorization_servers", Value::array().push(server));
    constexpr const char* well_known = "/.well-known/oauth-authorization-server";
    return {{idp + "/token", exchanged.dump()},
            {server + "/token", redeemed.dump()},
            {idp + well_known, metadata(idp).dump()},
            {server + well_known, metadata(server).dump()},
            {server + "/.well-known/oauth-protected-resource/mcp", resource_metadata.dump()}};
}

std::string CannedEnterprise::nginx_configuration(const std::string& directory) const {
    std::string out = "daemon off;\nworker_processes 1;\npid " + directory +
                      "/nginx.pid;\nerror_log " + directory +
                      "/nginx.log;\nevents { worker_connections 512; }\nhttp {\n"
                      "  access_log off;\n  default_type application/json;\n"
                      "  keepalive_requests 1000000000;\n  keepalive_timeout 3600s;\n"
                      "  tcp_nodelay on;\n  client_body_buffer_size 64k;\n";
    for (const char* path : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        out += std::string("  ") + path + "_temp_path " + directory + "/" + path + ";\n";
    for (const std::string& origin : {idp, server}) {
        out += "  server {\n    listen " + origin.substr(std::string("http://").size()) + ";\n";
        for (const auto& [url, body] : answers()) {
            if (url.starts_with(origin + "/"))
                out += "    location = " + url.substr(origin.size()) + " { return 200 '" + body +
                       "'; }\n";
        }
        out += "  }\n";
    }
    return out + "}\n";
}

std::string CannedEnterprise::client_json() const {
    Value out;
    out.set("idp_token_endpoint", idp + "/token").set("server_token_endpoint", server + "/token");
    out.set("idp", idp).set("audience", server).set("resource", resource).set("scope", scope);
    out.set("id_token", id_token);
    out.set("idp_client", idp_client).set("idp_secret", idp_secret);
    out.set("mcp_client", mcp_client).set("mcp_secret", mcp_secret);
    return out.dump(2);
}

Result<Host> CannedEnterprise::open(Options options) const {
    setenv("BENCH_IDP_SECRET", idp_secret, 1);
    setenv("BENCH_MCP_SECRET", mcp_secret, 1);
    const auto client = [](const char* id, const char* method, const char* secret) {
        Value out, from;
        from.set("env", secret);
        return out.set("id", id).set("method", method).set("secret", std::move(from));
    };
    Value idp_settings = client(idp_client, "client_secret_post", "BENCH_IDP_SECRET");
    idp_settings.set("issuer", idp);
    Value provider, subject, connection, policy, config;
    subject.set("type", "id_token").set("from", "application");
    provider.set("plugin", "cross-app-access")
        .set("clients", Value::object().set("idp", std::move(idp_settings)))
        .set("subject", std::move(subject));
    connection.set("name", "chat").set("server", resource).set("provider", "acme");
    connection.set("issuer", server).set("scopes", Value::array().push(scope));
    connection.set("clients", Value::object().set("mcp", client(mcp_client, "client_secret_basic",
                                                                "BENCH_MCP_SECRET")));
    policy.set("allow_http_loopback", true);
    config.set("version", 1)
        .set("providers", Value::object().set("acme", std::move(provider)))
        .set("connections", Value::array().push(std::move(connection)))
        .set("policy", std::move(policy));
    options.config_json = config.dump();
    options.default_plugin_directory = MCP_AUTH_PLUGINS;
    options.application_subject = source();
    return Host::open(std::move(options));
}

SubjectSource CannedEnterprise::source() const {
    // Shared: the memory of a hundred thousand sources would be the benchmark's, not the host's.
    return [id_token = std::make_shared<const std::string>(id_token)](
               std::string_view type, const Bounds&) -> Result<SubjectAssertion> {
        if (type != "urn:ietf:params:oauth:token-type:id_token")
            return Error(Status::unsupported, "subject", "an ID token is all there is");
        SubjectAssertion assertion;
        assertion.value = *id_token;
        return assertion;
    };
}

std::shared_ptr<HttpTransport> canned_transport(const CannedEnterprise& enterprise,
                                                std::chrono::milliseconds delay) {
    return std::make_shared<CannedTransport>(enterprise, delay);
}

}  // namespace mcp_auth::bench
