// Reading a secret from where it is kept.
#include "../support/temporary_directory.hpp"

#include "secret_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using From = SecretReference::From;
using Clock = std::chrono::steady_clock;

SecretReference reference(From from, std::string name) {
    SecretReference reference;
    reference.from = from;
    if (from == From::literal)
        reference.literal = Secret(std::move(name));
    else
        reference.name = std::move(name);
    return reference;
}

SecretReference command(std::vector<std::string> argv) {
    SecretReference reference;
    reference.from = From::command;
    reference.command = std::move(argv);
    return reference;
}
SecretReference shell(const std::string& script) {
    return command({"/bin/sh", "-c", script});
}

class SecretReading : public ::testing::Test {
protected:
    Result<Secret> read(const SecretReference& from) {
        return read_secret(from, "client secret of \"mcp\"", "redemption", bounds);
    }
    std::string text(const SecretReference& from) {
        const auto secret = read(from);
        return secret ? std::string(secret->reveal()) : "error: " + secret.error().message;
    }
    // Asserts status and leg, and that neither the message nor anything else has the canary.
    std::string fault(const SecretReference& from, Status status = Status::misconfigured) {
        const auto secret = read(from);
        if (secret) {
            ADD_FAILURE() << "a secret was read";
            return {};
        }
        EXPECT_EQ(secret.status(), status) << secret.error().message;
        EXPECT_EQ(secret.error().leg, "redemption");
        EXPECT_THAT(secret.error().message, StartsWith("client secret of \"mcp\": "));
        EXPECT_THAT(secret.error().message, Not(HasSubstr("canary")));
        return secret.error().message;
    }

    TemporaryDirectory directory;
    Bounds bounds{Clock::now() + std::chrono::seconds(60), {}};
};

TEST_F(SecretReading, TakesALiteral) {
    EXPECT_EQ(text(reference(From::literal, "abc")), "abc");
}

TEST_F(SecretReading, TakesAVariable) {
    ::setenv("MCP_AUTH_TEST_SECRET", "abc", 1);
    EXPECT_EQ(text(reference(From::env, "MCP_AUTH_TEST_SECRET")), "abc");
    ::setenv("MCP_AUTH_TEST_SECRET", "def", 1);  // each time anew
    EXPECT_EQ(text(reference(From::env, "MCP_AUTH_TEST_SECRET")), "def");
    ::setenv("MCP_AUTH_TEST_SECRET", "", 1);
    EXPECT_THAT(fault(reference(From::env, "MCP_AUTH_TEST_SECRET")), HasSubstr("empty"));
    ::unsetenv("MCP_AUTH_TEST_SECRET");
    EXPECT_THAT(fault(reference(From::env, "MCP_AUTH_TEST_SECRET")),
                HasSubstr("MCP_AUTH_TEST_SECRET is not set"));
}

TEST_F(SecretReading, RefusesAVariableThatIsTooLong) {
    ::setenv("MCP_AUTH_TEST_SECRET", ("canary" + std::string(64 * 1024, 'x')).c_str(), 1);
    EXPECT_THAT(fault(reference(From::env, "MCP_AUTH_TEST_SECRET")),
                HasSubstr("MCP_AUTH_TEST_SECRET is longer than 64 KiB"));
    ::unsetenv("MCP_AUTH_TEST_SECRET");
}

TEST_F(SecretReading, TakesAFileAnewEachTime) {
    const auto path = directory.write("secret", "one");
    EXPECT_EQ(text(reference(From::file, path)), "one");
    directory.write("secret", "two");
    EXPECT_EQ(text(reference(From::file, path)), "two");
}

TEST_F(SecretReading, DropsOneNewlineAtTheEndAndNothingElse) {
    EXPECT_EQ(text(reference(From::file, directory.write("a", " x \n"))), " x ");
    EXPECT_EQ(text(reference(From::file, directory.write("b", "x\r\n"))), "x");
    EXPECT_EQ(text(reference(From::file, directory.write("c", "x\n\n"))), "x\n");
}

TEST_F(SecretReading, FollowsALinkToAFileThatOthersMayRead) {
    // As mounted Kubernetes secrets are.
    directory.write("..data/secret", "abc", 0644);
    ::symlink("..data/secret", (directory / "secret").c_str());
    EXPECT_EQ(text(reference(From::file, directory / "secret")), "abc");
}

TEST_F(SecretReading, RefusesAFileThatOthersCanWrite) {
    const auto path = directory.write("secret", "canary", 0606);
    EXPECT_THAT(fault(reference(From::file, path)), HasSubstr(path + ": everyone can write"));
}

TEST_F(SecretReading, RefusesAFileThatIsMissingEmptyTooLargeOrNoFile) {
    EXPECT_THAT(fault(reference(From::file, directory / "none")), HasSubstr("No such file"));
    EXPECT_THAT(fault(reference(From::file, directory.write("e", ""))), HasSubstr("empty"));
    EXPECT_THAT(fault(reference(From::file, directory.write("n", "\n"))), HasSubstr("empty"));
    EXPECT_THAT(fault(reference(From::file, directory.path())), HasSubstr("not a regular file"));
    ::mkfifo((directory / "fifo").c_str(), 0600);
    EXPECT_THAT(fault(reference(From::file, directory / "fifo")), HasSubstr("not a regular file"));
    const std::string most(64 * 1024, 'x');
    EXPECT_EQ(text(reference(From::file, directory.write("most", most))), most);
    EXPECT_THAT(fault(reference(From::file, directory.write("more", most + "canary"))),
                HasSubstr("larger than 64 KiB"));
}

TEST_F(SecretReading, ReadsNothingOfASessionOrOfTheApplications) {
    for (const auto from : {From::session, From::application, From::none})
        EXPECT_THAT(fault(reference(from, "work")), HasSubstr("none is configured"));
}

TEST_F(SecretReading, TakesWhatACommandPrints) {
    EXPECT_EQ(text(command({"/bin/echo", "a b", "$HOME;x"})), "a b $HOME;x");  // no shell
    EXPECT_EQ(text(shell("printf x; exec >&-; sleep 0.01")), "x");  // closes its output, then exits
}

TEST_F(SecretReading, GivesACommandNothingToReadAndNowhereToComplain) {
    EXPECT_EQ(text(shell("cat; echo canary >&2; printf ok")), "ok");
}

TEST_F(SecretReading, LeavesNoDescriptorToACommand) {
    EXPECT_EQ(text(shell("ls /proc/self/fd | tr '\\n' ' '")),
              "0 1 2 3 ");  // 3 is that of ls itself
}

TEST_F(SecretReading, RefusesACommandThatFails) {
    EXPECT_THAT(fault(shell("echo canary; exit 7")), HasSubstr("exit status 7"));
    EXPECT_THAT(fault(shell("echo canary; kill -9 $$")), HasSubstr("signal 9"));
    EXPECT_THAT(fault(command({"/nonexistent/get-token"})), HasSubstr("/nonexistent/get-token"));
    EXPECT_THAT(fault(command({})), HasSubstr("empty"));
    EXPECT_THAT(fault(shell("exit 0")), HasSubstr("empty"));
}

// Then nobody can tell whether the command succeeded.
TEST_F(SecretReading, RefusesACommandWhoseEndTheApplicationTakesForItself) {
    struct sigaction former {
    }, ignored{};
    ignored.sa_handler = SIG_IGN;
    ASSERT_EQ(::sigaction(SIGCHLD, &ignored, &former), 0);
    EXPECT_THAT(fault(shell("echo canary")), HasSubstr("the application ignores SIGCHLD"));
    ASSERT_EQ(::sigaction(SIGCHLD, &former, nullptr), 0);
}

TEST_F(SecretReading, RefusesACommandThatPrintsTooMuch) {
    EXPECT_THAT(fault(shell("while :; do echo canarycanarycanary; done")),
                HasSubstr("more than 64 KiB"));
}

// The process that wrote its id to `file` is gone, zombies aside.
void expect_killed(const std::string& file) {
    pid_t pid = 0;
    std::ifstream(file) >> pid;
    ASSERT_GT(pid, 0);
    for (int i = 0; i < 500; ++i) {  // the kernel may still be at it
        std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
        std::string id, name, state;
        if (!(stat >> id >> name >> state) || state == "Z") return;
        std::this_thread::yield();
        ::usleep(1000);
    }
    ADD_FAILURE() << "process " << pid << " survived";
}

TEST_F(SecretReading, KillsACommandAtTheDeadlineWithItsChildren) {
    const auto file = directory / "pid";
    bounds.deadline = Clock::now() + std::chrono::milliseconds(300);
    fault(shell("sleep 1000 & echo $! > " + file + ".new; mv " + file + ".new " + file +
                "; echo canary; wait"),
          Status::deadline);
    expect_killed(file);
}

TEST_F(SecretReading, KillsACommandThatClosedItsOutputAndStays) {
    bounds.deadline = Clock::now() + std::chrono::milliseconds(100);
    fault(shell("exec >&-; sleep 1000"), Status::deadline);
}

TEST_F(SecretReading, KillsACommandWhenItIsCancelled) {
    const auto file = directory / "pid";
    std::atomic<bool> done{false};
    std::thread canceller([&] {
        while (!std::filesystem::exists(file) && !done) ::usleep(1000);
        bounds.cancellation.cancel();
    });
    fault(shell("sleep 1000 & echo $! > " + file + ".new; mv " + file + ".new " + file + "; wait"),
          Status::cancelled);
    done = true;
    canceller.join();
    expect_killed(file);
}

TEST_F(SecretReading, KillsWhatASuccessfulCommandLeavesBehind) {
    const auto file = directory / "pid";
    EXPECT_EQ(text(shell("sleep 1000 >&- & echo $! > " + file + "; echo ok")), "ok");
    expect_killed(file);
}

TEST_F(SecretReading, ReadsNothingWhenAlreadyCancelled) {
    bounds.cancellation.cancel();
    fault(reference(From::literal, "canary"), Status::cancelled);
    fault(command({"/bin/touch", directory / "ran"}), Status::cancelled);
    EXPECT_FALSE(std::filesystem::exists(directory / "ran"));
}

TEST_F(SecretReading, StartsNothingAfterTheDeadline) {
    bounds.deadline = Clock::now() - std::chrono::seconds(1);
    fault(command({"/bin/touch", directory / "ran"}), Status::deadline);
    EXPECT_FALSE(std::filesystem::exists(directory / "ran"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
