#include "browser_choice.hpp"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <utility>

namespace mcp_auth::host {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
        if (!part.empty()) parts.push_back(part);
    return parts;
}

// As a shell would find it, in absolute directories alone: what lies in the current one is not
// to be run. Empty: nowhere.
std::string found(const std::string& program, const std::string& path) {
    if (program.find('/') != std::string::npos)
        return program.front() == '/' && ::access(program.c_str(), X_OK) == 0 ? program
                                                                              : std::string();
    for (const auto& directory : split(path, ':')) {
        if (directory.front() != '/') continue;
        auto file = directory + "/" + program;
        if (::access(file.c_str(), X_OK) == 0) return file;
    }
    return {};
}

void put_url(Argv& argv, const std::string& url) {
    bool put = false;
    for (std::size_t i = 1; i < argv.size(); ++i) {
        const auto at = argv[i].find("%s");
        if (at == std::string::npos) continue;
        argv[i].replace(at, 2, url);
        put = true;
    }
    if (!put) argv.push_back(url);
}

std::string variable(const char* name) {
    const char* value = ::secure_getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

DesktopEnvironment DesktopEnvironment::of_process() {
    return {variable("BROWSER"), variable("PATH"),
            !variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty(),
            ::getauxval(AT_SECURE) != 0};
}

std::vector<Argv> browser_commands(const DesktopEnvironment& desktop, const std::string& url) {
    std::vector<Argv> commands;
    if (desktop.raised_privileges) return commands;
    auto candidates = split(desktop.browser, ':');
    if (desktop.browser.empty() && desktop.display) candidates = {"xdg-open"};
    for (const auto& candidate : candidates) {
        auto argv = split(candidate, ' ');
        if (argv.empty()) continue;
        argv.front() = found(argv.front(), desktop.path);
        if (argv.front().empty()) continue;
        put_url(argv, url);
        commands.push_back(std::move(argv));
    }
    return commands;
}

}  // namespace mcp_auth::host
