// Plugins that break the contract in this host: the answer is dropped, and that is said.
#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/host.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

void give_token(mcp_auth_call* call, const mcp_auth_results* results) {
    mcp_auth_token token{};
    token.struct_size = sizeof token;
    token.access_token = MCP_AUTH_LIT("not-granted");
    token.token_type = MCP_AUTH_LIT("Bearer");
    results->token(call, &token);
}
void give_assertion(mcp_auth_call* call, const mcp_auth_results* results) {
    mcp_auth_assertion assertion{};
    assertion.struct_size = sizeof assertion;
    assertion.assertion = MCP_AUTH_LIT("not-granted");
    results->assertion(call, &assertion);
}
void give_failure(mcp_auth_call* call, const mcp_auth_results* results, mcp_auth_status status) {
    mcp_auth_failure failure{};
    failure.struct_size = sizeof failure;
    failure.status = status;
    failure.message = MCP_AUTH_LIT("because");
    results->failed(call, &failure);
}

// A plugin whose acquire does what a test's lambda does.
template <class Misdeed>
struct Unruly : mcp_auth_provider {
    Unruly() : mcp_auth_provider{&extension, &destroy} {}

    static mcp_auth_status acquire(mcp_auth_provider*, mcp_auth_call* call,
                                   const mcp_auth_token_request*, const mcp_auth_results* results) {
        return Misdeed{}(call, results);
    }
    static const void* extension(mcp_auth_provider*, mcp_auth_str) {
        static constexpr mcp_auth_token_role_v1 role{&acquire};
        return &role;
    }
    static void destroy(mcp_auth_provider* self) {
        std::unique_ptr<Unruly>(static_cast<Unruly*>(self)).reset();
    }
    static mcp_auth_status create(const mcp_auth_host*, const mcp_auth_instance*,
                                  mcp_auth_provider** provider, mcp_auth_failure*) {
        *provider = std::make_unique<Unruly>().release();
        return MCP_AUTH_OK;
    }
    static const mcp_auth_plugin* entry() {
        static constexpr mcp_auth_plugin plugin{
            sizeof(mcp_auth_plugin),
            0,
            {"unruly", 6},
            {"1.0.0", 5},
            {MCP_AUTH_ROLE_TOKEN, sizeof(MCP_AUTH_ROLE_TOKEN) - 1},
            &create};
        return &plugin;
    }
};

struct Offence {
    const char* name;
    mcp_auth_plugin_entry* plugin;
    const char* says;
};
void PrintTo(const Offence& offence, std::ostream* out) {
    *out << offence.name;
}

class UnrulyPlugin : public ::testing::TestWithParam<Offence> {};

TEST_P(UnrulyPlugin, IsInternalAndItsAnswerIsDropped) {
    auto http = std::make_shared<ScriptedTransport>();
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/mcp")
        .json(200, R"({"resource": "https://mcp.example/mcp",
                       "authorization_servers": ["https://auth.example"]})");
    http->on("GET", "https://auth.example/.well-known/oauth-authorization-server")
        .json(200, R"({"issuer": "https://auth.example",
                       "token_endpoint": "https://auth.example/token"})");
    Options options;
    options.transport = http;
    options.clock = std::make_shared<ManualClock>();
    options.builtin.push_back({GetParam().plugin, R"({
      "manifest_version": 1, "id": "unruly", "version": "1.0.0", "vendor": "tests",
      "description": "breaks its contract", "abi": { "major": 1, "min_minor": 0 },
      "roles": ["mcp.auth.token/1"]})"});
    options.config_json = R"({"version": 1, "providers": {"acme": {"plugin": "unruly"}},
      "connections": [{"server": "https://mcp.example/mcp", "provider": "acme",
                       "issuer": "https://auth.example"}]})";
    auto host = Host::open(options);
    ASSERT_TRUE(host) << host.error().message;
    auto connection = host->connection("https://mcp.example/mcp");
    ASSERT_TRUE(connection) << connection.error().message;
    const auto token = connection->token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::internal) << token.error().message;
    EXPECT_THAT(token.error().message, HasSubstr("\"unruly\""));
    EXPECT_THAT(token.error().message, HasSubstr(GetParam().says));
}

template <class Misdeed>
Offence offence(const char* name, const char* says, Misdeed) {
    return {name, &Unruly<Misdeed>::entry, says};
}
using Call = mcp_auth_call;
using Results = mcp_auth_results;

INSTANTIATE_TEST_SUITE_P(
    Host, UnrulyPlugin,
    ::testing::Values(offence("OkWithoutAToken", "without handing out exactly one token",
                              [](Call*, const Results*) { return MCP_AUTH_OK; }),
                      offence("OkWithTwoTokens", "without handing out exactly one token",
                              [](Call* call, const Results* results) {
                                  give_token(call, results);
                                  give_token(call, results);
                                  return MCP_AUTH_OK;
                              }),
                      offence("OkWithAnAssertion", "without handing out exactly one token",
                              [](Call* call, const Results* results) {
                                  give_assertion(call, results);
                                  return MCP_AUTH_OK;
                              }),
                      offence("OkWithATokenAndAFailure", "without handing out exactly one token",
                              [](Call* call, const Results* results) {
                                  give_token(call, results);
                                  give_failure(call, results, MCP_AUTH_DENIED);
                                  return MCP_AUTH_OK;
                              }),
                      offence("AFailureWithAToken", "it failed and yet handed out an answer",
                              [](Call* call, const Results* results) {
                                  give_token(call, results);
                                  return MCP_AUTH_DENIED;
                              }),
                      offence("AFailureTwice", "it failed and yet handed out an answer",
                              [](Call* call, const Results* results) {
                                  give_failure(call, results, MCP_AUTH_DENIED);
                                  give_failure(call, results, MCP_AUTH_DENIED);
                                  return MCP_AUTH_DENIED;
                              }),
                      offence("AFailureThatSaysOtherwise",
                              "the status it returned is not that of the failure",
                              [](Call* call, const Results* results) {
                                  give_failure(call, results, MCP_AUTH_UNAVAILABLE);
                                  return MCP_AUTH_DENIED;
                              }),
                      offence("AStatusThatThereIsNot", "gave no reason",
                              [](Call*, const Results*) { return mcp_auth_status{77}; })),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::host::testing
