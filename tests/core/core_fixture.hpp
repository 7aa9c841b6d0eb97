// A host on a scripted network and a manual clock, with a provider whose grant a test writes.
#pragma once

#include "support/manual_clock.hpp"
#include "support/recording_sink.hpp"
#include "support/scripted_transport.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/plugin.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {

// What the provider under a test does. The default asks the token endpoint as client "mcp".
struct Grant {
    std::function<Result<plugin::Token>(plugin::Call&, const plugin::TokenRequest&)> acquire;
    std::function<Result<plugin::Assertion>(plugin::Call&, const plugin::AssertionRequest&)>
        assertion;
    std::function<void()> created;  // in the provider's create; may be empty
};

Result<plugin::Token> ask_token_endpoint(plugin::Call& call, const plugin::TokenRequest& request);

class CoreTest : public ::testing::Test {
protected:
    static constexpr const char* server = "https://mcp.example/mcp";
    static constexpr const char* resource_url =
        "https://mcp.example/.well-known/oauth-protected-resource/mcp";
    static constexpr const char* issuer = "https://auth.example";
    static constexpr const char* issuer_url =
        "https://auth.example/.well-known/oauth-authorization-server";
    static constexpr const char* token_url = "https://auth.example/token";

    CoreTest();
    ~CoreTest() override;
    // Ends renewals before the members of a derived test, which they may use, go away.
    void TearDown() override { host_.reset(); }

    // For a host with `configuration` as it is now.
    Options options() const;
    Host open();
    Connection connect() {
        host_.emplace(open());
        auto connection = host_->connection(server);
        EXPECT_TRUE(connection.ok()) << (connection ? "" : connection.error().message);
        return std::move(*connection);
    }
    // The next answer of the token endpoint.
    void grant_next(const std::string& token, int expires_in = 3600, const std::string& scope = {});
    static Headers unauthorized(const std::string& parameters = {}) {
        return {{"WWW-Authenticate", "Bearer" + (parameters.empty() ? "" : " " + parameters)}};
    }
    static Headers insufficient(const std::string& scope) {
        return {
            {"WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + scope + "\""}};
    }
    std::size_t acquisitions() const { return http->requests("POST", token_url).size(); }
    std::size_t discoveries() const { return http->requests("GET", resource_url).size(); }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<ScriptedTransport> http = std::make_shared<ScriptedTransport>();
    std::shared_ptr<RecordingSink> audit = std::make_shared<RecordingSink>();
    Grant grant;
    std::string configuration;
    unsigned threads = 4;
    std::shared_ptr<Clock> hooked_clock;  // instead of `clock`, for a test that looks into waits
    std::shared_ptr<Store> store;         // null: the host's own
    std::optional<Host> host_;
    SubjectSource application_subject;
    std::shared_ptr<Browser> browser;
    std::string required = R"(["mcp.auth.oauth/1"])";  // of the provider's manifest
};

}  // namespace mcp_auth::host::testing
