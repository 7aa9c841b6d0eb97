// The testing kit finds what a plugin does against its obligations.
#include <gmock/gmock.h>

#include <mcp_auth/testing.hpp>
#include <thread>

#include "obedient_plugin.hpp"
#include "unruly_plugin.h"

namespace {

using namespace mcp_auth;
using namespace mcp_auth::testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TokenAnswer token_answer(const std::string& token = "access-token-0123456789") {
    return TokenAnswer::json(R"({"access_token":")" + token +
                             R"(","token_type":"Bearer","expires_in":60})");
}

TEST(TestingKit, AnOrderlyPluginInCHasNoViolations) {
    FakeHost host;
    host.token_request("mcp").always(token_answer());
    PluginUnderTest plugin(&unruly_entry, host, "in order");
    for (int i = 0; i < 2; ++i) {
        const auto token = plugin.acquire(typical_token_request());
        ASSERT_TRUE(token) << token.error().message;
        EXPECT_EQ(token->access_token, "access-token-0123456789");
    }
    EXPECT_EQ(plugin.assertion(typical_assertion_request()).status(), Status::unsupported);
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

struct Offence {
    const char* order;
    Status status;
    const char* found;
};
void PrintTo(const Offence& offence, std::ostream* out) {
    *out << offence.order;
}
class TestingKitFinds : public ::testing::TestWithParam<Offence> {};
TEST_P(TestingKitFinds, AnOffence) {
    FakeHost host;
    host.token_request("mcp").always(token_answer());
    PluginUnderTest plugin(&unruly_entry, host, GetParam().order);
    auto token = plugin.acquire(typical_token_request());
    if (plugin.violations().empty()) token = plugin.acquire(typical_token_request());
    EXPECT_EQ(token.status(), GetParam().status);
    EXPECT_THAT(plugin.violations(), Contains(HasSubstr(GetParam().found)));
}
INSTANTIATE_TEST_SUITE_P(
    Kit, TestingKitFinds,
    ::testing::Values(
        Offence{"ok without a token", Status::internal, "exactly one answer"},
        Offence{"token twice", Status::internal, "exactly one answer"},
        Offence{"assertion for a token", Status::internal, "exactly one answer"},
        Offence{"token and failure", Status::denied, "a failure, and an answer"},
        Offence{"unknown status", Status::internal, "a status that there is not"},
        Offence{"fail and say otherwise", Status::denied, "not the one returned"},
        Offence{"fail twice", Status::denied, "more than one failure"},
        Offence{"fail with ok", Status::denied, "not a status of a failure"},
        Offence{"not utf-8", Status::ok, "not UTF-8"},
        Offence{"former call", Status::internal, "a call that has ended"},
        Offence{"former sink", Status::internal, "without a call that runs"},
        Offence{"former memory", Status::ok, "memory of a call that has ended"},
        Offence{"no call", Status::internal, "without a call"},
        Offence{"client authentication", Status::invalid_argument, "'client_secret' is the host's"},
        Offence{"any role", Status::ok, "roles are not those of its descriptor"},
        Offence{"create fails", Status::misconfigured, "another status than it returned"},
        Offence{"create nothing", Status::internal, "OK without a provider"},
        Offence{"no struct_size", Status::internal, "without its struct_size"},
        Offence{"empty token", Status::internal, "an empty answer"}),
    [](const auto& test) {
        std::string name = test.param.order;
        for (char& c : name)
            if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
        return name;
    });

TEST(TestingKit, WithoutAWordTheLastServicesFailureIsReported) {
    FakeHost host;
    host.token_request("mcp").then(
        oauth_error(Status::denied, "redemption", "invalid_scope", "not yours"));
    PluginUnderTest plugin(&unruly_entry, host, "in order");
    const auto token = plugin.acquire(typical_token_request());
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().oauth_error, "invalid_scope");
    EXPECT_EQ(token.error().description, "not yours");
    EXPECT_EQ(token.error().http_status, 400);

    PluginUnderTest silent(&unruly_entry, host, "fail without a word");
    EXPECT_EQ(silent.acquire(typical_token_request()).error().message,
              "the plugin did not say why");
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST(TestingKit, FindsPartOfATokenInALogLine) {
    FakeHost host;
    host.token_request("mcp").always(token_answer());
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host, R"({"do":"log the token"})");
    ASSERT_TRUE(plugin.acquire(typical_token_request()));
    EXPECT_TRUE(plugin.expect_no_leak("another-secret"));
    EXPECT_THAT(plugin.violations(), IsEmpty());
    EXPECT_FALSE(plugin.expect_no_leak("access-token-0123456789"));
    EXPECT_THAT(plugin.violations(), ElementsAre("a secret shows in the log field 'token'"));
}

TEST(TestingKit, FindsASecretInAFailure) {
    FakeHost host;
    Error leaky(Status::denied, "exchange", "refused eyJhbGciOiJub25lIn0");
    leaky.description = "short";
    host.fails(MCP_AUTH_SERVICE_OAUTH, leaky);
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host);
    ASSERT_FALSE(plugin.acquire(typical_token_request()));
    EXPECT_FALSE(plugin.expect_no_leak("eyJhbGciOiJub25lIn0.e30."));
    EXPECT_FALSE(plugin.expect_no_leak("short"));
    EXPECT_THAT(plugin.violations(), ElementsAre("a secret shows in a failure's message",
                                                 "a secret shows in a failure's description"));
}

TEST(TestingKit, ASearchForNothingIsAMistakeOfTheTest) {
    FakeHost host;
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host);
    EXPECT_FALSE(plugin.expect_no_leak(""));
    EXPECT_THAT(plugin.violations(), SizeIs(1));
}

TEST(TestingKit, WhatIsNotScriptedIsAViolationThatSaysWhat) {
    FakeHost host;
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host);
    const auto token = plugin.acquire(typical_token_request());
    EXPECT_EQ(token.status(), Status::internal);
    EXPECT_THAT(plugin.violations(),
                ElementsAre("not scripted by the test: token_request as 'mcp'"));
}

TEST(TestingKit, APluginThatCannotBeCreatedAnswersWithThatError) {
    FakeHost host;
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host, "[]");
    ASSERT_FALSE(plugin.created());
    EXPECT_EQ(plugin.acquire(typical_token_request()).status(), Status::misconfigured);
    EXPECT_EQ(plugin.assertion(typical_assertion_request()).status(), Status::misconfigured);
}

// The pattern that keeps two processes from minting twice (protocol.md H, peers.md).
TEST(TestingKit, ALeaseLetsOneCallFetchAndTheOtherFindTheResult) {
    FakeHost host;
    host.token_request("mcp").then(token_answer());  // one alone
    PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host, R"({"do":"lease"})");
    std::vector<std::thread> callers;
    std::atomic<int> good{0};
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] { good += plugin.acquire(typical_token_request()).ok(); });
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(good, 4);
    EXPECT_THAT(host.token_requests(), SizeIs(1));
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

}  // namespace
