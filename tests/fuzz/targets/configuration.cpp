// The administrator's configuration.
#include "config.hpp"

#include "promise.hpp"
#include "targets.hpp"
#include "url.hpp"

#include <string>

namespace mcp_auth::fuzz {
namespace {

constexpr const char* path = "/etc/mcp-auth/config.json";

// Every literal secret of the document becomes one that is known.
json::Value with_canaries(const json::Value& value) {
    if (value.is_array()) {
        auto list = json::Value::array();
        for (const json::Value& item : value.items()) list.push(with_canaries(item));
        return list;
    }
    if (!value.is_object()) return value;
    auto object = json::Value::object();
    for (const auto& [name, member] : value.members()) {
        const bool secret = member.is_string() && (name == "secret" || name == "key" ||
                                                   name == "from" || name == "certificate");
        object.set(name, secret ? json::Value(canary) : with_canaries(member));
    }
    return object;
}

void must_be_used_as_it_is(const host::Config& config) {
    for (const host::ConnectionConfig& connection : config.connections) {
        must(is_for_a_log(connection.name), "a name has no control characters");
        const auto url = host::Url::parse(connection.server);
        must(url && (url->secure() || config.policy.allow_http_loopback),
             "a server is a URL that may be asked");
        must(connection.is_prefix() || config.match(connection.server) == &connection,
             "a server finds its connection");
        for (const std::string& issuer : connection.issuer.allowed)
            must(connection.issuer.allows(issuer) && host::Url::parse(issuer).ok(),
                 "an issuer that is allowed is one");
    }
}

}  // namespace

void configuration(std::string_view bytes) {
    const auto config = host::parse_config(bytes, path, false, "/etc/mcp-auth");
    if (config)
        must_be_used_as_it_is(*config);
    else
        must_be_for_a_log(config.error());
    const auto document = mcp_auth::json::parse(bytes);
    if (!document)
        return must_be_for_a_log_or_good(
            host::parse_config(std::string(bytes).append(canary), path, false, ""));
    must_be_for_a_log_or_good(
        host::parse_config(with_canaries(*document).dump(), path, config.ok(), "/etc/mcp-auth"));
}

}  // namespace mcp_auth::fuzz
