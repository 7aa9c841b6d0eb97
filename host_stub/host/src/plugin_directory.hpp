// Which manifests there are, in which order, and which one wins for an id.
#pragma once

#include "config.hpp"
#include "manifest.hpp"

#include <mcp_auth/host/options.hpp>
#include <mcp_auth/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::host {

struct Environment;

struct FoundManifest {
    std::string path;                  // "(built in)" for a built-in one
    std::optional<Manifest> manifest;  // nothing: see `error`
    std::optional<Error> error;
    bool shadowed = false;  // an earlier one has the same id
    const Builtin* builtin = nullptr;
};

// Built-in ones first, then --manifest, then the search path of design.md; sorted by name within
// a directory; "*.json" but not "*.schema.json". A directory that is not there is skipped; one
// that cannot be read or is not trusted is an entry with an error. Never fails as a whole.
std::vector<FoundManifest> find_manifests(const Options& options, const PluginsConfig& plugins,
                                          const Environment& environment);

// The directories, first wins: $MCP_AUTH_PLUGIN_PATH alone if it is set; else
// $MCP_AUTH_ADD_PLUGIN_PATH, the configuration's, the user's, /etc, and the installation's own.
std::vector<std::string> plugin_search_path(const Options& options, const PluginsConfig& plugins,
                                            const Environment& environment);

// "installation's own": PREFIX/share/mcp-auth/plugins.d, where PREFIX/bin has the running program,
// or, for the shared library, PREFIX/lib/... has the library, whose application may be anywhere.
// Empty when the system does not say.
std::string default_plugin_directory();

}  // namespace mcp_auth::host
