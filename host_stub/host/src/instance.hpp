// A provider made from one merged configuration by one loaded plugin.
#pragma once

#include "config.hpp"
#include "manifest.hpp"
#include "run_counts.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace mcp_auth::host {

class HostState;
class UserState;

// A plugin that passed every check.
struct Plugin {
    Manifest manifest;
    const mcp_auth_plugin* descriptor = nullptr;
    std::string sha256;
    std::string rule;                     // that let it in (PluginReport::rule)
    std::shared_ptr<std::mutex> control;  // plugin_control.hpp
    RunCounts runs;
};

class Instance {
public:
    // Checks the settings by the manifest's schema and creates the provider. `configuration` names
    // the file for errors. Errors: misconfigured, or what the plugin says.
    static Result<std::shared_ptr<Instance>> create(std::shared_ptr<Plugin> plugin,
                                                    ProviderConfig config, HostState& host,
                                                    const std::string& configuration);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    const ProviderConfig& config() const noexcept { return config_; }
    const Plugin& plugin() const noexcept { return *plugin_; }
    // It may need the user in a browser: its manifest says so.
    bool interactive() const noexcept { return interactive_; }
    mcp_auth_provider* provider() const noexcept { return provider_; }
    RunCounts& runs() const noexcept { return plugin_->runs; }
    // Null: the provider does not have this role.
    const mcp_auth_token_role_v1* token_role() const noexcept { return token_role_; }
    const mcp_auth_assertion_role_v1* assertion_role() const noexcept { return assertion_role_; }
    const ClientConfig* client(std::string_view name) const;

    // What this user is called in sessions here: by the entry of "providers", to which they belong.
    // The configured subject is one user, unless a connection lays another subject over it.
    const std::string& session_name(const UserState& user) const noexcept;

    // The configured subject's name.
    static std::string configured_session(const ProviderConfig& config);
    // What makes two configurations the same instance: everything but who asks.
    static std::string identity(const ProviderConfig& config);

private:
    Instance(std::shared_ptr<Plugin> plugin, ProviderConfig config, HostState& host);

    HostState& host_;  // outlives it: whoever holds an instance holds its host
    std::shared_ptr<Plugin> plugin_;
    ProviderConfig config_;
    const bool interactive_;
    std::string configured_session_;  // of the configured subject
    mcp_auth_provider* provider_ = nullptr;
    const mcp_auth_token_role_v1* token_role_ = nullptr;
    const mcp_auth_assertion_role_v1* assertion_role_ = nullptr;
};

}  // namespace mcp_auth::host
