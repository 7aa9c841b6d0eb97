#include "client_authentication.hpp"

#include "client_assertion.hpp"
#include "client_certificate.hpp"
#include "secret_reference.hpp"
#include "url.hpp"

#include <openssl/evp.h>
#include <mcp_auth/form.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace mcp_auth::host {
namespace {

std::string named(const ClientConfig& client) {
    return "client \"" + client.name + "\"";
}

Error misconfigured(std::string_view leg, std::string message) {
    return {Status::misconfigured, std::string(leg), std::move(message)};
}

// A server that publishes no list is held by RFC 8414 2 to accept client_secret_basic. That is
// the method to choose when nobody named one, but no reason to refuse one that the administrator
// named: a public client's `none` is left out of such metadata as a rule. A list that is there
// is believed, before anything is sent.
Result<void> check_listed(const ClientConfig& client, const ServerMetadata& metadata,
                          ClientMethod method, std::string_view leg) {
    if (!metadata.states_auth_methods) return {};
    const auto& listed = metadata.auth_methods;
    if (std::find(listed.begin(), listed.end(), to_string(method)) != listed.end()) return {};
    return misconfigured(
        leg, "the authorization server " + metadata.issuer + " does not list the method " +
                 std::string(to_string(method)) + " of " + named(client) +
                 " in token_endpoint_auth_methods_supported; set its \"method\" to "
                 "one that the server lists");
}

std::string client_id_of(const ClientConfig& client) {
    return client.id.empty() ? client.metadata_document : client.id;
}

Result<Secret> secret_of(const ClientConfig& client, std::string_view leg, const Bounds& bounds) {
    return read_secret(client.secret, "client secret of \"" + client.name + "\"", leg, bounds);
}

// The bytes of `text` in base64 (RFC 4648 4), behind `prefix`. One allocation, so none is left.
Secret base64_behind(std::string_view prefix, const Secret& text) {
    const auto bytes = text.reveal();
    const auto encoded = 4 * ((bytes.size() + 2) / 3);
    std::string out;
    out.reserve(prefix.size() + encoded + 1);
    out = prefix;
    out.resize(prefix.size() + encoded + 1);  // EVP_EncodeBlock ends with a NUL
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + prefix.size()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    out.pop_back();
    return Secret(std::move(out));
}

// RFC 6749 2.3.1: id and secret are form-encoded separately before they are joined, so a ':' or a
// '+' in either survives. basic_raw is for servers that do not decode (G2).
Result<void> add_basic(const ClientConfig& client, TokenRequestParts& parts, std::string_view leg,
                       const Bounds& bounds) {
    auto secret = secret_of(client, leg, bounds);
    if (!secret) return secret.error();
    const auto id = client_id_of(client);
    if (client.basic_raw && id.find(':') != std::string::npos)
        return misconfigured(leg, "the id of " + named(client) +
                                      " has a colon, so it cannot be sent with \"basic_raw\"");
    const Secret encoded_secret =
        client.basic_raw ? std::move(*secret) : Secret(form_encode(secret->reveal()));
    const auto encoded_id = client.basic_raw ? id : form_encode(id);
    std::string pair;
    pair.reserve(encoded_id.size() + 1 + encoded_secret.size());
    pair.append(encoded_id).append(":").append(encoded_secret.reveal());
    parts.headers.emplace_back("Authorization", base64_behind("Basic ", Secret(std::move(pair))));
    return {};
}

Result<void> add_post(const ClientConfig& client, TokenRequestParts& parts, std::string_view leg,
                      const Bounds& bounds) {
    auto secret = secret_of(client, leg, bounds);
    if (!secret) return secret.error();
    parts.fields.emplace_back("client_id", Secret(client_id_of(client)));
    parts.fields.emplace_back("client_secret", std::move(*secret));
    return {};
}

Result<void> add_assertion(const ClientConfig& client, const ServerMetadata& metadata, Clock& clock,
                           SigningKeys& keys, TokenRequestParts& parts, std::string_view leg,
                           const Bounds& bounds) {
    auto assertion =
        make_client_assertion(client, metadata, parts.endpoint, clock, keys, leg, bounds);
    if (!assertion) return assertion.error();
    parts.fields.emplace_back("client_id", Secret(client_id_of(client)));
    parts.fields.emplace_back("client_assertion_type", Secret(client_assertion_type));
    parts.fields.emplace_back("client_assertion", std::move(*assertion));
    return {};
}

// RFC 8705: the certificate goes on the connection, and the endpoint may be one that asks for it.
Result<void> add_certificate(const ClientConfig& client, const ServerMetadata& metadata,
                             TokenRequestParts& parts, std::string_view leg, const Bounds& bounds) {
    const auto of_client = " of " + named(client);
    if (client.token_endpoint.empty() && !metadata.mtls_token_endpoint.empty())
        parts.endpoint = metadata.mtls_token_endpoint;
    if (const auto url = Url::parse(parts.endpoint); url && !url->secure())
        return misconfigured(leg, "tls_client_auth" + of_client +
                                      " needs TLS, and the token endpoint is plain http");
    const auto certificate =
        read_secret(client.certificate, "certificate" + of_client, leg, bounds);
    if (!certificate) return certificate.error();
    auto key = read_secret(client.key, "key" + of_client, leg, bounds);
    if (!key) return key.error();
    const auto pair = parse_client_certificate({certificate->reveal(), key->reveal()});
    if (!pair)
        return misconfigured(leg, "certificate and key" + of_client + ": " + pair.error().message);
    parts.fields.emplace_back("client_id", Secret(client_id_of(client)));
    parts.client_certificate = certificate->reveal();
    parts.client_key = std::move(*key);
    return {};
}

}  // namespace

Result<void> authenticate_client(const ClientConfig& client, const ServerMetadata& metadata,
                                 Clock& clock, SigningKeys& keys, TokenRequestParts& parts,
                                 std::string_view leg, const Bounds& bounds) {
    if (client_id_of(client).empty()) return misconfigured(leg, named(client) + " has no \"id\"");
    if (!client.method && client.has_credential())
        return misconfigured(leg, named(client) +
                                      " has a secret or a key, so it needs a "
                                      "\"method\" that says how it is sent");
    const auto method = client.method.value_or(ClientMethod::none);
    if (auto listed = check_listed(client, metadata, method, leg); !listed) return listed;
    switch (method) {
    case ClientMethod::none:  // E2: a public client says who it is, and proves nothing
        parts.fields.emplace_back("client_id", Secret(client_id_of(client)));
        return {};
    case ClientMethod::client_secret_basic: return add_basic(client, parts, leg, bounds);
    case ClientMethod::client_secret_post: return add_post(client, parts, leg, bounds);
    case ClientMethod::private_key_jwt:
        return add_assertion(client, metadata, clock, keys, parts, leg, bounds);
    case ClientMethod::tls_client_auth:
        return add_certificate(client, metadata, parts, leg, bounds);
    }
    return Error(Status::internal, std::string(leg), "an unknown client method");
}

}  // namespace mcp_auth::host
