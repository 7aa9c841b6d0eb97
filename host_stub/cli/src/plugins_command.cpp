// mcp-auth plugins - what was found, loaded, refused, and why.
#include "commands.hpp"
#include "invocation.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

std::string_view state_of(const PluginReport& plugin) {
    return plugin.refused    ? "refused"
           : plugin.shadowed ? "shadowed"
           : plugin.loaded   ? "loaded"
                             : "found";
}

json::Value list_of(const std::vector<std::string>& texts) {
    json::Value list = json::Value::array();
    for (const std::string& text : texts) list.push(text);
    return list;
}

std::string as_json(const std::vector<PluginReport>& plugins) {
    json::Value list = json::Value::array();
    for (const PluginReport& plugin : plugins) {
        json::Value entry = json::Value::object();
        entry.set("state", state_of(plugin))
            .set("id", plugin.id)
            .set("version", plugin.version)
            .set("vendor", plugin.vendor)
            .set("manifest", plugin.manifest)
            .set("library", plugin.library)
            .set("sha256", plugin.sha256)
            .set("rule", plugin.rule)
            .set("roles", list_of(plugin.roles))
            .set("used_by", list_of(plugin.used_by));
        if (plugin.refused)
            entry.set("refused", json::Value::object()
                                     .set("status", to_string(plugin.refused->status))
                                     .set("leg", plugin.refused->leg)
                                     .set("message", plugin.refused->message));
        list.push(std::move(entry));
    }
    return json::Value::object().set("plugins", std::move(list)).dump(2) + "\n";
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

std::string as_text(const std::vector<PluginReport>& plugins, const Terminal& terminal) {
    if (plugins.empty()) return "no plugins were found\n";
    std::string text;
    for (const PluginReport& plugin : plugins) {
        const std::string state = padded(state_of(plugin), 9);
        text += plugin.refused    ? terminal.red(state)
                : plugin.shadowed ? terminal.yellow(state)
                                  : terminal.green(state);
        text += terminal.bold(printable(plugin.id.empty() ? "(unknown)" : plugin.id));
        if (!plugin.version.empty()) text += " " + printable(plugin.version);
        if (!plugin.vendor.empty()) text += terminal.dim(" by " + printable(plugin.vendor));
        text += "\n";
        const auto row = [&](std::string_view name, const std::string& value) {
            if (!value.empty())
                text += "         " + terminal.dim(padded(name, 10)) + printable(value) + "\n";
        };
        row("manifest", plugin.manifest);
        row("library", plugin.library);
        row("sha256", plugin.sha256);
        row("rule", plugin.rule);
        row("roles", joined(plugin.roles));
        row("used by", joined(plugin.used_by));
        if (plugin.refused) row("because", plugin.refused->message);
        if (plugin.shadowed) row("because", "an earlier manifest has the same id");
    }
    return text;
}

// A vendor lists plugins before there is a configuration: without one that somebody named, the
// plugins are those of the default places.
Result<Host> open_host(const Invocation& run) {
    Result<Options> options = run.host_options();
    if (!options) return options.error();
    const Result<std::string> configuration = configuration_file(run.options().config);
    // One that is there and wrong is no reason to go on without: it may be what forbids them.
    if (configuration) return Host::open(std::move(*options));
    run.note(configuration.error().message);
    run.note("listing the plugins of the default places");
    options->config_json = R"({"version":1,"providers":{},"connections":[]})";
    return Host::open(std::move(*options));
}

}  // namespace

void add_plugins(CLI::App& app, Command& chosen) {
    auto json = std::make_shared<bool>(false);
    CLI::App* command =
        app.add_subcommand("plugins", "List plugins: found, loaded, refused, and why");
    command->add_flag("--json", *json, "Print one JSON document");
    command->callback([json, &chosen] {
        chosen = [json](const Invocation& run) {
            Result<Host> host = open_host(run);
            if (!host) return run.fail(host.error());
            const std::vector<PluginReport> plugins = host->plugins();
            return run.finish(*json ? as_json(plugins) : as_text(plugins, run.out()));
        };
    });
}

}  // namespace mcp_auth::cli
