// What of the process's environment may decide where configuration and plugins come from.
#pragma once

#include <map>
#include <string>

namespace mcp_auth::host {

struct Environment {
    // Set-user-id, capabilities, another effective user or group: whoever started the process is
    // not trusted, so neither are the variables nor a home directory. Then all functions below
    // answer nothing.
    bool raised_privileges = false;
    std::map<std::string, std::string> variables;
    // What the administrator of the machine says, whatever the environment.
    std::string system_directory = "/etc/mcp-auth";

    // Of this process. Read when a Host is opened, before the application's threads change it.
    static Environment of_process();

    // Empty when unset.
    std::string get(const std::string& name) const;
    // $XDG_CONFIG_HOME/mcp-auth, else $HOME/.config/mcp-auth; empty when neither is an absolute
    // path.
    std::string config_home() const;
    // Likewise $XDG_STATE_HOME/mcp-auth, else $HOME/.local/state/mcp-auth.
    std::string state_home() const;

private:
    std::string home(const char* variable, const char* below_home) const;
};

}  // namespace mcp_auth::host
