#include "process_state.hpp"

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace mcp_auth::validate {
namespace {

namespace fs = std::filesystem;

// The names in a directory of /proc that are numbers, but for the one that reading it opens.
std::vector<int> numbers_in(const char* path) {
    std::vector<int> numbers;
    DIR* directory = ::opendir(path);
    if (directory == nullptr) return numbers;
    const int own = ::dirfd(directory);
    while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
        char* end = nullptr;
        const long number = std::strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0' && number != own)
            numbers.push_back(static_cast<int>(number));
    }
    ::closedir(directory);
    return numbers;
}

std::string umask_of_process() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("Umask:", 0) == 0) return line.substr(6);
    return {};
}

std::uintptr_t handler_of(int signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) != 0) return 0;
    return reinterpret_cast<std::uintptr_t>(action.sa_handler);
}

}  // namespace

std::map<int, std::string> open_descriptors() {
    std::map<int, std::string> open;
    for (const int number : numbers_in("/proc/self/fd")) {
        std::error_code gone;
        const fs::path leads = fs::read_symlink("/proc/self/fd/" + std::to_string(number), gone);
        if (!gone) open.emplace(number, leads.string());
    }
    return open;
}

std::string descriptors_left(const std::map<int, std::string>& before,
                             const std::map<int, std::string>& after) {
    std::string left;
    for (const auto& [number, leads] : after) {
        const auto known = before.find(number);
        if (known != before.end() && known->second == leads) continue;
        left += (left.empty() ? "" : ", ") + std::to_string(number) + " (" + leads + ")";
    }
    return left;
}

std::size_t count_threads() {
    std::size_t count = 0;
    DIR* directory = ::opendir("/proc/self/task");
    if (directory == nullptr) return 0;
    while (const dirent* entry = ::readdir(directory))  // NOLINT(concurrency-mt-unsafe)
        count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(directory);
    return count;
}

bool threads_come_down_to(std::size_t most) {
    using Clock = std::chrono::steady_clock;
    const auto patience = Clock::now() + std::chrono::milliseconds(500);
    while (count_threads() > most) {
        if (Clock::now() > patience) return false;
        (void)::poll(nullptr, 0, 1);
    }
    return true;
}

ProcessSettings ProcessSettings::now() {
    ProcessSettings now;
    for (int signal = 1; signal < NSIG; ++signal) now.signal_handlers.push_back(handler_of(signal));
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const char* equals = std::strchr(*entry, '=');
        if (equals != nullptr)
            now.environment[std::string(*entry, static_cast<std::size_t>(equals - *entry))] =
                equals + 1;
    }
    std::error_code ignored;
    now.directory = fs::current_path(ignored).string();
    now.umask = umask_of_process();
    const char* locale = std::setlocale(LC_ALL, nullptr);  // NOLINT(concurrency-mt-unsafe)
    now.locale = locale ? locale : "";
    return now;
}

std::string ProcessSettings::changed_since(const ProcessSettings& before) const {
    for (std::size_t i = 0; i < signal_handlers.size(); ++i) {
        if (signal_handlers[i] == before.signal_handlers[i]) continue;
        const char* name = ::sigabbrev_np(static_cast<int>(i) + 1);
        return "the handler of SIG" + std::string(name ? name : "?");
    }
    for (const auto& [name, value] : environment) {
        const auto known = before.environment.find(name);
        if (known == before.environment.end() || known->second != value)
            return "the environment variable " + name;
    }
    if (environment.size() != before.environment.size()) return "the environment";
    if (directory != before.directory) return "the working directory";
    if (umask != before.umask) return "the umask";
    if (locale != before.locale) return "the locale";
    return {};
}

}  // namespace mcp_auth::validate
