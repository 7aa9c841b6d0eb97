// Connections: laid over their provider's entry, and held to the rule of which authorization
// server may get what (C3, C4).
#include "config_document.hpp"
#include "json_schema.hpp"
#include "url.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

using Query = ConfigDocument::Query;

Result<IssuerRule> read_issuer(const json::Value& value, const std::string& pointer,
                               const ConfigDocument& document) {
    IssuerRule rule;
    if (value.as_string() && *value.as_string() == "discovered") {
        rule.discovered = true;
        return rule;
    }
    if (value.is_string()) {
        auto issuer = document.url(value, pointer, Query::refused);
        if (!issuer) return issuer.error();
        rule.allowed.push_back(std::move(*issuer));
    }
    std::size_t index = 0;
    for (const json::Value& item : value.items()) {
        auto issuer = document.url(item, pointer + "/" + std::to_string(index++), Query::refused);
        if (!issuer) return issuer.error();
        rule.allowed.push_back(std::move(*issuer));
    }
    return rule;
}

Result<std::string> read_server(const json::Value& value, const std::string& pointer,
                                const ConfigDocument& document) {
    ConnectionConfig connection;
    connection.server = *value.as_string();
    json::Value plain(connection.server);
    if (connection.is_prefix()) plain = connection.server.substr(0, connection.server.size() - 1);
    auto url =
        document.url(plain, pointer, connection.is_prefix() ? Query::refused : Query::allowed);
    if (!url) return url.error();
    return connection.server;
}

Result<void> read_scopes(const json::Value& value, const std::string& pointer,
                         const ConfigDocument& document, std::vector<std::string>& scopes) {
    for (const json::Value& item : value.items()) {
        const std::string& scope = *item.as_string();
        // RFC 6749 3.3
        const bool token = std::all_of(scope.begin(), scope.end(), [](char c) {
            return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
        });
        if (!token)
            return document.fault(pointer + "/" + std::to_string(scopes.size()),
                                  "expected one scope: no spaces, quotes or backslashes");
        scopes.push_back(scope);
    }
    return {};
}

Result<void> read_origins(const json::Value& value, const std::string& pointer,
                          const ConfigDocument& document, std::vector<std::string>& origins) {
    for (const json::Value& item : value.items()) {
        const std::string here = pointer + "/" + std::to_string(origins.size());
        auto origin = document.url(item, here, Query::refused);
        if (!origin) return origin.error();
        if (Url::parse(*origin)->path().size() > 1)
            return document.fault(here, "expected an origin: https://host or https://host:port");
        origins.push_back(std::move(*origin));
    }
    return {};
}

Result<DpopConfig> read_dpop(const json::Value& value, const std::string& pointer,
                             const ConfigDocument& document) {
    DpopConfig dpop;
    const auto mode =
        value.is_string() ? std::string_view(*value.as_string()) : value.string("mode");
    if (mode == "required") dpop.mode = DpopMode::required;
    if (mode == "off") dpop.mode = DpopMode::off;
    dpop.algorithm = value.string("alg");
    for (const char* const name : {"key", "alg"})
        if (dpop.mode == DpopMode::off && value.find(name) != nullptr)
            return document.fault(pointer + "/" + name, "the mode \"off\" does not use this");
    const json::Value* const key = value.find("key");
    if (key == nullptr) return dpop;
    auto reference = read_reference(*key, pointer + "/key", document);
    if (!reference) return reference.error();
    dpop.key = *reference;
    if (auto fits = check_literal_key(dpop.key, dpop.algorithm, pointer, document); !fits)
        return fits.error();
    return dpop;
}

std::chrono::milliseconds read_limit(const json::Value& limits, const char* key,
                                     std::chrono::milliseconds otherwise) {
    const json::Value* seconds = limits.find(key);
    if (seconds == nullptr) return otherwise;
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double>(*seconds->as_double()));
    return std::max(limit, std::chrono::milliseconds(1));
}

// A sign-in leaves an ID token and a refresh token; only it asks for scopes.
Result<void> check_session(const json::Value& value, const SubjectConfig& subject,
                           const std::string& pointer, const ConfigDocument& document) {
    const bool session = subject.from.from == SecretReference::From::session;
    for (const char* key : {"scopes", "dpop"})
        if (!session && value.find(key) != nullptr)
            return document.fault(pointer + "/subject/" + key,
                                  "only a {\"session\": NAME} has this");
    constexpr std::string_view urn = "urn:ietf:params:oauth:token-type:";
    const std::string type = subject.token_type();
    if (session && type != std::string(urn) + "id_token" &&
        type != std::string(urn) + "refresh_token")
        return document.fault(pointer + "/subject/type",
                              "a session has an id_token and a refresh_token, and nothing else");
    if (session && !is_printable(subject.from.name))
        return document.fault(pointer + "/subject/from/session",
                              "expected a name without control characters");
    return {};
}

// C4, for a client as this connection would use it. A client that names its own issuer goes there
// and nowhere else; one that does not goes where the connection's rule allows.
Result<void> check_client(const ClientConfig& client, const IssuerRule& rule,
                          const std::string& pointer, const ConfigDocument& document) {
    const std::string at = pointer + "/clients" + pointer_step(client.name);
    if (client.name == "mcp" && !client.issuer.empty() && !rule.allows(client.issuer))
        return document.fault(at, "its issuer is not one that " + pointer + "/issuer allows");
    if (!client.has_credential() || !client.issuer.empty()) return {};
    if (rule.discovered && !document.policy.credentials_to_discovered_issuer)
        return document.fault(at,
                              "a client with a secret or a key, and an issuer that is only "
                              "discovered: name the issuer, or set "
                              "policy.credentials_to_discovered_issuer");
    if (rule.allowed.size() > 1)
        return document.fault(at,
                              "\"issuer\" is missing: a client with a secret or a key belongs "
                              "to exactly one of the authorization servers that " +
                                  pointer + "/issuer lists");
    return {};
}

}  // namespace

bool IssuerRule::allows(std::string_view issuer) const noexcept {
    return discovered || std::find(allowed.begin(), allowed.end(), issuer) != allowed.end();
}

Result<void> overlay(ProviderConfig& provider, const json::Value& value, const std::string& pointer,
                     const ConfigDocument& document) {
    if (const json::Value* clients = value.find("clients"))
        for (const json::Member& member : clients->members()) {
            if (is_note(member.name)) continue;
            const std::string here = pointer + "/clients" + pointer_step(member.name);
            if (!is_printable(member.name))
                return document.fault(here, "expected a name without control characters");
            auto client = read_client(member.name, member.value, here, document);
            if (!client) return client.error();
            provider.clients[member.name] = std::move(*client);
        }
    if (const json::Value* subject = value.find("subject")) {
        if (!provider.subject) provider.subject.emplace();
        if (const auto type = subject->string("type"); !type.empty()) provider.subject->type = type;
        if (const json::Value* from = subject->find("from")) {
            auto reference = read_reference(*from, pointer + "/subject/from", document);
            if (!reference) return reference.error();
            provider.subject->from = *reference;
            provider.subject->scopes.clear();  // of the session that it takes the place of
            provider.subject->dpop_key = {};
        }
        if (provider.subject->type.empty())
            return document.fault(
                pointer + "/subject",
                "\"type\" is missing: the type of the assertion, such as id_token");
        if (provider.subject->from.from == SecretReference::From::none)
            return document.fault(pointer + "/subject",
                                  "\"from\" is missing: where the assertion comes from");
        if (auto session = check_session(*subject, *provider.subject, pointer, document); !session)
            return session;
        if (const json::Value* dpop = subject->find("dpop")) {
            auto key = read_reference(*dpop->find("key"), pointer + "/subject/dpop/key", document);
            if (!key) return key.error();
            provider.subject->dpop_key = *key;
            provider.subject->dpop_algorithm = dpop->string("alg");
        }
        if (const json::Value* scopes = subject->find("scopes")) {
            provider.subject->scopes.clear();
            if (auto read = read_scopes(*scopes, pointer + "/subject/scopes", document,
                                        provider.subject->scopes);
                !read)
                return read;
        }
    }
    if (const json::Value* settings = value.find("settings"))
        for (const json::Member& member : settings->members())
            provider.settings.set(member.name, member.value);
    return {};
}

Result<ConnectionConfig> read_connection(const json::Value& value, const std::string& pointer,
                                         const std::map<std::string, ProviderConfig>& providers,
                                         const ConfigDocument& document) {
    ConnectionConfig connection;
    auto server = read_server(*value.find("server"), pointer + "/server", document);
    if (!server) return server.error();
    connection.server = std::move(*server);
    connection.name = value.find("name") ? *value.find("name")->as_string() : connection.server;

    if (!is_printable(connection.name))
        return document.fault(pointer + "/name", "expected a name without control characters");

    const std::string& name = *value.find("provider")->as_string();
    const auto provider = providers.find(name);
    if (provider == providers.end()) {
        std::vector<std::string> names;
        names.reserve(providers.size());
        for (const auto& [known, ignored] : providers) names.push_back(known);
        return document.fault(pointer + "/provider", "no entry of \"providers\" has this name" +
                                                         did_you_mean(name, names));
    }
    connection.provider = provider->second;
    if (auto laid = overlay(connection.provider, value, pointer, document); !laid)
        return laid.error();

    auto rule = read_issuer(*value.find("issuer"), pointer + "/issuer", document);
    if (!rule) return rule.error();
    connection.issuer = std::move(*rule);
    for (const auto& [client_name, client] : connection.provider.clients)
        if (auto allowed = check_client(client, connection.issuer, pointer, document); !allowed)
            return allowed.error();

    if (const json::Value* scopes = value.find("scopes"))
        if (auto read = read_scopes(*scopes, pointer + "/scopes", document, connection.scopes);
            !read)
            return read.error();
    if (const json::Value* origins = value.find("origins"))
        if (auto read = read_origins(*origins, pointer + "/origins", document, connection.origins);
            !read)
            return read.error();
    if (const json::Value* dpop = value.find("dpop")) {
        auto read = read_dpop(*dpop, pointer + "/dpop", document);
        if (!read) return read.error();
        connection.dpop = std::move(*read);
    }
    connection.discovery = value.string("discovery");
    connection.send_resource = connection.discovery.empty();  // which knew of no resources
    connection.resource_path_prefix = value.string("resource_match") == "path-prefix";
    if (const json::Value* send = value.find("send_resource"))
        connection.send_resource = *send->as_bool();
    if (const json::Value* limits = value.find("time_limits")) {
        TimeLimits& out = connection.limits;
        out.connect = read_limit(*limits, "connect", out.connect);
        out.request = read_limit(*limits, "request", out.request);
        out.acquisition = read_limit(*limits, "acquisition", out.acquisition);
        out.interaction = read_limit(*limits, "interaction", out.interaction);
    }
    return connection;
}

std::string SubjectConfig::token_type() const {
    constexpr std::string_view prefix = "urn:ietf:params:oauth:token-type:";
    return type.compare(0, 4, "urn:") == 0 ? type : std::string(prefix) + type;
}

}  // namespace mcp_auth::host
