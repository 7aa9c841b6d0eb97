// Locks that hold against other processes.
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include "state_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

using namespace std::chrono_literals;

class StateLock : public ::testing::Test {
protected:
    StateLock() { clock.auto_advance(true); }
    // A directory object of its own is what another process has.
    Result<std::shared_ptr<void>> lock(std::chrono::seconds within = 0s) {
        Bounds bounds;
        bounds.deadline = clock.now() + within;
        bounds.cancellation = cancellation;
        return StateDirectory(place).lock("session", clock, bounds);
    }

    ManualClock clock;
    Cancellation cancellation;
    TemporaryDirectory directory;
    const std::string place = directory / "state";
};

TEST_F(StateLock, HasOneHolderAtATime) {
    auto first = lock();
    ASSERT_TRUE(first);
    const auto second = lock(5s);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.status(), Status::deadline);
    EXPECT_EQ(second.error().leg, "state");
    EXPECT_NE(second.error().message.find(place), std::string::npos);
    first->reset();
    EXPECT_TRUE(lock());
}

TEST_F(StateLock, IsGivenUpWhenCancelled) {
    const auto first = lock();
    ASSERT_TRUE(first);
    cancellation.cancel();
    EXPECT_EQ(lock(5s).status(), Status::cancelled);
}

TEST_F(StateLock, LeavesNoFileBehind) {
    auto held = lock();
    ASSERT_TRUE(held);
    EXPECT_FALSE(std::filesystem::is_empty(place));
    held->reset();
    EXPECT_TRUE(std::filesystem::is_empty(place));
}

TEST_F(StateLock, EndsWithTheProcessThatHeldIt) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto held = lock();
        const char said = held ? 'y' : 'n';
        if (::write(ready[1], &said, 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    char said = 0;
    ASSERT_EQ(::read(ready[0], &said, 1), 1);
    EXPECT_EQ(said, 'y');
    EXPECT_EQ(lock(5s).status(), Status::deadline);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_TRUE(lock());
    ::close(ready[0]);
    ::close(ready[1]);
}

// What somebody else put where an entry would be is named, and left alone.
TEST(StateEntries, CannotTakeThePlaceOfADirectory) {
    const TemporaryDirectory directory;
    const std::string place = directory / "state";
    std::filesystem::create_directories(place + "/name/inside");
    std::filesystem::permissions(place, std::filesystem::perms::owner_all);
    const StateDirectory state(place);
    for (const auto& outcome : {state.replace("name", "text"), state.remove("name")}) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().leg, "state");
        EXPECT_THAT(outcome.error().message, HasSubstr(place + "/name: "));
    }
    EXPECT_TRUE(std::filesystem::exists(place + "/name/inside"));
    for (const auto& entry : std::filesystem::directory_iterator(place))
        EXPECT_EQ(entry.path().filename(), "name");  // nothing half-written beside it
}

TEST(StateEntries, CannotBeKeptBelowAFile) {
    const TemporaryDirectory directory;
    const std::string file = directory.write("file", "");
    const auto kept = StateDirectory(file + "/state").replace("name", "text");
    ASSERT_FALSE(kept);
    EXPECT_EQ(kept.status(), Status::misconfigured);
    EXPECT_THAT(kept.error().message, HasSubstr(file + "/state: Not a directory"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
