// A token endpoint on a scripted network, a clock that the test moves, and a recorder of events.
#pragma once

#include "grant.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_sink.hpp"
#include "support/scripted_transport.hpp"
#include "token_endpoint.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

inline constexpr auto endpoint_url = "https://auth.example/oauth/token";
inline constexpr auto good_answer =
    R"({"access_token":"canary-access","token_type":"Bearer","expires_in":3600})";

class TokenEndpointFixture : public ::testing::Test {
protected:
    TokenEndpointFixture() {
        client.name = "mcp";
        client.id = "client-1";
        client.method = ClientMethod::client_secret_basic;
        client.secret.from = SecretReference::From::literal;
        client.secret.literal = Secret("canary-client-secret");
        server.issuer = "https://auth.example";
        server.token_endpoint = endpoint_url;
        trace.sink = sink;
        trace.clock = clock;
        fields = {{"grant_type", std::string(jwt_bearer_grant)},
                  {"assertion", "canary.assertion.signature"}};
    }

    Result<TokenResponse> request(const Bounds& bounds = {}) {
        std::vector<std::pair<std::string, Secret>> form;
        for (const auto& [name, value] : fields) form.emplace_back(name, Secret(value));
        return endpoint.request(client, server, std::move(form), trace, bounds);
    }
    ScriptedTransport::Script& on_token() { return http.on("POST", endpoint_url); }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    ScriptedTransport http;
    SkewedClock skewed{clock};
    TokenEndpoint endpoint{http, skewed};
    ClientConfig client;
    ServerMetadata server;
    Trace trace;
    std::vector<std::pair<std::string, std::string>> fields;
};

}  // namespace mcp_auth::host::testing
