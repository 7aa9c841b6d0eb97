// A program run to its end, with what it wrote.
//
//     Subprocess run({MCP_AUTH_COMMAND, "plugins", "--json"}, {"HOME=" + directory});
//     EXPECT_EQ(run.exit_code(), 0) << run.err();
//
// The environment is the given one and PATH, nothing else. start() and finish() apart: to send a
// signal in between. A program that a signal ends has an exit code of 128 and the signal's number.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::testing {

class Subprocess {
public:
    struct Start {};  // Subprocess(Start{}, ...) does not wait

    Subprocess(std::vector<std::string> arguments, std::vector<std::string> environment = {})
        : Subprocess(Start{}, std::move(arguments), std::move(environment)) {
        finish();
    }
    // `out`: a descriptor for its stdout, instead of a pipe that is read. `in`: one for its stdin,
    // instead of /dev/null.
    Subprocess(Start, std::vector<std::string> arguments, std::vector<std::string> environment = {},
               int out = -1, int in = -1) {
        environment.emplace_back("PATH=/usr/bin:/bin");
        int out_pipe[2] = {-1, -1}, err_pipe[2] = {-1, -1};
        if (::pipe2(out_pipe, O_CLOEXEC) != 0 || ::pipe2(err_pipe, O_CLOEXEC) != 0) return;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        if (in < 0)
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        else
            posix_spawn_file_actions_adddup2(&actions, in, 0);
        posix_spawn_file_actions_adddup2(&actions, out < 0 ? out_pipe[1] : out, 1);
        posix_spawn_file_actions_adddup2(&actions, err_pipe[1], 2);
        if (::posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                          pointers(arguments).data(), pointers(environment).data()) != 0)
            pid_ = -1;
        posix_spawn_file_actions_destroy(&actions);
        ::close(out_pipe[1]);
        ::close(err_pipe[1]);
        out_end_ = out_pipe[0];
        err_end_ = err_pipe[0];
    }
    ~Subprocess() {
        if (running()) ::kill(pid_, SIGKILL);
        finish();
        ::close(out_end_);
        ::close(err_end_);
    }
    Subprocess(const Subprocess&) = delete;
    Subprocess& operator=(const Subprocess&) = delete;

    void signal(int number) { ::kill(pid_, number); }

    // Reads stdout until `text` was there, or the end. Whether it was.
    bool wait_for_out(const std::string& text) {
        while (out_.find(text) == std::string::npos)
            if (!read_some(true)) return false;
        return true;
    }
    // The next line of stdout that was not yet asked for; what there is of it, at the end.
    std::string next_line() {
        std::size_t end = 0;
        while ((end = out_.find('\n', asked_)) == std::string::npos)
            if (!read_some(true)) return out_.substr(asked_);
        const auto line = out_.substr(asked_, end - asked_);
        asked_ = end + 1;
        return line;
    }
    void finish() {
        if (!running()) return;
        while (read_some(false)) {
        }
        int status = 0;
        ::waitpid(pid_, &status, 0);
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        done_ = true;
    }

    pid_t pid() const { return pid_; }
    int exit_code() const { return exit_code_; }
    const std::string& out() const { return out_; }
    const std::string& err() const { return err_; }

private:
    bool running() const { return pid_ > 0 && !done_; }

    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> all;
        all.reserve(texts.size() + 1);
        for (std::string& text : texts) all.push_back(text.data());
        all.push_back(nullptr);
        return all;
    }
    // False when there will be no more: of both, or of stdout alone.
    bool read_some(bool out_alone) {
        pollfd ends[2] = {{out_open_ ? out_end_ : -1, POLLIN, 0},
                          {err_open_ ? err_end_ : -1, POLLIN, 0}};
        if (!out_open_ && (out_alone || !err_open_)) return false;
        if (::poll(ends, 2, -1) < 0) return true;
        take(ends[0], out_, out_open_);
        take(ends[1], err_, err_open_);
        return out_alone ? out_open_ : out_open_ || err_open_;
    }
    static void take(const pollfd& end, std::string& text, bool& open) {
        if (end.revents == 0) return;
        char piece[4096];
        const ssize_t size = ::read(end.fd, piece, sizeof piece);
        if (size > 0)
            text.append(piece, static_cast<std::size_t>(size));
        else
            open = false;
    }

    pid_t pid_ = -1;
    int out_end_ = -1, err_end_ = -1;
    bool out_open_ = true, err_open_ = true;
    bool done_ = false;
    int exit_code_ = -1;
    std::string out_, err_;
    std::size_t asked_ = 0;  // of out_
};

}  // namespace mcp_auth::testing
