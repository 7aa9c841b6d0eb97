#include "plugin_directory.hpp"

#include "environment.hpp"
#include "trusted_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_manifest_bytes = 64 * 1024;

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

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

FoundManifest read_manifest(const std::string& path) {
    auto file = open_trusted(path);
    if (!file) return refused(path, file.error());
    auto text = read_all(file->get(), max_manifest_bytes, path);
    if (!text) return refused(path, text.error());
    return taken(path, parse_manifest(*text, path));
}

// Names of "*.json" that are neither schemas nor hidden (a mounted configuration map has links
// like "..data"), sorted: the order must not depend on the file system.
Result<std::vector<std::string>> manifest_names(const std::string& directory) {
    auto file = open_trusted_directory(directory);
    if (!file) return file.error();
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(file->get()), &::closedir);
    if (!listing)
        return Error(Status::misconfigured, "manifest",
                     directory + ": " + std::generic_category().message(errno));
    file->release();  // closedir closes it
    std::vector<std::string> names;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): only this thread has the listing
        const dirent* entry = ::readdir(listing.get());
        if (entry == nullptr) break;
        const std::string name = entry->d_name;
        if (name.front() != '.' && ends_with(name, ".json") && !ends_with(name, ".schema.json"))
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

void add_directory(const std::string& directory, std::vector<FoundManifest>& found) {
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return;
    const auto names = manifest_names(directory);
    if (!names) {
        found.push_back(refused(directory, names.error()));
        return;
    }
    for (const std::string& name : *names)
        found.push_back(read_manifest(std::string(directory).append("/").append(name)));
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
    path.add("/etc/mcp-auth/plugins.d");
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
    if (!options.manifest_file.empty()) found.push_back(read_manifest(options.manifest_file));
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

std::vector<FoundManifest> find_manifests(const Options& options, const PluginsConfig& plugins) {
    return find_manifests(options, plugins, Environment::of_process());
}

}  // namespace mcp_auth::host
