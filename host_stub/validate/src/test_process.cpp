#include "test_process.hpp"

#include "build_kind.hpp"
#include "system_calls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace mcp_auth::validate {
namespace {

constexpr rlim_t most_output = 64u << 20;  // of one file that a test writes
constexpr int journal_number = 3;

std::string read_all(int descriptor, std::size_t most) {
    std::string text(most, '\0');
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

void limit(int resource, rlim_t most) {
    const rlimit limits{most, most};
    (void)::setrlimit(static_cast<__rlimit_resource_t>(resource), &limits);
}

// From here on nothing that the plugin does reaches the report, the terminal, or our other files.
void be_apart(int journal, int output) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, most_output);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int kept = ::fcntl(journal, F_DUPFD, 16);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::dup2(kept, journal_number);
    ::close_range(journal_number + 1, ~0u, 0);
}

// The one line in which a sanitizer says what it found; empty if there is none.
std::string sanitizer_summary(const std::string& output) {
    for (const std::string_view sign : {"SUMMARY: ", "runtime error: "}) {
        const std::size_t at = output.find(sign);
        if (at != std::string::npos) return output.substr(at, output.find('\n', at) - at);
    }
    return {};
}

}  // namespace

TestProcess::TestProcess(const Work& work, std::chrono::milliseconds limit, bool ends_normally)
    : journal_(::memfd_create("journal", MFD_CLOEXEC)),
      output_(::memfd_create("output", MFD_CLOEXEC)),
      limit_(limit) {
    if (journal_ < 0 || output_ < 0) return;
    std::fflush(nullptr);  // what is buffered is ours to write, not the child's as well
    child_ = ::fork();
    if (child_ != 0) return;
    be_apart(journal_, output_);
    forget_leaks_of_the_parent();
    work(Journal(journal_number));
    if (ends_normally) std::exit(0);  // NOLINT(concurrency-mt-unsafe): what is tested
    ::_exit(0);
}

TestProcess::~TestProcess() {
    if (child_ > 0) {
        kill();
        ::waitpid(child_, &status_, 0);
    }
    if (journal_ >= 0) ::close(journal_);
    if (output_ >= 0) ::close(output_);
}

// With what it has started itself.
void TestProcess::kill() {
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
}

bool TestProcess::ended() {
    if (child_ <= 0) return true;
    const pid_t got = ::waitpid(child_, &status_, WNOHANG);
    took_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
    if (got == 0 && took_ > limit_ && !std::exchange(over_time_, true)) kill();
    if (got == 0) return false;
    ::kill(-child_, SIGKILL);  // what it has left behind
    child_ = 0;
    return true;
}

std::string TestProcess::output() const {
    return read_all(output_, 64 * 1024);
}

Verdict TestProcess::verdict() const {
    if (child_ < 0) return Verdict::skip("no process could be started for it");
    const Account account = Account::read(read_all(journal_, 1 << 20));
    const std::string when = account.doing.empty() ? "" : " while " + account.doing;
    if (account.forbidden)
        return Verdict::fail("it called " + name_of_system_call(*account.forbidden) + when);
    if (over_time_)
        return Verdict::fail("it was not done after " + std::to_string(limit_.count() / 1000) +
                             " s and was stopped" + when);
    const std::string summary = sanitizer_summary(output());
    if (WIFSIGNALED(status_)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status_));
        return Verdict::fail("it crashed with SIG" + std::string(name ? name : "?") + when +
                             (summary.empty() ? "" : " (" + summary + ")"));
    }
    const int code = WEXITSTATUS(status_);
    if (code != 0 && !summary.empty())
        return Verdict::fail("a sanitizer stopped it" + when + ": " + summary);
    if (code != 0 || !account.verdict)
        return Verdict::fail("it ended the process with exit code " + std::to_string(code) + when);
    if (!account.strays.empty() && account.verdict->outcome == Outcome::passed)
        return Verdict::fail("it called " + account.strays.front() +
                             " when none of its functions ran: from a thread of its own, a static "
                             "destructor or atexit");
    return *account.verdict;
}

}  // namespace mcp_auth::validate
