// mcp_auth/testing.hpp - the testing kit: a fake host for the unit tests of a plugin.
//
// No network, no real host, no real time; nothing but the standard library, so that it goes with
// any test framework. Link the plugin's sources into the test, and:
//
//     using namespace mcp_auth::testing;
//     FakeHost host;
//     host.client("idp", {"idp-client", "https://acme.idp.example"});
//     host.subject(MCP_AUTH_TYPE_ID_TOKEN, id_token, host.now() + 300);
//     host.token_request("idp").then(TokenAnswer::json(R"({"access_token":"…", …})"));
//     host.token_request("mcp").then(oauth_error(Status::denied, "redemption", "invalid_scope"));
//
//     PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host, R"({"some":"setting"})");
//     auto token = plugin.acquire(typical_token_request());
//
//     EXPECT_EQ(token.status(), Status::denied);
//     EXPECT_EQ(host.token_requests().at(0).field("subject_token"), id_token);
//     EXPECT_TRUE(plugin.expect_no_leak(id_token));
//     EXPECT_EQ(plugin.violations(), std::vector<std::string>{});
//
// violations() lists what the plugin did against its obligations (plugin_api/README.md), and what
// it asked for that the test has not scripted. Assert that it is empty in every test.
#pragma once

#include <mcp_auth/testing/fake_host.hpp>
#include <mcp_auth/testing/messages.hpp>
#include <mcp_auth/testing/plausible_world.hpp>
#include <mcp_auth/testing/plugin_under_test.hpp>
#include <mcp_auth/testing/script.hpp>
