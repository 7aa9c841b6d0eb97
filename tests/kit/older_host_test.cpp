// Structs of another minor version: struct_size says what the other side knows.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/testing.hpp>
#include <optional>
#include <string>

#include "obedient_plugin.hpp"

namespace {

using namespace mcp_auth;

// A host that is nothing but tables; a call is the place where its sink puts the token.
struct Caught {
    std::optional<std::string> token;
    static void take(mcp_auth_call* call, const mcp_auth_token* token) {
        reinterpret_cast<Caught*>(call)->token = std::string(detail::view(token->access_token));
    }
    static void take_assertion(mcp_auth_call*, const mcp_auth_assertion*) {}
    static void take_failure(mcp_auth_call*, const mcp_auth_failure*) {}
};
constexpr mcp_auth_results sinks{&Caught::take, &Caught::take_assertion, &Caught::take_failure};

struct BareHost : mcp_auth_host {
    BareHost() : mcp_auth_host{&find} {}
    static const void* find(const mcp_auth_host*, mcp_auth_str id) {
        static constexpr mcp_auth_clock_v1 clock{
            [](mcp_auth_call*) -> std::int64_t { return 5; },
            [](mcp_auth_call*) -> std::int64_t { return 5; },
            [](mcp_auth_call*, void*, std::size_t) {},
            [](mcp_auth_call*, std::int64_t, mcp_auth_failure*) { return MCP_AUTH_OK; }};
        static constexpr mcp_auth_log_v1 log{
            [](mcp_auth_call*, std::uint32_t, mcp_auth_str, mcp_auth_fields) {}};
        if (detail::view(id) == MCP_AUTH_SERVICE_CLOCK) return &clock;
        if (detail::view(id) == MCP_AUTH_SERVICE_LOG) return &log;
        return nullptr;
    }
};

mcp_auth_instance instance_of(std::string_view settings) {
    auto instance = detail::sized<mcp_auth_instance>();
    instance.name = detail::to_abi("acme");
    instance.settings = detail::to_abi(settings);
    return instance;
}

TEST(OlderHost, MembersThatItDoesNotKnowAreTakenAsAbsent) {
    const BareHost host;
    const auto instance = instance_of(R"({"do":"echo"})");
    mcp_auth_provider* provider = nullptr;
    ASSERT_EQ(mcp_auth_plugin_entry_v1()->create(&host, &instance, &provider, nullptr),
              MCP_AUTH_OK);
    const auto* role = static_cast<const mcp_auth_token_role_v1*>(
        provider->extension(provider, MCP_AUTH_LIT(MCP_AUTH_ROLE_TOKEN)));

    auto request = detail::sized<mcp_auth_token_request>();
    request.struct_size = offsetof(mcp_auth_token_request, scope);
    request.server = detail::to_abi("https://mcp.example");
    request.scope = {reinterpret_cast<const char*>(1), 99};  // not to be read
    request.flags = MCP_AUTH_REQUEST_OMIT_RESOURCE;
    Caught caught;
    EXPECT_EQ(role->acquire(provider, reinterpret_cast<mcp_auth_call*>(&caught), &request, &sinks),
              MCP_AUTH_OK);
    provider->destroy(provider);

    ASSERT_TRUE(caught.token);
    const auto seen = json::parse(*caught.token);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->string("server"), "https://mcp.example");
    EXPECT_EQ(seen->string("scope"), "");
    EXPECT_EQ(seen->find("omit_resource")->as_bool(), false);
}

TEST(OlderHost, AStructToBeFilledInIsNotWrittenPastItsSize) {
    mcp_auth::testing::FakeHost host;
    const auto instance = instance_of(R"({"create":"fail"})");
    mcp_auth_provider* provider = nullptr;
    mcp_auth_failure failure;
    std::memset(&failure, 0x5A, sizeof failure);
    failure.struct_size = offsetof(mcp_auth_failure, oauth_error);
    EXPECT_EQ(mcp_auth_plugin_entry_v1()->create(host.raw(), &instance, &provider, &failure),
              MCP_AUTH_INTERACTION_REQUIRED);
    EXPECT_EQ(provider, nullptr);
    EXPECT_EQ(failure.struct_size, offsetof(mcp_auth_failure, oauth_error));
    EXPECT_EQ(failure.status, MCP_AUTH_INTERACTION_REQUIRED);
    EXPECT_EQ(detail::view(failure.message), "sign in again");
    const auto* bytes = reinterpret_cast<const unsigned char*>(&failure);
    for (std::size_t i = failure.struct_size; i < sizeof failure; ++i) ASSERT_EQ(bytes[i], 0x5A);
}

TEST(OlderHost, ANewerOnesLongerStructIsReadAsFarAsItIsKnown) {
    struct Longer {
        mcp_auth_instance known;
        std::uint64_t more;
    } longer{instance_of("{}"), 42};
    longer.known.struct_size = sizeof longer;
    const auto seen = detail::read(&longer.known);
    EXPECT_EQ(seen.struct_size, sizeof(mcp_auth_instance)) << "not what lies behind our own struct";
    EXPECT_EQ(detail::view(seen.name), "acme");
}

TEST(OlderHost, NothingIsTakenFromAStructWithoutASize) {
    auto instance = instance_of("{}");
    instance.struct_size = 0;
    EXPECT_EQ(detail::read(&instance).name.len, 0u);
    EXPECT_EQ(detail::read<mcp_auth_instance>(nullptr).name.len, 0u);
}

TEST(OlderHost, TheStringsOfCreatesFailureOutliveTheCallsBetween) {
    mcp_auth::testing::FakeHost host;
    const auto bad = instance_of(R"({"create":"fail"})");
    mcp_auth_provider* provider = nullptr;
    auto failure = detail::sized<mcp_auth_failure>();
    mcp_auth::testing::PluginUnderTest running(&mcp_auth_plugin_entry_v1, host, R"({"do":"fail"})");
    ASSERT_NE(mcp_auth_plugin_entry_v1()->create(host.raw(), &bad, &provider, &failure),
              MCP_AUTH_OK);
    (void)running.acquire(
        mcp_auth::testing::typical_token_request());  // [any]: must not touch them
    EXPECT_EQ(detail::view(failure.message), "sign in again");
    EXPECT_EQ(detail::view(failure.oauth_error), "insufficient_user_authentication");
}

}  // namespace
