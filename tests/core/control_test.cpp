// What the host never does at once with one library (H2).
#include "core_fixture.hpp"

#include <atomic>
#include <thread>

namespace mcp_auth::host::testing {
namespace {

using ControlTest = CoreTest;

TEST_F(ControlTest, TwoHostsCreateProvidersOfOneLibraryOneAfterTheOther) {
    std::atomic<int> inside{0}, most{0};
    grant.created = [&] {
        ++inside;
        // Time for the other to come in.
        for (int n = 0; n < 10'000 && inside < 2; ++n) std::this_thread::yield();
        if (inside > most) most = inside.load();
        --inside;
    };
    Host one = open();
    Host other = open();
    std::atomic<bool> begun{false};
    std::thread beside([&] {
        begun = true;
        EXPECT_TRUE(other.connection(server));
    });
    while (!begun) std::this_thread::yield();
    EXPECT_TRUE(one.connection(server));
    beside.join();
    EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace mcp_auth::host::testing
