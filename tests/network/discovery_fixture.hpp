// A server and an issuer, each with a valid document for tests to break.
#pragma once

#include "discovery.hpp"

#include "support/manual_clock.hpp"
#include "support/recording_sink.hpp"
#include "support/scripted_transport.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::host {

inline const std::string server_url = "https://mcp.example/mcp";
inline const std::string path_form = "https://mcp.example/.well-known/oauth-protected-resource/mcp";
inline const std::string root_form = "https://mcp.example/.well-known/oauth-protected-resource";
inline const std::string issuer = "https://auth.example";
inline const std::string oauth_form = "https://auth.example/.well-known/oauth-authorization-server";
inline const std::string openid_form = "https://auth.example/.well-known/openid-configuration";

inline json::Value resource_document() {
    json::Value document = json::Value::object();
    json::Value servers = json::Value::array();
    servers.push(issuer).push("https://other.example");
    json::Value scopes = json::Value::array();
    scopes.push("chat.read");
    document.set("resource", server_url)
        .set("authorization_servers", servers)
        .set("scopes_supported", scopes);
    return document;
}

inline json::Value server_document() {
    json::Value document = json::Value::object();
    document.set("issuer", issuer).set("token_endpoint", "https://auth.example/token");
    return document;
}

class DiscoveryTest : public ::testing::Test {
protected:
    Result<ResourceMetadata> resource(const std::optional<Challenge>& challenge = {},
                                      bool path_prefix = false,
                                      const std::string& url = server_url) {
        return Discovery(http_).resource(url, challenge, path_prefix, trace_, {});
    }
    Result<ServerMetadata> server(const std::string& of = issuer, bool http_loopback = false) {
        return Discovery(http_, http_loopback).server(of, trace_, {});
    }
    static Challenge naming(const std::string& url) {
        Challenge challenge;
        challenge.bearer = true;
        challenge.resource_metadata = url;
        return challenge;
    }

    testing::ScriptedTransport http_;
    std::shared_ptr<testing::RecordingSink> kept_ = std::make_shared<testing::RecordingSink>();
    Trace trace_{kept_, std::make_shared<testing::ManualClock>(), 7, "chat", "acme", ""};
};

}  // namespace mcp_auth::host
