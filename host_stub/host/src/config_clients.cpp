// Clients, and where their secrets come from.
#include "client_certificate.hpp"
#include "config_document.hpp"
#include "json_schema.hpp"
#include "redirect_uri.hpp"
#include "signing_key.hpp"
#include "url.hpp"

#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

struct MethodName {
    std::string_view name;
    ClientMethod method;
};
constexpr MethodName method_names[] = {
    {"none", ClientMethod::none},
    {"client_secret_basic", ClientMethod::client_secret_basic},
    {"client_secret_post", ClientMethod::client_secret_post},
    {"private_key_jwt", ClientMethod::private_key_jwt},
    {"tls_client_auth", ClientMethod::tls_client_auth},
};

bool takes_secret(ClientMethod method) {
    return method == ClientMethod::client_secret_basic ||
           method == ClientMethod::client_secret_post;
}
bool takes_key(ClientMethod method) {
    return method == ClientMethod::private_key_jwt || method == ClientMethod::tls_client_auth;
}

// A setting that its method would not use is an error: it would be a promise that nobody keeps.
Result<void> check_method(const ClientConfig& client, const json::Value& value,
                          const std::string& pointer, const ConfigDocument& document) {
    const ClientMethod method = client.method.value_or(ClientMethod::none);
    const std::string name(to_string(method));
    const auto unused = [&](const char* key, bool used) {
        return value.find(key) != nullptr && !used;
    };
    const auto missing = [&](const char* key, bool needed) {
        return value.find(key) == nullptr && needed;
    };
    if (!client.method && client.has_credential())
        return document.fault(pointer,
                              "\"method\" is missing: with a secret or a key it must be "
                              "said how the client authenticates");
    for (const auto& [key, used] :
         {std::pair{"secret", takes_secret(method)}, std::pair{"key", takes_key(method)},
          std::pair{"certificate", method == ClientMethod::tls_client_auth},
          std::pair{"basic_raw", method == ClientMethod::client_secret_basic},
          std::pair{"alg", method == ClientMethod::private_key_jwt},
          std::pair{"kid", method == ClientMethod::private_key_jwt},
          std::pair{"audience", method == ClientMethod::private_key_jwt}})
        if (unused(key, used))
            return document.fault(pointer + "/" + key,
                                  "the method \"" + name + "\" does not use this");
    for (const auto& [key, needed] :
         {std::pair{"secret", takes_secret(method)}, std::pair{"key", takes_key(method)},
          std::pair{"certificate", method == ClientMethod::tls_client_auth}})
        if (missing(key, needed))
            return document.fault(
                pointer,
                "\"" + std::string(key) + "\" is missing: the method \"" + name + "\" needs it");
    return {};
}

// What the authorization server decides when it registers a client, or what only its metadata says.
Result<void> check_without_id(const json::Value& value, const std::string& pointer,
                              const ConfigDocument& document) {
    if (value.find("token_endpoint") != nullptr)
        return document.fault(pointer + "/token_endpoint",
                              "a client without an \"id\" needs all of its server's metadata, so "
                              "leave this out");
    if (value.find("register") != nullptr)
        for (const char* key :
             {"method", "secret", "key", "certificate", "basic_raw", "alg", "kid"})
            if (value.find(key) != nullptr)
                return document.fault(pointer + "/" + key,
                                      "a client that is registered dynamically is told by the "
                                      "authorization server how it authenticates");
    const auto method = value.string("method");
    if (method == "client_secret_basic" || method == "client_secret_post")
        return document.fault(pointer + "/method",
                              "a metadata document is public and names no secret: none, "
                              "private_key_jwt or tls_client_auth");
    return {};
}

// The document's URL is the client's id at every server, so its shape is fixed
// (draft-ietf-oauth-client-id-metadata-document 3).
Result<void> check_metadata_document(const std::string& text, const std::string& pointer,
                                     const ConfigDocument& document) {
    if (text.empty()) return {};
    const auto url = Url::parse(text);
    if (!url || !url->secure() || url->path().size() < 2 ||
        url->path().find("/.") != std::string_view::npos)
        return document.fault(pointer + "/metadata_document",
                              "expected an https URL with a path, and without dot segments");
    return {};
}

Result<void> check_literals(const ClientConfig& client, const std::string& pointer,
                            const ConfigDocument& document) {
    using From = SecretReference::From;
    if (client.method == ClientMethod::private_key_jwt)
        return check_literal_key(client.key, client.algorithm, pointer, document);
    if (client.key.from != From::literal || client.certificate.from != From::literal) return {};
    const auto pair = parse_client_certificate(
        {client.certificate.literal.reveal(), client.key.literal.reveal()});
    if (!pair) return document.fault(pointer + "/certificate", pair.error().message);
    return {};
}

// {"id"}, or {"metadata_document"}, {"register"}, or both of these.
Result<void> check_identity(const json::Value& value, const std::string& pointer,
                            const ConfigDocument& document) {
    const bool id = value.find("id") != nullptr;
    const bool other =
        value.find("metadata_document") != nullptr || value.find("register") != nullptr;
    if (id && other)
        return document.fault(pointer + "/id",
                              "a client with an id is neither registered nor a metadata document");
    if (!id && !other)
        return document.fault(pointer,
                              "\"id\" is missing: the client_id, as the authorization server "
                              "issued it");
    return other ? check_without_id(value, pointer, document) : Result<void>();
}

}  // namespace

std::string_view to_string(ClientMethod method) noexcept {
    for (const MethodName& row : method_names)
        if (row.method == method) return row.name;
    return "none";
}

Result<void> check_literal_key(const SecretReference& reference, const std::string& algorithm,
                               const std::string& pointer, const ConfigDocument& document) {
    if (reference.from != SecretReference::From::literal) return {};
    const auto key = SigningKey::read(reference.literal);
    if (!key) return document.fault(pointer + "/key", key.error().message);
    if (!choose_algorithm(*key, algorithm, nullptr))
        return document.fault(pointer + "/alg", "the key is " + key->description() +
                                                    ", which does not sign with this");
    return {};
}

bool ClientConfig::has_credential() const noexcept {
    return secret.from != SecretReference::From::none || key.from != SecretReference::From::none ||
           certificate.from != SecretReference::From::none;
}

Result<SecretReference> read_reference(const json::Value& value, const std::string& pointer,
                                       const ConfigDocument& document) {
    using From = SecretReference::From;
    SecretReference reference;
    if (const std::string* text = value.as_string()) {
        if (*text == "application") {
            reference.from = From::application;
            return reference;
        }
        if (document.readable_by_others)
            return document.fault(pointer,
                                  "a literal in a file that group or others can read: chmod 600 "
                                  "the file, or say where it is kept with \"env\", \"file\" or "
                                  "\"command\"");
        reference.from = From::literal;
        reference.literal = Secret(*text);
        return reference;
    }
    for (const json::Member& member : value.members()) {
        if (is_note(member.name)) continue;
        const std::string here = pointer + pointer_step(member.name);
        if (reference.from != From::none)
            return document.fault(here,
                                  "expected exactly one of \"env\", \"file\", \"command\" "
                                  "and \"session\"");
        if (member.name == "env") {
            reference.from = From::env;
            reference.name = *member.value.as_string();
        } else if (member.name == "file") {
            reference.from = From::file;
            reference.name = document.resolve(*member.value.as_string());
        } else if (member.name == "session") {
            reference.from = From::session;
            reference.name = *member.value.as_string();
        } else {
            reference.from = From::command;
            for (const json::Value& argument : member.value.items())
                reference.command.push_back(*argument.as_string());
            // No search of $PATH: what runs must not depend on who started the host.
            if (reference.command.front().find('/') == std::string::npos)
                return document.fault(
                    here + "/0",
                    "expected the absolute path of a program, or one relative to "
                    "the configuration such as ./get-token; PATH is not searched");
            reference.command.front() = document.resolve(reference.command.front());
        }
    }
    if (reference.from == From::none)
        return document.fault(pointer,
                              "expected one of \"env\", \"file\", \"command\" and "
                              "\"session\"");
    return reference;
}

Result<ClientConfig> read_client(const std::string& name, const json::Value& value,
                                 const std::string& pointer, const ConfigDocument& document) {
    using Query = ConfigDocument::Query;
    if (auto identity = check_identity(value, pointer, document); !identity)
        return identity.error();
    ClientConfig client;
    client.name = name;
    client.id = value.string("id");
    client.algorithm = value.string("alg");
    client.key_id = value.string("kid");
    client.assertion_audience = value.string("audience");
    client.redirect_uri = value.string("redirect_uri");
    if (!client.redirect_uri.empty()) {
        if (auto uri = RedirectUri::parse(client.redirect_uri); !uri)
            return document.fault(pointer + "/redirect_uri", uri.error().message);
    }
    if (const json::Value* registration = value.find("register"))
        client.registration = *registration;
    if (const json::Value* raw = value.find("basic_raw")) client.basic_raw = *raw->as_bool();
    if (const json::Value* method = value.find("method"))
        for (const MethodName& row : method_names)
            if (row.name == *method->as_string()) client.method = row.method;

    struct Place {
        const char* key;
        SecretReference* reference;
    };
    for (const Place& place : {Place{"secret", &client.secret}, Place{"key", &client.key},
                               Place{"certificate", &client.certificate}}) {
        const json::Value* reference = value.find(place.key);
        if (reference == nullptr) continue;
        auto read = read_reference(*reference, pointer + "/" + place.key, document);
        if (!read) return read.error();
        *place.reference = *read;
    }
    struct Address {
        const char* key;
        std::string* text;
        Query query;
    };
    for (const Address& address :
         {Address{"issuer", &client.issuer, Query::refused},
          Address{"token_endpoint", &client.token_endpoint, Query::allowed},
          Address{"metadata_document", &client.metadata_document, Query::allowed}}) {
        const json::Value* url = value.find(address.key);
        if (url == nullptr) continue;
        auto read = document.url(*url, pointer + "/" + address.key, address.query);
        if (!read) return read.error();
        *address.text = std::move(*read);
    }
    if (auto method = check_method(client, value, pointer, document); !method)
        return method.error();
    if (auto literals = check_literals(client, pointer, document); !literals)
        return literals.error();
    // D1: the IdP is the administrator's choice, never the MCP server's.
    if (client.issuer.empty() && name == "idp")
        return document.fault(pointer, "\"issuer\" is missing: the URL of the identity provider");
    // C3: without an issuer nothing would say whose endpoint this is.
    if (client.issuer.empty() && !client.token_endpoint.empty())
        return document.fault(pointer,
                              "\"issuer\" is missing: the URL of the authorization server "
                              "that the token endpoint belongs to");
    if (auto shape = check_metadata_document(client.metadata_document, pointer, document); !shape)
        return shape.error();
    if (!client.method) client.method = ClientMethod::none;
    return client;
}

}  // namespace mcp_auth::host
