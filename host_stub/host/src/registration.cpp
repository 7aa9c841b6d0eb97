#include "registration.hpp"

#include "scope.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view leg = "registration";

// Not to be mistaken for an entry of a plugin's: those begin with a number (store_key.hpp).
std::string key_of(const std::string& provider, const ClientConfig& configured,
                   const std::string& issuer) {
    std::string key = "registration";
    for (const auto& part : {provider, configured.name, configured.registration->dump(), issuer})
        key.append(":").append(std::to_string(part.size())).append(":").append(part);
    return key;
}
std::string key_of(const ClientAt& at) {
    return key_of(at.provider, at.configured, at.server.issuer);
}

Secret written(const RegisteredClient& client) {
    auto value = json::Value::object();
    value.set("client_id", client.id)
        .set("method", to_string(client.method))
        .set("redirect_uri", client.asked.redirect_uri)
        .set("grant_types", client.asked.grant_types)
        .set("scope", client.asked.scope);
    if (!client.secret.empty()) value.set("client_secret", client.secret.reveal());
    return Secret(value.dump());
}

std::optional<RegisteredClient> parsed(std::string_view text) {
    const auto value = json::parse(text);
    if (!value || value->string("client_id").empty()) return std::nullopt;
    RegisteredClient client;
    client.id = value->string("client_id");
    client.secret = Secret(value->string("client_secret"));
    client.asked = {std::string(value->string("redirect_uri")),
                    std::string(value->string("grant_types")), std::string(value->string("scope"))};
    for (const auto method :
         {ClientMethod::none, ClientMethod::client_secret_basic, ClientMethod::client_secret_post})
        if (to_string(method) == value->string("method")) {
            client.method = method;
            return client;
        }
    return std::nullopt;
}

bool covers(const RegistrationRequest& had, const RegistrationRequest& asked) {
    return (asked.redirect_uri.empty() || asked.redirect_uri == had.redirect_uri) &&
           scope_contains(had.grant_types, asked.grant_types) &&
           (had.scope.empty() || scope_contains(had.scope, asked.scope));
}

Registration::Known as_client(const ClientAt& at, RegisteredClient registered) {
    Registration::Known known;
    known.client = at.configured;
    known.client.id = std::move(registered.id);
    known.client.issuer = at.server.issuer;
    known.client.method = registered.method;
    if (!registered.secret.empty()) {
        known.client.secret.from = SecretReference::From::literal;
        known.client.secret.literal = std::move(registered.secret);
    }
    known.registered = true;
    known.asked = std::move(registered.asked);
    return known;
}

bool supports_document(const ClientConfig& client, const ServerMetadata& server) {
    const auto* flag = server.document.find("client_id_metadata_document_supported");
    if (flag == nullptr || flag->as_bool() != true) return false;
    const auto method = to_string(client.method.value_or(ClientMethod::none));
    const auto& listed = server.auth_methods;
    return !server.states_auth_methods ||
           std::find(listed.begin(), listed.end(), method) != listed.end();
}

}  // namespace

Result<std::optional<RegisteredClient>> Registration::kept(const std::string& key,
                                                           const std::string& issuer) {
    auto text = store_.get(key, clock_.wall(issuer));
    if (!text) return std::move(text).error();
    const Secret value(std::move(*text));
    // One that cannot be read (of another version, say) is none: it is to be had again.
    return parsed(value.reveal());
}

Result<RegisteredClient> Registration::registered(const ClientAt& at,
                                                  const RegistrationRequest& asked,
                                                  std::string& replaced, const Trace& trace,
                                                  const Bounds& bounds) {
    // Not a lock: who waits for it has a deadline of its own, and its holder may be a process that
    // ended.
    const auto key = key_of(at);
    const auto lease = store_.lease(key, bounds);
    if (!lease) return lease.error();
    auto former = kept(key, at.server.issuer);
    if (!former) return std::move(former).error();
    if (*former && covers((*former)->asked, asked)) return std::move(**former);

    auto wanted = asked;
    if (*former) {  // for all that it was registered for before, too
        const auto& had = (*former)->asked;
        if (wanted.redirect_uri.empty()) wanted.redirect_uri = had.redirect_uri;
        wanted.grant_types = scope_union(had.grant_types, wanted.grant_types);
        if (!had.scope.empty()) wanted.scope = scope_union(had.scope, wanted.scope);
    }
    auto client =
        exchange_.run(at.configured.registration->string("name"), wanted, at.server, trace, bounds);
    if (!client) return client;
    if (auto saved = store_.put(key, written(*client).reveal(), client->expires_at); !saved)
        return saved.error();
    if (*former) replaced = (*former)->id;
    replaced_(at.provider, at.server.issuer);
    return client;
}

Result<std::optional<Registration::Known>> Registration::known(const ClientAt& at,
                                                               const RegistrationRequest* asked,
                                                               const Trace& trace,
                                                               const Bounds& bounds) {
    if (!at.configured.metadata_document.empty() && supports_document(at.configured, at.server)) {
        Known document;
        document.client = at.configured;
        document.client.id = at.configured.metadata_document;
        return std::optional<Known>(std::move(document));
    }
    if (!at.configured.registration)
        return Error{Status::misconfigured, std::string(leg),
                     "the authorization server " + at.server.issuer + " does not take client \"" +
                         at.configured.name +
                         "\" by its metadata document (client_id_metadata_document_supported, and "
                         "its \"method\" among those listed): add \"register\", or register it by "
                         "hand and set its \"id\""};
    auto client = kept(key_of(at), at.server.issuer);
    if (!client) return std::move(client).error();
    std::string replaced;
    if (asked != nullptr && (!*client || !covers((*client)->asked, *asked))) {
        auto fresh = registered(at, *asked, replaced, trace, bounds);
        if (!fresh) return std::move(fresh).error();
        *client = std::move(*fresh);
    }
    if (!*client) return std::optional<Known>();
    auto known = as_client(at, std::move(**client));
    known.replaced = std::move(replaced);
    return std::optional<Known>(std::move(known));
}

Result<bool> Registration::is_known_as(const std::string& provider, const ClientConfig& configured,
                                       const std::string& issuer, const std::string& id) {
    if (!configured.metadata_document.empty() && id == configured.metadata_document) return true;
    if (!configured.registration) return false;
    const auto client = kept(key_of(provider, configured, issuer), issuer);
    if (!client) return client.error();
    return *client && (*client)->id == id;
}

Result<void> Registration::forget(const ClientAt& at, const std::string& id, const Bounds& bounds) {
    const auto key = key_of(at);
    const auto lease = store_.lease(key, bounds);
    if (!lease) return lease.error();
    const auto registered = kept(key, at.server.issuer);
    if (!registered) return registered.error();
    if (!*registered || (*registered)->id != id) return {};
    if (auto erased = store_.put(key, {}, 0); !erased) return erased;
    replaced_(at.provider, at.server.issuer);
    return {};
}

}  // namespace mcp_auth::host
