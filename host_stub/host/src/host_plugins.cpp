// The plugins of a host: found, judged, loaded, and told of.
#include "environment.hpp"
#include "host_state.hpp"
#include "plugin_library.hpp"

#include <utility>

namespace mcp_auth::host {

void HostState::find_plugins() {
    const auto environment = Environment::of_process();
    trust_ = PluginTrust::open(config_.plugins.trust, environment.system_directory);
    for (auto& found : find_manifests(options_, config_.plugins, environment)) {
        auto& plugin = plugins_.emplace_back();
        plugin.refused = found.error;
        plugin.found = std::move(found);
        if (plugin.refused) record(plugin);
    }
}

Result<std::shared_ptr<Plugin>> HostState::admitted(FoundPlugin& plugin) {
    auto loaded = std::make_shared<Plugin>();
    loaded->manifest = *plugin.found.manifest;
    if (plugin.found.builtin != nullptr) {
        auto descriptor = check_descriptor(plugin.found.builtin->entry, loaded->manifest);
        if (!descriptor) return std::move(descriptor).error();
        loaded->descriptor = *descriptor;
        loaded->control = control_of(plugin.found.builtin->entry);
        loaded->rule = plugin.rule = "built in";
        return loaded;
    }
    auto library = open_library(loaded->manifest, trust_.sealed());
    if (!library) return std::move(library).error();
    plugin.sha256 = library->sha256;
    auto rule = trust_.admit(loaded->manifest, library->sha256);
    if (!rule) return std::move(rule).error();
    auto mapped = map_library(std::move(*library), loaded->manifest);
    if (!mapped) return std::move(mapped).error();
    loaded->descriptor = mapped->descriptor;
    loaded->control = control_of(mapped->entry);
    loaded->sha256 = plugin.sha256;
    loaded->rule = plugin.rule = std::move(*rule);
    return loaded;
}

void HostState::load(FoundPlugin& plugin) {
    if (plugin.plugin || plugin.refused || !plugin.found.manifest) return;
    auto loaded = admitted(plugin);
    if (loaded)
        plugin.plugin = std::move(*loaded);
    else
        plugin.refused = std::move(loaded).error();
    record(plugin);
}

// The audit of loading (audit.hpp).
void HostState::record(const FoundPlugin& plugin) {
    AuditEvent event;
    event.kind = AuditEvent::Kind::plugin;
    event.leg = "plugin";
    event.event = plugin.refused ? "refused" : "loaded";
    event.status = plugin.refused ? plugin.refused->status : Status::ok;
    const auto field = [&event](const char* name, const std::string& value) {
        if (!value.empty()) event.fields.emplace_back(name, value);
    };
    if (const auto& manifest = plugin.found.manifest) {
        field("id", manifest->id);
        field("version", manifest->version);
    }
    field("manifest", plugin.found.path);
    if (const auto& manifest = plugin.found.manifest) field("library", manifest->library);
    field("sha256", plugin.sha256);
    field("rule", plugin.rule);
    if (plugin.refused) field("reason", plugin.refused->message);
    trace({}, {}).record(std::move(event));
}

std::vector<PluginReport> HostState::plugins() {
    const std::lock_guard lock(mutex_);
    std::vector<PluginReport> reports;
    for (auto& plugin : plugins_) {
        if (!plugin.found.shadowed) load(plugin);
        PluginReport report;
        report.manifest = plugin.found.path;
        report.shadowed = plugin.found.shadowed;
        report.loaded = plugin.plugin != nullptr;
        report.refused = plugin.refused;
        report.sha256 = plugin.sha256;
        report.rule = plugin.rule;
        if (const auto& manifest = plugin.found.manifest) {
            report.id = manifest->id;
            report.version = manifest->version;
            report.vendor = manifest->vendor;
            report.library = manifest->library;
            report.roles = manifest->roles;
            for (const auto& [name, provider] : config_.providers) {
                if (provider.plugin == manifest->id && !report.shadowed)
                    report.used_by.push_back(name);
            }
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace mcp_auth::host
