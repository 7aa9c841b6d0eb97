// An enterprise for cross-app access, in the fake host: an identity provider, an authorization
// server, a signed-in user. Everything is valid; a test makes exactly one thing wrong.
#pragma once

#include "support/json_change.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::cross_app_access {

using testing::Change;
using testing::name_of;
using testing::NamedTexts;
using testing::SentTokenRequest;
using testing::TokenAnswer;
using testing::with;
using testing::without;

inline constexpr const char* grant_type_exchange =
    "urn:ietf:params:oauth:grant-type:token-exchange";
inline constexpr const char* grant_type_jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

class World : public ::testing::Test {
protected:
    const std::string idp = "https://acme.idp.example";
    const std::string issuer = "https://auth.chat.example/";  // its last byte counts
    const std::string resource = "https://mcp.chat.example/mcp";
    const std::string idp_client = "idp-client";
    const std::string mcp_client = "mcp-client";
    const std::string access_token = "CANARY-access-token";

    World();
    // Whatever a test did: the plugin kept its obligations, no answer was left over, and no token,
    // assertion or part of one turned up in a message or a log (L4).
    void TearDown() override;

    // ---- the parties ----
    void set_dpop_jkt(const std::string& jkt);
    void sign_in(const std::string& assertion, const char* type = MCP_AUTH_TYPE_ID_TOKEN);
    void sign_in_with_another_type(const std::string& assertion, const char* type);
    // Before the first call of the plugin.
    void set_settings(const std::string& json) { settings_ = json; }

    // ---- documents ----
    // Three parts, as on the wire. The signature is a filler: no client checks it (F4).
    std::string jwt(const json::Value& header, const json::Value& payload);
    json::Value id_token_claims() const;
    std::string id_token() { return jwt(id_token_header(), id_token_claims()); }
    static json::Value id_token_header();
    static json::Value id_jag_header();
    json::Value id_jag_claims();  // a new jti each time
    std::string id_jag() { return id_jag(id_jag_claims()); }
    std::string id_jag(const json::Value& claims) { return jwt(id_jag_header(), claims); }
    // A text that must not turn up in a message or a log.
    std::string canary(std::string secret);

    // ---- answers, each used once, in order ----
    json::Value exchange_body(const std::string& id_jag) const;
    json::Value redemption_body() const;
    void exchange_answers(const json::Value& body, std::uint32_t http_status = 200);
    void redemption_answers(const json::Value& body, std::uint32_t http_status = 200);
    // An exchange that gives `id_jag`; gives it back.
    std::string exchange_gives(std::string id_jag);
    std::string exchange_gives_one() { return exchange_gives(id_jag()); }
    void redemption_succeeds() { redemption_answers(redemption_body()); }
    void exchange_fails(Error error) { host.token_request("idp").then(std::move(error)); }
    void redemption_fails(Error error) { host.token_request("mcp").then(std::move(error)); }

    // ---- the plugin ----
    plugin::TokenRequest token_request() const;
    plugin::AssertionRequest assertion_request() const;
    testing::PluginUnderTest& plugin();
    Result<testing::Token> acquire() { return plugin().acquire(token_request()); }
    Result<testing::Token> acquire(plugin::Reason reason);
    Result<testing::Token> acquire(const plugin::TokenRequest& request) {
        return plugin().acquire(request);
    }
    Result<testing::Assertion> assertion(const plugin::AssertionRequest& request) {
        return plugin().assertion(request);
    }
    // A new plugin over the same host and store: the process was started again.
    void restart() { plugin_.reset(); }

    // ---- what the peers saw ----
    std::vector<SentTokenRequest> exchanges() const { return host.token_requests("idp"); }
    std::vector<SentTokenRequest> redemptions() const { return host.token_requests("mcp"); }
    // The assertions that the authorization server was shown, in order.
    std::vector<std::string> assertions_shown() const;
    bool logged(const std::string& event) const;

    testing::FakeHost host;

private:
    std::string settings_ = "{}";
    std::unique_ptr<testing::PluginUnderTest> plugin_;
    int minted_ = 0;
    std::vector<std::string> canaries_;
};

// What the host says of a token endpoint that refused (K); `status` is its classification.
Error refusal(const std::string& leg, const std::string& code, Status status = Status::denied);

// One OAuth error of K, how the host classifies it, and how the acquisition must end.
struct Refusal {
    std::string code;
    Status by_host;
    Status outcome;
};
// Those that mean the same on both legs, behind `own`.
std::vector<Refusal> and_refusals_of_any_grant(std::vector<Refusal> own);
std::string refusal_name(const ::testing::TestParamInfo<Refusal>& test);
inline void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.code;
}

}  // namespace mcp_auth::cross_app_access
