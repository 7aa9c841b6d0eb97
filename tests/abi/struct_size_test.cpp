// The host's reading and writing of structs, as its next minor version will have them: longer than
// those of the plugins that are out there.
#include "call.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mcp_auth::host {
namespace {

// mcp_auth_token as 1.1 might have it.
struct GrownToken {
    std::uint32_t struct_size;
    std::uint32_t reserved;
    mcp_auth_str access_token, token_type, scope;
    std::int64_t expires_at;
    mcp_auth_str added;
};
static_assert(offsetof(GrownToken, added) == sizeof(mcp_auth_token));

// What a plugin of 1.0 has in memory, and behind it what is not the host's business.
struct OfAPlugin {
    mcp_auth_token token{};
    mcp_auth_str behind{"behind", 6};
};
template <class T>
T* as(mcp_auth_token* token) {
    return reinterpret_cast<T*>(token);
}

TEST(GrownHost, TakesWhatAnOlderPluginDoesNotKnowAsZero) {
    OfAPlugin of;
    of.token.struct_size = sizeof(mcp_auth_token);
    of.token.scope = MCP_AUTH_LIT("read");
    of.token.expires_at = 5;
    const auto read = read_in(as<const GrownToken>(&of.token));
    EXPECT_EQ(view(read.scope), "read");
    EXPECT_EQ(read.expires_at, 5);
    EXPECT_EQ(read.added.ptr, nullptr);
    EXPECT_EQ(read.added.len, 0u);
}

TEST(GrownHost, WritesNothingBehindAnOlderPluginsStruct) {
    OfAPlugin of;
    of.token.struct_size = sizeof(mcp_auth_token);
    GrownToken full{};
    full.expires_at = 5;
    full.added = MCP_AUTH_LIT("added");
    write_out(full, as<GrownToken>(&of.token));
    EXPECT_EQ(of.token.struct_size, sizeof(mcp_auth_token));
    EXPECT_EQ(of.token.expires_at, 5);
    EXPECT_EQ(view(of.behind), "behind");
}

TEST(GrownHost, ReadsNoFurtherThanItKnowsItself) {
    GrownToken of_a_plugin{};
    of_a_plugin.struct_size = sizeof of_a_plugin;
    of_a_plugin.expires_at = 5;
    of_a_plugin.added = MCP_AUTH_LIT("added");
    const auto read = read_in(reinterpret_cast<const mcp_auth_token*>(&of_a_plugin));
    EXPECT_EQ(read.expires_at, 5);
}

TEST(GrownHost, TakesNothingFromAStructWithoutASize) {
    mcp_auth_token token{};
    token.expires_at = 5;
    EXPECT_EQ(read_in(&token).expires_at, 0);
    mcp_auth_token out{};
    write_out(token, &out);
    EXPECT_EQ(out.expires_at, 0);
}

}  // namespace
}  // namespace mcp_auth::host
