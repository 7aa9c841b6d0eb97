// What one process cannot keep a plugin from, shown as well: plugin_api/README.md says so.
#include "cli/subprocess.hpp"
#include "limits_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace mcp_auth::host::testing {
namespace {

struct Deed {
    std::string deed;
    std::string leaves;  // what the host still says; nothing: it is gone
};

TEST(LimitsOfAPlugin, WhatOneProcessCannotContainIsWhatIsSaidToBe) {
    fmt::print("  {:<20} {}\n", "misdeed", "leaves");
    for (const auto& [deed, leaves] :
         {Deed{"abort", ""}, Deed{"exit", ""}, Deed{"segfault", ""}, Deed{"recurse", ""},
          // The thread is gone for good, and the caller is told when time is up.
          Deed{"end_thread", "answered 9"}, Deed{"umask", "answered 0, another umask"},
          Deed{"close_descriptors", "answered 0, descriptors closed"}}) {
        SCOPED_TRACE(deed);
        const mcp_auth::testing::Subprocess victim({VICTIM, deed, "acquire"}, {});
        EXPECT_EQ(victim.out(), leaves) << victim.err();
        EXPECT_EQ(victim.exit_code() == 0, !leaves.empty()) << victim.exit_code();
        fmt::print("  {:<20} {}\n", deed, leaves.empty() ? "nothing: it ends" : leaves);
    }
}

// A [control] function has no deadline, and there is nobody else to run the next one.
TEST(LimitsOfAPlugin, WhoeverCreatesOrDestroysWaitsForIt) {
    for (const std::string where : {"create", "destroy", "acquire"}) {
        SCOPED_TRACE(where);
        LimitsHost limits({"overrun", where});
        const auto good = limits.host->connection("https://good.example/mcp");
        ASSERT_TRUE(good);
        if (where == "destroy") {
            EXPECT_TRUE(limits.token("bad"));
        }
        // Begun for a caller who does not wait; the host's end does.
        const auto bad = where == "acquire" ? limits.host->connection("https://bad.example/mcp")
                                            : Result<Connection>(Error{});
        if (bad) {
            bad->authorize_async({}, [](const Result<AccessToken>&) {});
            EXPECT_EQ(limits.told.read(1), "i");  // else it is not begun any more
        }
        std::atomic<bool> over{false};
        std::thread waits([&] {
            if (where == "create")
                (void)limits.token("bad");
            else
                limits.host.reset();
            over = true;
        });
        if (!bad) {
            EXPECT_EQ(limits.told.read(1), "i");
        }
        EXPECT_FALSE(over);
        if (where == "create") {  // who has a connection goes on
            EXPECT_TRUE(good->token());
        }
        limits.go.write('g');
        waits.join();
        fmt::print("  {:<20} {}\n", where + " overruns",
                   where == "create" ? "connection() waits" : "close() waits");
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
