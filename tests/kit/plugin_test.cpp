// The kit's trampolines: what an author's class does, as the host sees it.
#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <mcp_auth/testing.hpp>

#include "obedient_plugin.hpp"

namespace {

using namespace mcp_auth;
using mcp_auth::testing::FakeHost;
using mcp_auth::testing::PluginUnderTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto entry = &mcp_auth_plugin_entry_v1;

std::string order(const std::string& what) {
    return R"({"do":")" + what + "\"}";
}
std::string create(const std::string& how) {
    return R"({"create":")" + how + "\"}";
}

Error detailed_error() {
    Error error(Status::unavailable, "redemption", "try later");
    error.oauth_error = "temporarily_unavailable";
    error.description = "busy";
    error.acr_values = "urn:example:mfa";
    error.max_age = std::chrono::seconds(60);
    error.retry_after = std::chrono::seconds(0);
    error.http_status = 503;
    return error;
}

void expect_same(const Error& a, const Error& b) {
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.leg, b.leg);
    EXPECT_EQ(a.message, b.message);
    EXPECT_EQ(a.oauth_error, b.oauth_error);
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.acr_values, b.acr_values);
    EXPECT_EQ(a.max_age, b.max_age);
    EXPECT_EQ(a.retry_after, b.retry_after);
    EXPECT_EQ(a.http_status, b.http_status);
}

TEST(Kit, TheDescriptorHoldsWhatTheMacroSays) {
    const mcp_auth_plugin* descriptor = entry();
    EXPECT_EQ(descriptor, entry());
    EXPECT_EQ(descriptor->struct_size, sizeof(mcp_auth_plugin));
    EXPECT_EQ(descriptor->abi_minor, MCP_AUTH_ABI_MINOR);
    EXPECT_EQ(detail::view(descriptor->id), "obedient");
    EXPECT_EQ(detail::view(descriptor->version), "1.2.3");
    EXPECT_EQ(detail::view(descriptor->roles), "mcp.auth.token/1 mcp.auth.assertion/1");
}

TEST(Kit, OneClassUnderTwoEntriesHasTheRolesOfEach) {
    FakeHost host;
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "assertion");
    PluginUnderTest both(entry, host), token_only(&token_only_entry, host);
    EXPECT_TRUE(both.assertion(mcp_auth::testing::typical_assertion_request()));
    EXPECT_EQ(token_only.assertion(mcp_auth::testing::typical_assertion_request()).status(),
              Status::unsupported);
    EXPECT_EQ(token_only.id(), "token-only");
    EXPECT_THAT(host.violations(), IsEmpty());
}

TEST(Kit, ARoleIsFoundByItsWholeIdAlone) {
    using plugin::detail::lists;
    EXPECT_TRUE(lists("a/1 b/1", "a/1"));
    EXPECT_TRUE(lists("a/1 b/1", "b/1"));
    EXPECT_FALSE(lists("a/1 b/1", "a/1 b/1"));
    EXPECT_FALSE(lists("a/10 b/1", "a/1"));
    EXPECT_FALSE(lists("a/1", ""));
    EXPECT_FALSE(lists("", "a/1"));
}

TEST(Kit, ARoleThatTheClassDoesNotOverrideIsUnsupported) {
    FakeHost host;
    PluginUnderTest plugin(&idle_entry, host);
    EXPECT_EQ(plugin.acquire(mcp_auth::testing::typical_token_request()).status(),
              Status::unsupported);
    EXPECT_EQ(plugin.assertion(mcp_auth::testing::typical_assertion_request()).status(),
              Status::unsupported);
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

class KitExceptions : public ::testing::TestWithParam<const char*> {};
TEST_P(KitExceptions, BecomeInternalAndTheirTextIsWithheld) {
    FakeHost host;
    PluginUnderTest creating(entry, host, create(GetParam()));
    ASSERT_FALSE(creating.created());
    EXPECT_EQ(creating.created().status(), Status::internal);
    EXPECT_THAT(creating.created().error().message, Not(HasSubstr(canary)));

    PluginUnderTest plugin(entry, host, order(GetParam()));
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::internal);
    EXPECT_EQ(token.error().leg, "provider");
    EXPECT_THAT(token.error().message, HasSubstr("the plugin "));
    const auto assertion = plugin.assertion(mcp_auth::testing::typical_assertion_request());
    ASSERT_FALSE(assertion);
    EXPECT_EQ(assertion.status(), Status::internal);
    EXPECT_TRUE(plugin.expect_no_leak(canary));
    EXPECT_THAT(plugin.violations(), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Kit, KitExceptions,
                         ::testing::Values("throw bad_alloc", "throw logic_error",
                                           "throw runtime_error", "throw exception",
                                           "throw number"),
                         [](const auto& test) {
                             std::string name = test.param;
                             name.erase(std::remove_if(name.begin(), name.end(),
                                                       [](char c) { return !std::isalnum(c); }),
                                        name.end());
                             return name;
                         });

TEST(Kit, AnExceptionIsCalledByItsKind) {
    const auto message = [](const char* how) {
        FakeHost host;
        PluginUnderTest plugin(entry, host, order(how));
        return plugin.acquire(mcp_auth::testing::typical_token_request()).error().message;
    };
    EXPECT_THAT(message("throw bad_alloc"), HasSubstr("memory"));
    EXPECT_THAT(message("throw runtime_error"), HasSubstr("std::runtime_error"));
    EXPECT_THAT(message("throw logic_error"), HasSubstr("std::logic_error"));
    EXPECT_THAT(message("throw number"), HasSubstr("no std::exception"));
}

class KitBadCreate : public ::testing::TestWithParam<const char*> {};
TEST_P(KitBadCreate, IsInternal) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, create(GetParam()));
    EXPECT_EQ(plugin.created().status(), Status::internal);
    EXPECT_THAT(plugin.violations(), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Kit, KitBadCreate,
                         ::testing::Values("null", "fail with ok", "fail with status ok"),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

TEST(Kit, AnErrorWithStatusOkIsInternal) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, order("fail with status ok"));
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    EXPECT_EQ(token.status(), Status::internal);
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST(Kit, SuccessWithoutATokenIsInternal) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, order("empty token"));
    EXPECT_EQ(plugin.acquire(mcp_auth::testing::typical_token_request()).status(),
              Status::internal);
    EXPECT_EQ(plugin.assertion(mcp_auth::testing::typical_assertion_request()).status(),
              Status::internal);
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST(Kit, EveryMemberOfThePluginsErrorReachesTheHost) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, order("fail"));
    Error expected(Status::interaction_required, "exchange", "sign in again");
    expected.oauth_error = "insufficient_user_authentication";
    expected.description = "too long ago";
    expected.acr_values = "urn:example:mfa";
    expected.max_age = std::chrono::seconds(0);
    expected.retry_after = std::chrono::seconds(7);
    expected.http_status = 403;
    expect_same(plugin.acquire(mcp_auth::testing::typical_token_request()).error(), expected);
    expect_same(plugin.assertion(mcp_auth::testing::typical_assertion_request()).error(), expected);
    PluginUnderTest failing(entry, host, create("fail"));
    expect_same(failing.created().error(), expected);
}

TEST(Kit, EveryMemberOfTheHostsErrorReachesThePluginAndComesBack) {
    FakeHost host;
    host.fails(MCP_AUTH_SERVICE_OAUTH, detailed_error());
    PluginUnderTest plugin(entry, host);
    expect_same(plugin.acquire(mcp_auth::testing::typical_token_request()).error(),
                detailed_error());
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST(Kit, AStatusThatTheKitDoesNotKnowIsInternal) {
    FakeHost host;
    host.fails(MCP_AUTH_SERVICE_OAUTH, Error(static_cast<Status>(77), "redemption", "new"));
    PluginUnderTest plugin(entry, host);
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    EXPECT_EQ(token.status(), Status::internal);
    EXPECT_EQ(token.error().message, "new");
}

TEST(Kit, ADurationKeepsItsMeaningAcrossTheAbi) {
    using std::chrono::seconds;
    EXPECT_EQ(detail::to_abi(std::optional<seconds>()), 0) << "a zeroed struct says nothing";
    for (const seconds duration : {seconds(0), seconds(1), seconds(86'400)})
        EXPECT_EQ(detail::duration_from(detail::to_abi(std::optional(duration))), duration);
    EXPECT_EQ(detail::duration_from(std::numeric_limits<std::int64_t>::min()), seconds(0));
    const auto longest = detail::duration_from(std::numeric_limits<std::int64_t>::max());
    EXPECT_GT(std::chrono::milliseconds(*longest), *longest / 2) << "arithmetic with it is safe";
}

TEST(Kit, AFailureThatTheHostDidNotWriteSaysNothing) {
    const auto untouched = detail::sized<mcp_auth_failure>();  // zeros, as the ABI has it
    const Error error = detail::to_error(MCP_AUTH_UNAVAILABLE, untouched);
    EXPECT_EQ(error.status, Status::unavailable);
    EXPECT_EQ(error.max_age, std::nullopt);
    EXPECT_EQ(error.retry_after, std::nullopt);
}

class KitMissingService : public ::testing::TestWithParam<const char*> {};
TEST_P(KitMissingService, IsMisconfiguredAndNamed) {
    FakeHost host;
    host.client("idp", {"idp-client", "https://idp.example"});
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "id token");
    host.peer("other").always(mcp_auth::testing::AssertionAnswer{"peer assertion"});
    host.http().always(mcp_auth::testing::HttpAnswer{200, {{"X", "y"}}});
    host.token_request("idp").always(
        mcp_auth::testing::TokenAnswer::json(R"({"access_token":"t","token_type":"Bearer"})"));
    PluginUnderTest plugin(entry, host, order("ask everything"));
    ASSERT_TRUE(plugin.acquire(mcp_auth::testing::typical_token_request()));

    host.remove(GetParam());
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr(GetParam()));
    EXPECT_THAT(plugin.violations(), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Kit, KitMissingService,
                         ::testing::Values(MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT,
                                           MCP_AUTH_SERVICE_PEER, MCP_AUTH_SERVICE_STORE,
                                           MCP_AUTH_SERVICE_HTTP),
                         [](const auto& test) {
                             const std::string id = test.param;  // mcp.auth.NAME/1
                             return id.substr(9, id.size() - 11);
                         });

TEST(Kit, AMissingBrowserIsMisconfiguredAndNamed) {
    FakeHost host;
    host.remove(MCP_AUTH_SERVICE_BROWSER);
    PluginUnderTest plugin(entry, host, order("browser"));
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr(MCP_AUTH_SERVICE_BROWSER));
}

TEST(Kit, RequireNamesTheFirstServiceThatIsMissing) {
    FakeHost host;
    EXPECT_TRUE(PluginUnderTest(entry, host, create("require")).created());
    host.remove(MCP_AUTH_SERVICE_STORE);
    PluginUnderTest plugin(entry, host, create("require"));
    EXPECT_EQ(plugin.created().status(), Status::misconfigured);
    EXPECT_THAT(plugin.created().error().message, HasSubstr(MCP_AUTH_SERVICE_STORE));
}

TEST(Kit, AHostWithoutAClockIsRefusedAtOnce) {
    FakeHost host;
    host.remove(MCP_AUTH_SERVICE_CLOCK);
    PluginUnderTest plugin(entry, host);
    EXPECT_EQ(plugin.created().status(), Status::misconfigured);
    EXPECT_THAT(plugin.created().error().message, HasSubstr(MCP_AUTH_SERVICE_CLOCK));
}

class KitBadSettings : public ::testing::TestWithParam<const char*> {};
TEST_P(KitBadSettings, AreMisconfigured) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, GetParam());
    EXPECT_EQ(plugin.created().status(), Status::misconfigured);
    EXPECT_EQ(plugin.created().error().leg, "settings");
}
INSTANTIATE_TEST_SUITE_P(Kit, KitBadSettings,
                         ::testing::Values("[]", "{", "null", R"({"a":1,"a":2})"),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

TEST(Kit, NoSettingsAreAnEmptyObject) {
    FakeHost host;
    EXPECT_TRUE(PluginUnderTest(entry, host, "").created());
}

TEST(Kit, EveryMemberOfTheRequestReachesThePlugin) {
    FakeHost host;
    host.set_now(1'600'000'000);
    PluginUnderTest plugin(entry, host, order("echo"));
    host.advance(std::chrono::seconds(5));
    const auto token = plugin.acquire({plugin::Reason::insufficient_scope, "server", "resource",
                                       "issuer", "{}", "a b", "Bearer x=\"y\"", true});
    ASSERT_TRUE(token);
    EXPECT_EQ(token->access_token,
              R"({"reason":3,"server":"server","resource":"resource","issuer":"issuer",)"
              R"("metadata":"{}","scope":"a b","challenge":"Bearer x=\"y\"",)"
              R"("omit_resource":true,"now":1600000005,"created_at":1600000000})");
}

TEST(Kit, AReasonOfALaterHostAsksForAFreshOne) {
    EXPECT_EQ(plugin::detail::reason_from(MCP_AUTH_REASON_FIRST), plugin::Reason::first);
    EXPECT_EQ(plugin::detail::reason_from(MCP_AUTH_REASON_INSUFFICIENT_SCOPE),
              plugin::Reason::insufficient_scope);
    EXPECT_EQ(plugin::detail::reason_from(4), plugin::Reason::rejected);
}

TEST(Kit, ATextThatIsKeptLivesUntilTheHostHasCopiedIt) {
    FakeHost host;
    PluginUnderTest plugin(entry, host, order("short"));  // small buffers move with their string
    const auto token = plugin.acquire(mcp_auth::testing::typical_token_request());
    ASSERT_TRUE(token);
    EXPECT_EQ(token->access_token, "short");
    EXPECT_EQ(token->token_type, "N_A");
}

TEST(Kit, EveryServiceIsReachedWithWhatThePluginSaid) {
    using namespace mcp_auth::testing;
    FakeHost host;
    host.client("idp", {"idp-client", "https://idp.example", "{}", "jkt"});
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "id token", 99);
    host.peer("other").then(AssertionAnswer{"peer assertion", MCP_AUTH_TYPE_ID_JAG});
    host.http().then(HttpAnswer{404, {{"Content-Type", "x/y"}}, "nothing"});
    host.token_request("idp").then(
        TokenAnswer::json(R"({"access_token":"t","token_type":"N_A","scope":"s","expires_in":60,)"
                          R"("issued_token_type":"urn:x"})"));
    PluginUnderTest plugin(entry, host, order("ask everything"));
    const auto token = plugin.acquire(typical_token_request());
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->access_token, "t");
    EXPECT_EQ(token->token_type, "N_A");
    EXPECT_EQ(token->scope, "s");
    EXPECT_EQ(token->expires_at, host.now() + 60);

    const auto client = host.client_requests().at(0);
    EXPECT_EQ(
        client.name + "|" + client.redirect_uri + "|" + client.grant_types + "|" + client.scope,
        "idp|http://127.0.0.1/cb|authorization_code|openid");
    EXPECT_EQ(host.subject_requests().at(0), MCP_AUTH_TYPE_SAML2 " " MCP_AUTH_TYPE_ID_TOKEN);
    const auto peer = host.peer_requests().at(0);
    EXPECT_EQ(peer.audience, "https://idp.example");
    EXPECT_EQ(peer.reason, plugin::Reason::rejected);
    EXPECT_EQ(host.stored("idp", "key")->value, "peer assertion");
    const auto http = host.http_requests().at(0);
    EXPECT_EQ(http.method + "|" + http.url + "|" + http.headers.at(0).second + "|" + http.body,
              "GET|https://keys.example/jwks|x/y|body");
    EXPECT_EQ(host.token_requests("idp").at(0).fields, (NamedTexts{{"a", "1"}, {"a", "2"}}));
    const auto log = host.logs().back();
    EXPECT_EQ(log.level, plugin::Level::debug);
    EXPECT_TRUE(log.in_call);
    EXPECT_EQ(log.fields, (NamedTexts{{"client", "idp-client"},
                                      {"jkt", "jkt"},
                                      {"type", MCP_AUTH_TYPE_ID_TOKEN},
                                      {"loaded", "peer assertion"},
                                      {"http", "x/y"},
                                      {"issued", "urn:x"}}));
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST(Kit, ACallThatIsOverAsksNoServiceAnyMore) {
    for (const auto status : {Status::cancelled, Status::deadline}) {
        FakeHost host;
        host.fails(MCP_AUTH_SERVICE_STORE, Error(status, "store", "it is over"));
        mcp_auth::testing::CallUnderTest call(host);
        EXPECT_EQ((*call).load("mcp", "key").status(), status);
        const auto answer = (*call).token_request("mcp", {{"grant_type", "x"}});
        EXPECT_EQ(answer.status(), status);
        EXPECT_EQ(answer.error().message, "it is over");
        EXPECT_EQ((*call).subject({MCP_AUTH_TYPE_ID_TOKEN}).status(), status);
        EXPECT_THAT(host.token_requests(), IsEmpty());
        EXPECT_THAT(host.subject_requests(), IsEmpty());
        EXPECT_THAT(host.violations(), IsEmpty());
    }
}

TEST(Kit, ACallGoesOnAfterAnyOtherFailure) {
    FakeHost host;
    host.fails(MCP_AUTH_SERVICE_STORE, Error(Status::unavailable, "store", "the disk is full"));
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "token");
    mcp_auth::testing::CallUnderTest call(host);
    EXPECT_FALSE((*call).load("mcp", "key"));
    EXPECT_TRUE((*call).subject({MCP_AUTH_TYPE_ID_TOKEN}));
}

}  // namespace
