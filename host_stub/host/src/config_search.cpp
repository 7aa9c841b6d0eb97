// Where the configuration is, when nobody says.
#include "config.hpp"
#include "environment.hpp"

#include <mcp_auth/host/options.hpp>

#include <unistd.h>

namespace mcp_auth::host {

Result<std::string> find_config(const std::string& argument, const Environment& environment) {
    if (!argument.empty()) return argument;
    // One that is named but not there is an error of load_config, never a reason to take another.
    if (auto named = environment.get("MCP_AUTH_CONFIG"); !named.empty()) return named;
    std::string tried;
    std::string places[] = {environment.config_home(), environment.system_directory};
    for (std::string& place : places) {
        if (place.empty()) continue;
        place += "/config.json";
        if (::access(place.c_str(), F_OK) == 0) return place;
        tried += (tried.empty() ? "" : ", ") + place;
    }
    return Error(
        Status::misconfigured, "configuration",
        "no configuration: give one with --config or $MCP_AUTH_CONFIG; looked for " + tried);
}

Result<std::string> find_config(const std::string& argument) {
    return find_config(argument, Environment::of_process());
}

}  // namespace mcp_auth::host

namespace mcp_auth {

Result<std::string> configuration_file(const std::string& named) {
    return host::find_config(named);
}

}  // namespace mcp_auth
