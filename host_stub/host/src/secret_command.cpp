#include "secret_command.hpp"

#include "trusted_file.hpp"

#include <mcp_auth/secret.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

using std::chrono::milliseconds;

constexpr auto default_limit = std::chrono::seconds(30);
// Between two looks at a program that has closed its output and not exited yet.
constexpr milliseconds exit_poll{5};

Error refuse(std::string message) {
    return {Status::misconfigured, "", std::move(message)};
}
Error failed(const char* what, int error) {
    return refuse(std::string(what) + ": " + std::generic_category().message(error));
}

// posix_spawn's descriptions of what the child starts with.
class SpawnSetup {
public:
    SpawnSetup() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;
    ~SpawnSetup() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    // 0 or an error number, as all of posix_spawn has it.
    int run(const std::vector<std::string>& argv, int output, pid_t& pid) {
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        const int flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        for (const int error :
             {::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0),
              ::posix_spawn_file_actions_adddup2(&actions_, output, 1),
              ::posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0),
              ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3),
              ::posix_spawnattr_setpgroup(&attributes_, 0),
              ::posix_spawnattr_setsigmask(&attributes_, &none),
              ::posix_spawnattr_setsigdefault(&attributes_, &all),
              ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags))})
            if (error != 0) return error;
        std::vector<char*> arguments;
        arguments.reserve(argv.size() + 1);
        for (const std::string& argument : argv)
            arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        return ::posix_spawn(&pid, argv.front().c_str(), &actions_, &attributes_, arguments.data(),
                             environ);
    }

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

// A child and its process group. Whatever way we leave, none of it survives.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ > 0) reap();
    }

    // Leaves the child as a zombie, so that its process group's id is not given to anyone else.
    bool exited() const {
        siginfo_t info = {};
        const int answer =
            ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
        return (answer == 0 && info.si_pid == pid_) || (answer != 0 && errno == ECHILD);
    }

    // The exit status as wait has it; -1 where the application reaps all children itself.
    int reap() {
        ::kill(-pid_, SIGKILL);
        int status = -1;
        pid_t answer = 0;
        do {
            answer = ::waitpid(pid_, &status, 0);
        } while (answer < 0 && errno == EINTR);
        const bool known = answer == pid_;
        pid_ = -1;
        return known ? status : -1;
    }

private:
    pid_t pid_;
};

struct Limits {
    Deadline deadline;
    const Bounds& bounds;
    const FileDescriptor& wake;

    Result<void> check() const {
        if (bounds.cancellation.cancelled()) return Error(Status::cancelled, "", "cancelled");
        if (std::chrono::steady_clock::now() >= deadline)
            return Error(Status::deadline, "", "the command did not end in time");
        return {};
    }

    // Until `output` has something to say, the cancellation, or `at_most`.
    Result<void> wait(int output, milliseconds at_most) const {
        if (auto within = check(); !within) return within;
        const auto left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd waited[] = {{wake.get(), POLLIN, 0}, {output, POLLIN, 0}};
        ::poll(waited, output < 0 ? 1 : 2,
               static_cast<int>(std::clamp(left, milliseconds(0), at_most).count()));
        return check();
    }
};

Result<std::string> read_output(int output, const Limits& limits) {
    std::string text;
    text.resize(max_secret_bytes + 1);  // never grows: no copy of a secret is left behind (L5)
    std::size_t have = 0;
    Result<void> within;
    while ((within = limits.wait(output, std::chrono::seconds(1)))) {
        const ssize_t got = ::read(output, text.data() + have, text.size() - have);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) within = failed("its output cannot be read", errno);
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
        if (have <= max_secret_bytes) continue;
        within = refuse("the command wrote more than 64 KiB");
        break;
    }
    if (!within) {
        wipe(text);
        return within.error();
    }
    text.resize(have);
    return text;
}

Result<void> await_exit(Child& child, const Limits& limits) {
    while (!child.exited())
        if (auto within = limits.wait(-1, exit_poll); !within) return within;
    const int status = child.reap();
    if (status == -1)
        return refuse("the command's exit status is unknown: the application ignores SIGCHLD");
    if (WIFSIGNALED(status))
        return refuse("the command was ended by signal " + std::to_string(WTERMSIG(status)));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return refuse("the command failed with exit status " + std::to_string(WEXITSTATUS(status)));
    return {};
}

}  // namespace

Result<std::string> run_secret_command(const std::vector<std::string>& argv, const Bounds& bounds) {
    if (argv.empty()) return refuse("the command is empty");
    FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    int ends[2] = {-1, -1};
    if (!wake || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return failed("no descriptors for the command", errno);
    FileDescriptor reading(ends[0]), writing(ends[1]);
    // The program expects to be able to write all at once.
    if (::fcntl(writing.get(), F_SETFL, 0) != 0) return failed("the command's pipe", errno);

    const auto subscription = bounds.cancellation.on_cancel([fd = wake.get()] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
    });
    Limits limits{bounds.deadline, bounds, wake};
    if (limits.deadline == Deadline{})
        limits.deadline = std::chrono::steady_clock::now() + default_limit;

    if (auto within = limits.check(); !within) return within.error();
    pid_t pid = -1;
    SpawnSetup setup;
    if (const int error = setup.run(argv, writing.get(), pid); error != 0)
        return failed(("the command " + argv.front() + " cannot be run").c_str(), error);
    Child child(pid);
    writing = FileDescriptor();
    auto text = read_output(reading.get(), limits);
    if (!text) return text;
    if (auto exit = await_exit(child, limits); !exit) {
        wipe(*text);
        return exit.error();
    }
    return text;
}

}  // namespace mcp_auth::host
