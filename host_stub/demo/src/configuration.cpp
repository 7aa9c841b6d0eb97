#include "configuration.hpp"

#include "client_authentication.hpp"
#include "json.hpp"

#include <Poco/String.h>

namespace mcp_auth::demo {
namespace {

Object::Ptr file_reference(const std::string& path) {
    Object::Ptr reference = new_object();
    reference->set("file", path);
    return reference;
}

Object::Ptr client_entry(const Client& client, const std::string& credential_file,
                         const std::string& certificate_file) {
    Object::Ptr entry = new_object();
    entry->set("id", client.id);
    entry->set("method", std::string(to_string(client.method)));
    const bool by_key = client.method == ClientMethod::private_key_jwt;
    const bool has_key = by_key || client.method == ClientMethod::tls_client_auth;
    if (!credential_file.empty())
        entry->set(has_key ? "key" : "secret", file_reference(credential_file));
    if (!certificate_file.empty()) entry->set("certificate", file_reference(certificate_file));
    if (by_key) {
        entry->set("alg", client.algorithm);
        entry->set("kid", client_key_id);
    }
    return entry;
}

Object::Ptr named(const std::string& name, const Object::Ptr& value) {
    Object::Ptr object = new_object();
    object->set(name, value);
    return object;
}

}  // namespace

std::string configuration_text(const Party& party, const ConfigurationFiles& files) {
    Object::Ptr idp =
        client_entry(party.options.idp_client, files.idp_credential, files.idp_certificate);
    idp->set("issuer", party.idp_issuer);
    Object::Ptr subject = new_object();
    subject->set("type", "id_token");
    Object::Ptr from = file_reference(files.id_token);
    if (!files.session.empty()) {
        from = new_object();
        from->set("session", files.session);
    }
    subject->set("from", from);
    Object::Ptr provider = new_object();
    provider->set("plugin", "cross-app-access");
    provider->set("clients", named("idp", idp));
    provider->set("subject", subject);

    Object::Ptr connection = new_object();
    connection->set("name", "chat");
    connection->set("server", party.resource);
    connection->set("provider", "acme");
    connection->set("issuer", party.authorization_server_issuer);
    connection->set("scopes", array_of(party.options.scopes));
    connection->set("clients",
                    named("mcp", client_entry(party.options.mcp_client, files.mcp_credential,
                                              files.mcp_certificate)));
    Array::Ptr connections = new Array;
    connections->add(connection);

    Object::Ptr policy = new_object();
    if (files.authority.empty()) {
        policy->set("allow_http_loopback", true);
    } else {
        policy->set("private_networks", array_of({"127.0.0.0/8", "::1/128"}));
        policy->set("ca_file", files.authority);
    }
    Object::Ptr all = new_object();
    all->set("version", 1);
    all->set("providers", named("acme", provider));
    all->set("connections", connections);
    all->set("policy", policy);
    // Poco escapes every slash, which JSON allows and no person wants to read. There is no
    // backslash in these values that the replacement could meet.
    return Poco::replace(to_text(*all, 2), std::string("\\/"), std::string("/")) + "\n";
}

}  // namespace mcp_auth::demo
