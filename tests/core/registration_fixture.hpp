// A connection whose client has no id: by metadata document, or registered at its issuer.
#pragma once

#include "core_fixture.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {

inline constexpr const char* register_url = "https://auth.example/register";

class ClientWithoutId : public CoreTest {
protected:
    ClientWithoutId() {
        configure(R"({ "register": { "name": "The Host" } })");
        describe(R"("registration_endpoint": "https://auth.example/register",)");
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            return acquire(call, request);
        };
    }
    void configure(const std::string& client,
                   const std::string& rule = "\"https://auth.example\"") {
        configuration = R"({ "version": 1,
          "providers": { "acme": { "plugin": "scripted", "clients": { "mcp": )" +
                        client + R"( } }, "peer": { "plugin": "scripted" } },
          "connections": [ { "name": "chat", "server": "https://mcp.example/mcp",
            "provider": "acme", "issuer": )" +
                        rule + R"( } ] })";
    }
    // What the authorization server's metadata has besides.
    void describe(const std::string& members) {
        http = std::make_shared<ScriptedTransport>();
        http->on("GET", resource_url).always().json(200, R"({"resource": "https://mcp.example/mcp",
            "authorization_servers": ["https://auth.example"]})");
        http->on("GET", issuer_url)
            .always()
            .json(200, "{" + members + R"("issuer": "https://auth.example",
            "token_endpoint": "https://auth.example/token",
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"]})");
    }
    ScriptedTransport::Script& on_register() { return http->on("POST", register_url); }
    void register_next(const std::string& id, const std::string& members = "") {
        on_register().json(201, R"({"client_id": ")" + id + R"(", "client_secret": "secret-of-)" +
                                    id + "\"" + members + "}");
    }
    std::size_t registrations() const { return http->requests("POST", register_url).size(); }
    std::vector<std::string> authorizations() const {
        std::vector<std::string> values;
        for (const auto& request : http->requests("POST", token_url))
            for (const auto& [name, value] : request.headers)
                if (name == "Authorization") values.push_back(value);
        return values;
    }

    virtual Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) {
        const auto client = call.client({"mcp", redirect, grants, {}});
        if (!client) return client.error();
        seen_id = client->client_id;
        return ask_token_endpoint(call, request);
    }
    std::string redirect, grants = "client_credentials", seen_id;
};

}  // namespace mcp_auth::host::testing
