#include "detached_process.hpp"

#include "io_limit.hpp"
#include "trusted_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

// What the watcher writes: first whether the program runs, then how it ended, if it did in time.
struct Word {
    enum : int { cannot_run, running, exited } what;
    int number;  // errno, or the status of waitpid
};

// Between fork and exec of a process with threads only async-signal-safe calls are allowed: all
// that follows is made of them (signal-safety(7)), and allocates nothing.
void say(int report, int what, int number) noexcept {
    const Word word{static_cast<decltype(Word::what)>(what), number};
    [[maybe_unused]] const ssize_t written = ::write(report, &word, sizeof word);
}

// Leaves `report` as the only descriptor beside the standard streams: whatever else of ours stayed
// open here would stay open for its other end.
int start_clean(int report) noexcept {
    constexpr int kept = 3;
    ::setsid();
    // Where a standard stream was closed, the report may have its number.
    report = ::fcntl(report, F_DUPFD, kept);
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (int stream = 0; stream < kept; ++stream) ::dup2(nowhere, stream);
    ::dup2(report, kept);
    ::close_range(kept + 1, ~0U, 0);
    return kept;
}

// The child: starts the program as its own child, says how that went, and leaves it to init.
[[noreturn]] void watch_over(char* const* argv, int report, int watch_ms) noexcept {
    constexpr int step_ms = 20;
    report = start_clean(report);
    int gate[2];  // closed by a successful exec, else written to
    if (::pipe2(gate, O_CLOEXEC) != 0) {
        say(report, Word::cannot_run, errno);
        ::_exit(1);
    }
    const pid_t program = ::fork();
    if (program == 0) {
        ::fcntl(report, F_SETFD, FD_CLOEXEC);
        ::execve(argv[0], argv, environ);
        const int error = errno;
        [[maybe_unused]] const ssize_t written = ::write(gate[1], &error, sizeof error);
        ::_exit(127);
    }
    ::close(gate[1]);
    int error = program < 0 ? errno : 0;
    if (program < 0 || ::read(gate[0], &error, sizeof error) > 0) {
        say(report, Word::cannot_run, error);
        ::_exit(1);
    }
    say(report, Word::running, 0);
    for (int waited = 0; waited < watch_ms; waited += step_ms) {
        int status = 0;
        if (::waitpid(program, &status, WNOHANG) == program) {
            say(report, Word::exited, status);
            ::_exit(0);
        }
        ::poll(nullptr, 0, step_ms);
    }
    ::_exit(0);
}

Error cannot(const std::string& program, int error) {
    return {Status::unavailable, "",
            program + " cannot be run: " + std::generic_category().message(error)};
}

Result<void> listen(int report, const std::string& program, IoLimit& limit) {
    for (;;) {
        if (auto ready = limit.wait(report, POLLIN); !ready) return ready;
        Word word{};
        const ssize_t got = ::read(report, &word, sizeof word);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < static_cast<ssize_t>(sizeof word)) return {};  // watched long enough
        if (word.what == Word::cannot_run) return cannot(program, word.number);
        if (word.what == Word::running) continue;
        if (WIFEXITED(word.number) && WEXITSTATUS(word.number) == 0) return {};
        return Error(
            Status::unavailable, "",
            program + (WIFEXITED(word.number)
                           ? " failed with exit status " + std::to_string(WEXITSTATUS(word.number))
                           : " was ended by a signal"));
    }
}

}  // namespace

Result<void> start_detached(const std::vector<std::string>& argv, std::chrono::milliseconds watch,
                            const Bounds& bounds) {
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return cannot(argv.front(), errno);
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    // It watches for longer than `watch` only if the machine is slow.
    WakeSignals signals;
    IoLimit limit(bounds, watch + std::chrono::seconds(30), signals, "a program may take to start");
    limit.set_peer(argv.front());

    const pid_t watcher = ::fork();
    if (watcher < 0) return cannot(argv.front(), errno);
    if (watcher == 0) watch_over(arguments.data(), writing.get(), static_cast<int>(watch.count()));
    writing = FileDescriptor();
    auto started = listen(reading.get(), argv.front(), limit);
    // Not the program, which is the watcher's and then init's.
    ::kill(watcher, SIGKILL);
    pid_t answer = 0;
    do {
        answer = ::waitpid(watcher, nullptr, 0);
    } while (answer < 0 && errno == EINTR);
    return started;
}

}  // namespace mcp_auth::host
