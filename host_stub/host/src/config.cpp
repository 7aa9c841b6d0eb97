#include "config.hpp"

#include "address_policy.hpp"
#include "config_document.hpp"
#include "environment.hpp"
#include "json_schema.hpp"
#include "trusted_file.hpp"
#include "url.hpp"

#include <mcp_auth/secret.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr const char* leg = "configuration";
constexpr std::size_t max_config_bytes = 1024 * 1024;

constexpr std::string_view schema_text =
#include "config_schema.inc"
    ;

Result<void> read_connections(const json::Value& list, const ConfigDocument& document,
                              Config& config) {
    std::map<std::string, std::string> names, servers;  // to the pointer of the first
    std::size_t index = 0;
    for (const json::Value& item : list.items()) {
        const std::string pointer = "/connections/" + std::to_string(index++);
        auto connection = read_connection(item, pointer, config.providers, document);
        if (!connection) return connection.error();
        if (auto [first, added] = servers.emplace(connection->server, pointer); !added)
            return document.fault(pointer + "/server", "the same server as " + first->second +
                                                           ": one connection for one URL");
        if (auto [first, added] = names.emplace(connection->name, pointer); !added)
            return document.fault(pointer + "/name", "the same name as " + first->second);
        config.connections.push_back(std::move(*connection));
    }
    return {};
}

// Looked at before the schema: of a later format nothing else
// that the schema complains about would be to the point.
Result<void> check_version(const json::Value& root, const ConfigDocument& document) {
    const json::Value* version = root.find("version");
    if (version == nullptr || !version->is_number() || version->as_integer() == 1) return {};
    return document.fault("/version", "a format that is unknown here; this version reads 1");
}

// What the schema is checked on: a validator leaves copies of what it looks at, so no literal is
// there (L5), but a text as long.
json::Value without_literals(const json::Value& value) {
    if (!value.is_object() && !value.is_array()) return value;
    auto copy = value.is_object() ? json::Value::object() : json::Value::array();
    for (const json::Value& item : value.items()) copy.push(without_literals(item));
    for (const auto& [name, member] : value.members()) {
        const std::string* const text = member.as_string();
        const bool reference =
            name == "secret" || name == "key" || name == "certificate" || name == "from";
        copy.set(name, reference && text != nullptr ? json::Value(std::string(text->size(), 'x'))
                                                    : without_literals(member));
    }
    return copy;
}

}  // namespace

Error ConfigDocument::fault(std::string_view pointer, std::string_view text) const {
    return {Status::misconfigured, leg, complaint(path, pointer, text)};
}

std::string ConfigDocument::resolve(const std::string& file) const {
    if (file.empty() || file.front() == '/' || base_directory.empty()) return file;
    return (std::filesystem::path(base_directory) / file).lexically_normal().string();
}

Result<std::string> ConfigDocument::url(const json::Value& value, std::string_view pointer,
                                        Query query) const {
    const std::string& text = *value.as_string();
    const auto url = Url::parse(text);
    if (!url) return fault(pointer, "expected a URL: " + url.error().message);
    if (query == Query::refused && url->has_query())
        return fault(pointer, "expected a URL without a query");
    if (!url->secure() && !(policy.allow_http_loopback && is_loopback_host(url->host())))
        return fault(pointer,
                     "plain http: use https, or, for a server on loopback, set "
                     "policy.allow_http_loopback");
    return text;
}

bool is_note(std::string_view key) noexcept {
    return key.substr(0, 2) == "x-";
}

bool is_printable(std::string_view name) noexcept {
    return std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<PolicyConfig> read_policy(const json::Value& value, const ConfigDocument& document) {
    PolicyConfig policy;
    if (const json::Value* flag = value.find("allow_http_loopback"))
        policy.allow_http_loopback = *flag->as_bool();
    if (const json::Value* flag = value.find("credentials_to_discovered_issuer"))
        policy.credentials_to_discovered_issuer = *flag->as_bool();
    policy.private_networks =
        value.strings("private_networks").value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < policy.private_networks.size(); ++i)
        if (auto network = AddressPolicy::check_network(policy.private_networks[i]); !network)
            return document.fault("/policy/private_networks/" + std::to_string(i),
                                  network.error().message);
    policy.proxy = value.string("proxy");
    if (!policy.proxy.empty()) {
        const auto proxy = Url::parse(policy.proxy);
        if (!proxy || proxy->path().size() > 1 || proxy->has_query())
            return document.fault("/policy/proxy", "expected a proxy: http://host:port");
    }
    policy.ca_file = document.resolve(std::string(value.string("ca_file")));
    policy.ca_directory = document.resolve(std::string(value.string("ca_directory")));
    policy.crl_file = document.resolve(std::string(value.string("crl_file")));
    return policy;
}

PluginsConfig read_plugins(const json::Value& value, const ConfigDocument& document) {
    PluginsConfig plugins;
    for (std::string& directory : value.strings("directories").value_or(std::vector<std::string>()))
        plugins.directories.push_back(document.resolve(directory));
    if (value.find("trust") != nullptr) plugins.trust.policy = plugin_policy(value.string("trust"));
    plugins.trust.allowlist = document.resolve(std::string(value.string("allowlist")));
    plugins.trust.keys = document.resolve(std::string(value.string("keys")));
    plugins.trust.demanded_by = document.path + " at /plugins/trust";
    return plugins;
}

Result<Config> parse_config(std::string_view text, const std::string& path, bool readable_by_others,
                            const std::string& base_directory) {
    ConfigDocument document{path, base_directory, readable_by_others, {}};
    json::Limits limits;
    limits.max_bytes = max_config_bytes;
    const auto root = json::parse(text, limits);
    if (!root) return document.fault("", root.error().message);
    if (auto version = check_version(*root, document); !version) return version.error();
    const auto schema = JsonSchema::parse(schema_text, "the configuration's schema");
    if (!schema) return schema.error();
    if (auto valid = schema->check(without_literals(*root), path); !valid) return valid.error();
    if (auto known = refuse_not_yet(*root, document); !known) return known.error();

    Config config;
    config.path = path;
    if (const json::Value* policy = root->find("policy")) {
        auto read = read_policy(*policy, document);
        if (!read) return read.error();
        config.policy = *read;
        document.policy = std::move(*read);
    }
    if (const json::Value* plugins = root->find("plugins"))
        config.plugins = read_plugins(*plugins, document);
    if (const auto place = root->string("sessions"); !place.empty())
        config.sessions = place == "keyring" ? SessionPlace::keyring : SessionPlace::file;
    for (const json::Member& member : root->find("providers")->members()) {
        if (is_note(member.name)) continue;
        ProviderConfig provider;
        provider.name = member.name;
        provider.plugin = member.value.string("plugin");
        const std::string pointer = "/providers" + pointer_step(member.name);
        if (!is_printable(member.name))
            return document.fault(pointer, "expected a name without control characters");
        if (auto read = overlay(provider, member.value, pointer, document); !read)
            return read.error();
        config.providers.emplace(member.name, std::move(provider));
    }
    if (auto read = read_connections(*root->find("connections"), document, config); !read)
        return read.error();
    return config;
}

Result<Config> load_config(const std::string& path) {
    const auto refuse = [&path](const std::string& why) {
        return Error(Status::misconfigured, leg, complaint(path, "", why));
    };
    // It names programs to run and where secrets go. With raised privileges whoever started the
    // process may have named it.
    const auto file =
        Environment::of_process().raised_privileges ? open_trusted(path) : open_owned(path);
    if (!file) return Error(Status::misconfigured, leg, file.error().message);
    struct stat status = {};
    if (::fstat(file->get(), &status) != 0) return refuse(std::generic_category().message(errno));
    auto text = read_all(file->get(), max_config_bytes, path);
    if (!text) {
        text.error().leg = leg;
        return text.error();
    }
    const WipedAtEnd wiped(*text);  // a literal secret may be in it
    std::error_code error;
    const auto directory = std::filesystem::absolute(path, error).parent_path().string();
    if (error) return refuse(error.message());
    return parse_config(*text, path, (status.st_mode & (S_IRGRP | S_IROTH)) != 0, directory);
}

}  // namespace mcp_auth::host
