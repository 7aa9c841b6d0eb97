#include "core_fixture.hpp"

#include <map>

namespace mcp_auth::host::testing {

namespace {

// Which test a provider belongs to: by the name of its entry of "providers", since a plugin gets
// nothing else that a test could choose.
std::mutex grants_mutex;
std::map<std::string, Grant*>& grants() {
    static std::map<std::string, Grant*> all;
    return all;
}

Grant& grant_of(const std::string& name) {
    const std::lock_guard lock(grants_mutex);
    return *grants().at(name);
}

class ScriptedProvider final : public plugin::Provider {
public:
    explicit ScriptedProvider(Grant& grant) : grant_(grant) {}
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host&,
                                                            const plugin::Instance& instance) {
        Grant& grant = grant_of(std::string(instance.name));
        if (grant.created) grant.created();
        return std::unique_ptr<plugin::Provider>(std::make_unique<ScriptedProvider>(grant));
    }
    Result<plugin::Token> acquire(plugin::Call& call,
                                  const plugin::TokenRequest& request) override {
        return grant_.acquire(call, request);
    }
    Result<plugin::Assertion> assertion(plugin::Call& call,
                                        const plugin::AssertionRequest& request) override {
        return grant_.assertion(call, request);
    }

private:
    Grant& grant_;
};

}  // namespace

MCP_AUTH_BUILTIN_PLUGIN(scripted_provider_entry, ScriptedProvider, "scripted", "1.0.0",
                        MCP_AUTH_ROLE_TOKEN " " MCP_AUTH_ROLE_ASSERTION)

Result<plugin::Token> ask_token_endpoint(plugin::Call& call, const plugin::TokenRequest& request) {
    plugin::Fields fields{{"grant_type", "client_credentials"}, {"resource", request.resource}};
    if (!request.scope.empty()) fields.emplace_back("scope", request.scope);
    auto answer = call.token_request("mcp", fields);
    if (!answer) return answer.error();
    return plugin::Token{answer->access_token, answer->token_type, answer->scope,
                         answer->expires_at};
}

CoreTest::CoreTest() {
    grant.acquire = ask_token_endpoint;
    {
        const std::lock_guard lock(grants_mutex);
        grants()["acme"] = &grant;
        grants()["peer"] = &grant;
    }
    http->on("GET", resource_url).always().json(200, R"({"resource": "https://mcp.example/mcp",
                       "authorization_servers": ["https://auth.example"]})");
    http->on("GET", issuer_url).always().json(200, R"({"issuer": "https://auth.example",
                       "token_endpoint": "https://auth.example/token",
                       "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"]})");
    configuration = R"({
      "version": 1,
      "providers": {
        "acme": { "plugin": "scripted", "clients": { "mcp": { "id": "us", "method": "none" } } },
        "peer": { "plugin": "scripted" }
      },
      "connections": [
        { "name": "chat", "server": "https://mcp.example/mcp", "provider": "acme",
          "issuer": "https://auth.example", "scopes": ["read"] }
      ]
    })";
}

CoreTest::~CoreTest() {
    host_.reset();
    const std::lock_guard lock(grants_mutex);
    grants().clear();
}

Options CoreTest::options() const {
    Options options;
    options.config_json = configuration;
    options.clock = hooked_clock ? hooked_clock : clock;
    options.transport = http;
    options.audit = audit;
    options.threads = threads;
    options.store = store;
    options.application_subject = application_subject;
    options.browser = browser;
    options.builtin.push_back({scripted_provider_entry, R"({
      "manifest_version": 1, "id": "scripted", "version": "1.0.0", "vendor": "tests",
      "description": "a grant that a test writes", "abi": { "major": 1, "min_minor": 0 },
      "roles": ["mcp.auth.token/1", "mcp.auth.assertion/1"], "requires": )" +
                                                            required + "}"});
    return options;
}

Host CoreTest::open() {
    auto host = Host::open(options());
    EXPECT_TRUE(host.ok()) << (host ? "" : host.error().message);
    return std::move(*host);
}

void CoreTest::grant_next(const std::string& token, int expires_in, const std::string& scope) {
    std::string body = R"({"access_token": ")" + token + R"(", "token_type": "Bearer")";
    if (expires_in != 0) body += R"(, "expires_in": )" + std::to_string(expires_in);
    if (!scope.empty()) body += R"(, "scope": ")" + scope + "\"";
    http->on("POST", token_url).json(200, body + "}");
}

}  // namespace mcp_auth::host::testing
