// What every fault of the network is tried with: a token request that carries a client's secret.
#pragma once

#include "http_client.hpp"
#include "token_endpoint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

inline const std::string canary_secret = "canary-of-a-client";
inline const std::string token_answer = [] {
    const std::string body = R"({"access_token":"t","token_type":"Bearer"})";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}();

inline Result<TokenResponse> post_credential(HttpTransport& http, const std::string& endpoint) {
    SkewedClock clock(system_clock());
    ClientConfig client;
    client.name = "mcp";
    client.id = "client";
    client.method = ClientMethod::client_secret_basic;
    client.secret.from = SecretReference::From::literal;
    client.secret.literal = Secret(canary_secret);
    ServerMetadata metadata;
    metadata.issuer = "https://auth.chat.example";
    metadata.token_endpoint = endpoint;
    std::vector<std::pair<std::string, Secret>> fields;
    fields.emplace_back("grant_type", Secret("client_credentials"));
    return TokenEndpoint(http, clock).request(client, metadata, fields, {}, {});
}

// Every name is this machine's, as a name server may say.
inline int everything_is_here(const std::string&, std::vector<Poco::Net::SocketAddress>& found) {
    found.emplace_back("127.0.0.1", 0);
    return 0;
}

}  // namespace mcp_auth::host::testing
