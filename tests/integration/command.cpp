#include "command.hpp"

#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace mcp_auth::integration {

namespace {

// Reads both pipes to their ends, so that neither can fill up and stop the command.
void drain(std::array<int, 2> from, std::array<std::string*, 2> into) {
    std::array<pollfd, 2> polled{{{from[0], POLLIN, 0}, {from[1], POLLIN, 0}}};
    int open = 2;
    while (open > 0) {
        if (poll(polled.data(), polled.size(), -1) < 0) return;
        for (std::size_t i = 0; i < polled.size(); ++i) {
            if (polled[i].fd < 0 || polled[i].revents == 0) continue;
            std::array<char, 4096> bytes{};
            const auto count = read(polled[i].fd, bytes.data(), bytes.size());
            if (count <= 0) {
                polled[i].fd = -1;
                --open;
                continue;
            }
            into[i]->append(bytes.data(), static_cast<std::size_t>(count));
        }
    }
}

}  // namespace

Outcome run_command(const std::vector<std::string>& arguments,
                    const std::vector<std::pair<std::string, std::string>>& environment) {
    std::array<int, 2> out{}, err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) return {};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);

    const host::testing::TemporaryDirectory state;
    std::vector<std::string> variables{"PATH=/usr/bin:/bin", "HOME=/nonexistent"};
    if (std::none_of(environment.begin(), environment.end(),
                     [](const auto& given) { return given.first == "XDG_STATE_HOME"; }))
        variables.push_back("XDG_STATE_HOME=" + state.path());
    for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
    for (const auto* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name))
            variables.push_back(std::string(name) + "=" + value);
    }
    std::vector<char*> argv, envp;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    for (const auto& variable : variables) envp.push_back(const_cast<char*>(variable.c_str()));
    argv.push_back(nullptr);
    envp.push_back(nullptr);

    Outcome outcome;
    pid_t pid = 0;
    const int spawned = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    if (spawned == 0) {
        drain({out[0], err[0]}, {&outcome.out, &outcome.err});
        int status = 0;
        waitpid(pid, &status, 0);
        outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    close(out[0]);
    close(err[0]);
    return outcome;
}

}  // namespace mcp_auth::integration
