#include "environment.hpp"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>

namespace mcp_auth::host {

Environment Environment::of_process() {
    Environment environment;
    // The kernel says what was so at the start; a program may have changed its user since.
    environment.raised_privileges =
        ::getauxval(AT_SECURE) != 0 || ::getuid() != ::geteuid() || ::getgid() != ::getegid();
    for (const char* name : {"MCP_AUTH_CONFIG", "MCP_AUTH_PLUGIN_PATH", "MCP_AUTH_ADD_PLUGIN_PATH",
                             "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"})
        if (const char* value = ::secure_getenv(name)) environment.variables[name] = value;
    return environment;
}

std::string Environment::get(const std::string& name) const {
    const auto variable = variables.find(name);
    return raised_privileges || variable == variables.end() ? std::string() : variable->second;
}

std::string Environment::config_home() const {
    return home("XDG_CONFIG_HOME", "/.config");
}

std::string Environment::state_home() const {
    return home("XDG_STATE_HOME", "/.local/state");
}

std::string Environment::home(const char* variable, const char* below_home) const {
    // The XDG base directory specification has relative paths ignored.
    if (const std::string xdg = get(variable); !xdg.empty() && xdg.front() == '/')
        return xdg + "/mcp-auth";
    if (const std::string home = get("HOME"); !home.empty() && home.front() == '/')
        return home + below_home + "/mcp-auth";
    return {};
}

}  // namespace mcp_auth::host
