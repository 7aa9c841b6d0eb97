#include "plugin_directory.hpp"

#include "environment.hpp"
#include "trusted_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

FoundManifest refused(const std::string& path, Error error) {
    FoundManifest found;
    found.path = path;
    found.error = std::move(error);
    return found;
}

FoundManifest taken(const std::string& path, Result<Manifest> manifest) {
    if (!manifest) return refused(path, manifest.error());
    FoundManifest found;
    found.path = path;
    found.manifest = std::move(*manifest);
    return found;
}

void add_directory(const std::string& directory, std::vector<FoundManifest>& found) {
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return;
    const auto names = list_trusted_directory(directory);
    if (!names) {
        found.push_back(refused(directory, names.error()));
        return;
    }
    for (const std::string& name : *names) {
        if (!ends_with(name, ".json") || ends_with(name, ".schema.json")) continue;
        const std::string path = std::string(directory).append("/").append(name);
        found.push_back(taken(path, read_manifest(path)));
    }
}

// Each directory once, where it comes first.
class SearchPath {
public:
    void add(std::string directory) {
        while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
        if (directory.empty()) return;
        if (std::find(directories_.begin(), directories_.end(), directory) != directories_.end())
            return;
        directories_.push_back(std::move(directory));
    }
    void add_list(const std::string& list) {
        std::size_t begin = 0;
        while (begin <= list.size()) {
            const std::size_t end = std::min(list.find(':', begin), list.size());
            add(list.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    const std::vector<std::string>& directories() const { return directories_; }

private:
    std::vector<std::string> directories_;
};

}  // namespace

std::vector<std::string> plugin_search_path(const Options& options, const PluginsConfig& plugins,
                                            const Environment& environment) {
    SearchPath path;
    if (const std::string only = environment.get("MCP_AUTH_PLUGIN_PATH"); !only.empty()) {
        path.add_list(only);
        return path.directories();
    }
    path.add_list(environment.get("MCP_AUTH_ADD_PLUGIN_PATH"));
    for (const std::string& directory : plugins.directories) path.add(directory);
    if (const std::string home = environment.config_home(); !home.empty())
        path.add(home + "/plugins.d");
    path.add(environment.system_directory + "/plugins.d");
    path.add(options.default_plugin_directory.empty() ? default_plugin_directory()
                                                      : options.default_plugin_directory);
    return path.directories();
}

std::vector<FoundManifest> find_manifests(const Options& options, const PluginsConfig& plugins,
                                          const Environment& environment) {
    std::vector<FoundManifest> found;
    for (const Builtin& builtin : options.builtin) {
        found.push_back(taken("(built in)", parse_manifest(builtin.manifest_json, "", true)));
        found.back().builtin = &builtin;
    }
    if (!options.manifest_file.empty())
        found.push_back(taken(options.manifest_file, read_manifest(options.manifest_file)));
    for (const std::string& directory : plugin_search_path(options, plugins, environment))
        add_directory(directory, found);

    std::vector<std::string> ids;
    for (FoundManifest& entry : found) {
        if (!entry.manifest) continue;
        entry.shadowed = std::find(ids.begin(), ids.end(), entry.manifest->id) != ids.end();
        ids.push_back(entry.manifest->id);
    }
    return found;
}

}  // namespace mcp_auth::host
