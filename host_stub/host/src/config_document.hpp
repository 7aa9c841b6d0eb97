// What the parts of the configuration's reader share: where the document came from, and how a
// complaint about it is worded.
#pragma once

#include "config.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::host {

struct ConfigDocument {
    std::string path;                 // for messages
    std::string base_directory;       // relative paths of files start here
    bool readable_by_others = false;  // a literal secret in it is refused
    PolicyConfig policy;              // read first: other parts depend on it

    // Status misconfigured, leg "configuration"; the message names file, pointer and fault.
    Error fault(std::string_view pointer, std::string_view text) const;
    std::string resolve(const std::string& file) const;

    // An http or https URL that grants or credentials may go to (L1), kept byte for byte.
    enum class Query { allowed, refused };
    Result<std::string> url(const json::Value& value, std::string_view pointer, Query query) const;
};

// A member whose name begins with "x-" is the administrator's own note.
bool is_note(std::string_view key) noexcept;

// A name goes to logs and terminals.
bool is_printable(std::string_view name) noexcept;

// Refuses by name what the schema knows and this version cannot do yet (config_not_yet.cpp).
Result<void> refuse_not_yet(const json::Value& root, const ConfigDocument& document);

Result<PolicyConfig> read_policy(const json::Value& value, const ConfigDocument& document);

PluginsConfig read_plugins(const json::Value& value, const ConfigDocument& document);

Result<SecretReference> read_reference(const json::Value& value, const std::string& pointer,
                                       const ConfigDocument& document);
// A signing key that stands in the configuration itself is looked at with it, as `pointer`/key. One
// that is kept elsewhere may be put there later, and rotate: it is looked at when it is used.
Result<void> check_literal_key(const SecretReference& reference, const std::string& algorithm,
                               const std::string& pointer, const ConfigDocument& document);
// One client by itself; what depends on the connection is checked by read_connection.
Result<ClientConfig> read_client(const std::string& name, const json::Value& value,
                                 const std::string& pointer, const ConfigDocument& document);

// A "providers" entry, or the part of a connection that is laid over one: clients, subject,
// settings.
Result<void> overlay(ProviderConfig& provider, const json::Value& value, const std::string& pointer,
                     const ConfigDocument& document);

Result<ConnectionConfig> read_connection(const json::Value& value, const std::string& pointer,
                                         const std::map<std::string, ProviderConfig>& providers,
                                         const ConfigDocument& document);

}  // namespace mcp_auth::host
