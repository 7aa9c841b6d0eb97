#include "detached_process.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

namespace mcp_auth::host {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

class DetachedProcess : public ::testing::Test {
protected:
    std::string script(const std::string& text) {
        return directory.write("program", "#!/bin/sh\n" + text + "\n", 0755);
    }
    // Blocks until the other side has opened and closed the FIFO.
    static std::string read_all_of(const std::string& path) {
        std::ifstream in(path);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
    std::string fifo(const char* name) {
        auto path = directory / name;
        EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
        return path;
    }
    testing::TemporaryDirectory directory;
};

TEST_F(DetachedProcess, RunsWithItsArgumentsAsTheyAre) {
    const auto out = fifo("out");
    const auto program = script("printf '%s|' \"$@\" > " + out);
    const std::string url = "https://h/?a=$(id)&b=%20 c";
    ASSERT_TRUE(start_detached({program, "-x", url}, milliseconds(0), {}));
    EXPECT_EQ(read_all_of(out), "-x|" + url + "|");
}

TEST_F(DetachedProcess, GoesOnAfterTheCallAndIsNobodysChild) {
    const auto in = fifo("in"), out = fifo("out");
    const auto program = script("read line < " + in + "; echo \"$line\" > " + out);
    ASSERT_TRUE(start_detached({program}, milliseconds(0), {}));
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    std::ofstream(in) << "still here\n";
    EXPECT_EQ(read_all_of(out), "still here\n");
}

TEST_F(DetachedProcess, HasNoDescriptorOfOursAndASessionOfItsOwn) {
    const auto out = fifo("out");
    const int leak = fcntl(0, F_DUPFD, 77);  // without O_CLOEXEC
    const auto program = script("{ ls /proc/self/fd; readlink /proc/self/fd/0; } > " + out);
    ASSERT_TRUE(start_detached({program}, milliseconds(0), {}));
    const auto seen = read_all_of(out);
    close(leak);
    EXPECT_THAT(seen, HasSubstr("/dev/null"));
    EXPECT_THAT(seen, Not(HasSubstr(std::to_string(leak))));
}

TEST_F(DetachedProcess, SaysThatAProgramCannotBeRun) {
    const auto started = start_detached({directory / "nowhere"}, milliseconds(0), {});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().status, Status::unavailable);
    EXPECT_THAT(started.error().message, HasSubstr("cannot be run"));
}

TEST_F(DetachedProcess, SaysThatAProgramFailedAtOnce) {
    const auto started = start_detached({script("exit 3")}, std::chrono::minutes(1), {});
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().message, HasSubstr("failed with exit status 3"));
}

TEST_F(DetachedProcess, TakesAProgramThatEndsWellAsStarted) {
    EXPECT_TRUE(start_detached({script("exit 0")}, std::chrono::minutes(1), {}));
}

TEST_F(DetachedProcess, IsNotWatchedByACallerWhoCancels) {
    Bounds bounds;
    bounds.cancellation.cancel();
    const auto started = start_detached({script("exit 0")}, std::chrono::minutes(1), bounds);
    EXPECT_EQ(started.status(), Status::cancelled);
}

}  // namespace
}  // namespace mcp_auth::host
