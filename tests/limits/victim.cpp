// limits_victim DEED WHERE - a host for misdeeds that end a process, or change it. It says
// "answered STATUS" if its caller got an answer, and what became of the process.
#include "limits_fixture.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <thread>

namespace {

using namespace mcp_auth;

std::size_t descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const auto mask = umask(022);
    host::testing::LimitsHost limits({argv[1], argv[2]});
    const auto before = descriptors();
    const auto bad = limits.host->connection("https://bad.example/mcp");
    if (!bad) return 2;
    std::atomic<int> answered{-1};
    bad->authorize_async(
        {}, [&](const Result<AccessToken>& token) { answered = static_cast<int>(token.status()); });
    while (answered < 0) {
        // The plugin has ended the thread that would answer: then the caller's time has to.
        if (std::string_view(argv[1]) == "end_thread")
            limits.clock->advance(std::chrono::seconds(1));
        std::this_thread::yield();
    }
    const bool good = limits.token("good").ok();
    limits.host.reset();
    fmt::print("answered {}{}{}{}", answered.load(), good ? "" : ", others get nothing",
               umask(mask) == 022 ? "" : ", another umask",
               descriptors() + 3 < before ? ", descriptors closed" : "");
    return std::fflush(stdout) == 0 ? 0 : 2;
}
