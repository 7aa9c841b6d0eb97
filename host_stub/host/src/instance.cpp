#include "instance.hpp"

#include "call.hpp"
#include "host_state.hpp"
#include "json_schema.hpp"
#include "sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

namespace {

// By its hash, since it stands in keys, where no secret may. Empty: it is no literal.
std::string literal_of(const SecretReference& reference) {
    if (reference.from != SecretReference::From::literal) return {};
    return sha256_hex(reference.literal.reveal());
}

json::Value described(const SecretReference& reference) {
    auto value = json::Value::array();
    value.push(static_cast<int>(reference.from)).push(reference.name).push(literal_of(reference));
    for (const auto& word : reference.command) value.push(word);
    return value;
}

json::Value described(const ClientConfig& client) {
    auto value = json::Value::array();
    value.push(client.id).push(client.issuer).push(client.token_endpoint);
    value.push(client.method ? to_string(*client.method) : std::string_view());
    value.push(described(client.secret)).push(described(client.key));
    value.push(described(client.certificate));
    value.push(client.algorithm).push(client.key_id).push(client.assertion_audience);
    value.push(client.basic_raw).push(client.metadata_document).push(client.redirect_uri);
    value.push(client.registration ? *client.registration : json::Value());
    return value;
}

Result<void> check_settings(const Plugin& plugin, const ProviderConfig& config,
                            const std::string& configuration) {
    const auto where = fmt::format("/providers/{}/settings", config.name);
    if (plugin.manifest.settings_schema.empty()) {
        if (config.settings.members().empty()) return {};
        return Error{Status::misconfigured, "configuration",
                     fmt::format("{} at {}: the plugin \"{}\" has no settings", configuration,
                                 where, plugin.manifest.id)};
    }
    auto schema = JsonSchema::parse(plugin.manifest.settings_schema, plugin.manifest.path);
    if (!schema) return std::move(schema).error();
    return schema->check(config.settings, configuration, where);
}

}  // namespace

std::string Instance::configured_session(const ProviderConfig& config) {
    if (!config.subject) return config.name;
    const auto& from = config.subject->from;
    std::string source = from.name;
    for (const auto& word : from.command) source += "\n" + word;
    source += literal_of(from);
    return fmt::format("{}\n{}\n{}\n{}", config.name, config.subject->type,
                       static_cast<int>(from.from), source);
}

std::string Instance::identity(const ProviderConfig& config) {
    auto value = json::Value::array();
    value.push(config.name).push(config.plugin);
    for (const auto& [name, client] : config.clients) value.push(name).push(described(client));
    if (config.subject) value.push(config.subject->type).push(described(config.subject->from));
    value.push(config.settings);
    return value.dump();
}

Instance::Instance(std::shared_ptr<Plugin> plugin, ProviderConfig config, HostState& host)
    : host_(host),
      plugin_(std::move(plugin)),
      config_(std::move(config)),
      interactive_(std::find(plugin_->manifest.requires_.begin(), plugin_->manifest.requires_.end(),
                             MCP_AUTH_SERVICE_BROWSER) != plugin_->manifest.requires_.end()),
      configured_session_(configured_session(config_)) {}

const std::string& Instance::session_name(const UserState& user) const noexcept {
    return user.id().empty() ? configured_session_ : config_.name;
}

const ClientConfig* Instance::client(std::string_view name) const {
    for (const auto& [key, client] : config_.clients) {
        if (key == name) return &client;
    }
    return nullptr;
}

Result<std::shared_ptr<Instance>> Instance::create(std::shared_ptr<Plugin> plugin,
                                                   ProviderConfig config, HostState& host,
                                                   const std::string& configuration) {
    if (auto checked = check_settings(*plugin, config, configuration); !checked)
        return std::move(checked).error();
    for (const auto& service : plugin->manifest.requires_) {
        if (!has_service(service))
            return Error{Status::misconfigured, "manifest",
                         fmt::format("{}: the plugin requires the service {}, which this host does "
                                     "not have",
                                     plugin->manifest.path, service)};
    }
    std::shared_ptr<Instance> instance(new Instance(std::move(plugin), std::move(config), host));
    const auto settings = instance->config_.settings.dump();
    mcp_auth_instance request{};
    request.struct_size = sizeof request;
    request.abi_minor = MCP_AUTH_ABI_MINOR;
    request.name = str(instance->config_.name);
    request.settings = str(settings);
    mcp_auth_failure failure{};
    failure.struct_size = sizeof failure;

    const std::lock_guard control(*instance->plugin_->control);
    const ControlScope scope(host);
    const auto unusable = [&](std::string_view what) {
        return Error{Status::internal, "manifest",
                     fmt::format("{}: {}; ask its vendor", instance->plugin_->manifest.path, what)};
    };
    bool threw = false;
    const auto status = status_from(contained(threw, [&] {
        return instance->plugin_->descriptor->create(plugin_host(), &request, &instance->provider_,
                                                     &failure);
    }));
    if (threw) {
        instance->provider_ = nullptr;
        return unusable("the plugin let an exception out of \"create\"");
    }
    if (status != Status::ok) {
        instance->provider_ = nullptr;
        failure.status = static_cast<mcp_auth_status>(status);
        auto error = error_from(failure);
        if (error.leg.empty()) error.leg = "configuration";
        error.message =
            fmt::format("{} at /providers/{}: {}", configuration, instance->config_.name,
                        error.message.empty() ? "the plugin gave no reason" : error.message);
        return error;
    }
    auto* provider = instance->provider_;
    if (provider == nullptr || provider->extension == nullptr || provider->destroy == nullptr) {
        instance->provider_ = nullptr;  // not even to be destroyed
        return unusable("the plugin made no usable provider");
    }
    const auto extension = [&](mcp_auth_str id) {
        const void* table = nullptr;
        (void)contained(threw, [&] {
            table = provider->extension(provider, id);
            return MCP_AUTH_OK;
        });
        return table;
    };
    instance->token_role_ =
        static_cast<const mcp_auth_token_role_v1*>(extension(MCP_AUTH_LIT(MCP_AUTH_ROLE_TOKEN)));
    instance->assertion_role_ = static_cast<const mcp_auth_assertion_role_v1*>(
        extension(MCP_AUTH_LIT(MCP_AUTH_ROLE_ASSERTION)));
    if (threw) return unusable("the plugin let an exception out of \"extension\"");
    const bool hollow =
        (instance->token_role_ != nullptr && instance->token_role_->acquire == nullptr) ||
        (instance->assertion_role_ != nullptr && instance->assertion_role_->assertion == nullptr);
    if (hollow) return unusable("the plugin has a role without its function");
    return instance;
}

Instance::~Instance() {
    if (provider_ == nullptr) return;
    const std::lock_guard control(*plugin_->control);
    const ControlScope scope(host_);
    bool threw = false;  // there is nobody to tell
    (void)contained(threw, [this] {
        provider_->destroy(provider_);
        return MCP_AUTH_OK;
    });
}

}  // namespace mcp_auth::host
