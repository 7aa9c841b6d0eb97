#include "discovery.hpp"

#include "address_policy.hpp"
#include "metadata_chain.hpp"
#include "untrusted_text.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view resource_leg = "resource_metadata";
constexpr std::string_view server_leg = "server_metadata";

Error misconfigured(std::string_view leg, std::string message) {
    return {Status::misconfigured, std::string(leg), std::move(message)};
}

Error broken(std::string_view leg, std::string message) {
    return {Status::protocol, std::string(leg), std::move(message)};
}

bool is_root(const Url& url) {
    return (url.path().empty() || url.path() == "/") && !url.has_query();
}

// B2: byte for byte, save that "https://h" and "https://h/" are one identifier.
bool same_identifier(const std::string& published, const Url& expected) {
    if (published == expected.text()) return true;
    if (!is_root(expected)) return false;
    const auto without_slash = [](std::string_view text) {
        if (!text.empty() && text.back() == '/') text.remove_suffix(1);
        return text;
    };
    const auto other = Url::parse(published);
    return other && is_root(*other) && without_slash(published) == without_slash(expected.text());
}

// The opt-in of B2: a resource of the same origin whose path is a leading part, in whole segments.
bool covers(const std::string& published, const Url& server) {
    const auto resource = Url::parse(published);
    if (!resource || !resource->same_origin(server) || resource->has_query()) return false;
    std::string_view path = resource->path();
    if (!path.empty() && path.back() == '/') path.remove_suffix(1);
    const std::string_view whole = server.path();
    return whole.substr(0, path.size()) == path &&
           (whole.size() == path.size() || whole[path.size()] == '/');
}

// An absent member is empty; one of another type breaks the specification.
Result<std::vector<std::string>> strings_or_none(const json::Value& document, const char* name,
                                                 std::string_view leg) {
    if (document.find(name) == nullptr) return std::vector<std::string>{};
    auto strings = document.strings(name);
    if (!strings) return broken(leg, "\"" + std::string(name) + "\" is not an array of strings");
    return std::move(*strings);
}

Result<ResourceMetadata> read_resource(const MetadataDocument& document) {
    ResourceMetadata metadata;
    metadata.url = document.url;
    metadata.resource = document.json.string("resource");
    metadata.fresh_for = document.fresh_for;
    auto servers = strings_or_none(document.json, "authorization_servers", resource_leg);
    if (!servers) return std::move(servers).error();
    metadata.authorization_servers = std::move(*servers);
    if (metadata.authorization_servers.empty())
        return misconfigured(resource_leg, "the metadata of " + untrusted_text(metadata.resource) +
                                               " names no authorization server");
    auto scopes = strings_or_none(document.json, "scopes_supported", resource_leg);
    if (!scopes) return std::move(scopes).error();
    metadata.scopes_supported = std::move(*scopes);
    if (const auto* bound = document.json.find("dpop_bound_access_tokens_required")) {
        // Read as "no" where it says something else, a server's demand would go unheard.
        if (!bound->is_bool())
            return broken(resource_leg, "\"dpop_bound_access_tokens_required\" is not a boolean");
        metadata.dpop_bound_access_tokens_required = *bound->as_bool();
    }
    return metadata;
}

// The document must be of what was asked for: else a server could take the tokens of another (B2).
Result<ResourceMetadata> check_resource(const MetadataChain& chain,
                                        const MetadataDocument& document, const Url& identifier,
                                        const Url& server, bool path_prefix) {
    const std::string published(document.json.string("resource"));
    if (!same_identifier(published, identifier) && !(path_prefix && covers(published, server))) {
        chain.checked(document, Status::misconfigured);
        return misconfigured(resource_leg,
                             "the resource metadata is of \"" + untrusted_text(published) +
                                 "\", not of \"" + identifier.text() +
                                 "\"; the server's own configuration must name the URL that it "
                                 "is reached by (or, if it is meant to cover this server, set "
                                 "\"resource_match\": \"path-prefix\")");
    }
    auto metadata = read_resource(document);
    chain.checked(document, metadata.status());
    return metadata;
}

// The endpoint's URL if the document has it; empty if not.
Result<std::string> endpoint(const json::Value& document, const char* name) {
    const json::Value* const member = document.find(name);
    if (member == nullptr) return std::string{};
    if (!member->is_string() || !Url::parse(*member->as_string()))
        return broken(server_leg, "\"" + std::string(name) + "\" is not a URL that can be used");
    return *member->as_string();
}

std::string listed(const std::vector<std::string>& issuers) {
    std::string out;
    for (const std::string& issuer : issuers) {
        if (!out.empty()) out += ", ";
        if (out.size() > 1024) return out + "...";
        out += "\"" + untrusted_text(issuer) + "\"";
    }
    return out.empty() ? "none" : out;
}

}  // namespace

bool Discovery::usable(const Url& url) const {
    return url.secure() || (allow_http_loopback_ && is_loopback_host(url.host()));
}

Result<ResourceMetadata> Discovery::resource(const std::string& server_url,
                                             const std::optional<Challenge>& challenge,
                                             bool path_prefix, const Trace& trace,
                                             const Bounds& bounds) {
    const auto server = Url::parse(server_url);
    if (!server)
        return misconfigured(resource_leg, "the connection's server: " + server.error().message);
    MetadataChain chain(http_, resource_leg, "resource", trace, bounds);

    if (challenge && !challenge->resource_metadata.empty()) {
        // Another origin could be anything that this machine can reach, and it would choose the
        // authorization server for this one (L2).
        const auto named = Url::parse(challenge->resource_metadata);
        if (!named || !named->same_origin(*server))
            return misconfigured(resource_leg,
                                 "the challenge of " + server->origin() +
                                     " names resource metadata that is not of the same origin "
                                     "(or not a URL); nothing was fetched");
        const auto document = chain.first_of({named->text()});
        if (!document) return document.error();
        return check_resource(chain, *document, *server, *server, path_prefix);
    }

    const std::string path_form = well_known(*server, "oauth-protected-resource");
    std::vector<std::string> forms{path_form};
    const std::string root_form = well_known_root(*server, "oauth-protected-resource");
    if (root_form != path_form) forms.push_back(root_form);
    const auto document = chain.first_of(forms);
    if (!document) return document.error();
    if (document->url == path_form)
        return check_resource(chain, *document, *server, *server, path_prefix);
    const auto root = Url::parse(server->origin());
    if (!root) return root.error();
    return check_resource(chain, *document, *root, *server, path_prefix);
}

Result<ServerMetadata> Discovery::read_server(json::Value document, const Url& found_at,
                                              const std::string& issuer) const {
    // Mix-up: a document of another issuer would send credentials and grants there (C2).
    if (document.string("issuer") != issuer)
        return misconfigured(server_leg, "the metadata at " + found_at.origin() + " is of \"" +
                                             untrusted_text(document.string("issuer")) +
                                             "\", not of \"" + issuer +
                                             "\" (compared byte for byte, a final slash counts)");
    ServerMetadata metadata;
    metadata.issuer = issuer;
    struct Endpoint {
        const char* name;
        std::string* into;
    };
    for (const auto& [name, into] : {Endpoint{"token_endpoint", &metadata.token_endpoint},
                                     {"authorization_endpoint", &metadata.authorization_endpoint},
                                     {"registration_endpoint", &metadata.registration_endpoint}}) {
        auto url = endpoint(document, name);
        if (!url) return std::move(url).error();
        *into = std::move(*url);
    }
    if (metadata.token_endpoint.empty())
        return broken(server_leg, "the metadata of " + issuer + " has no \"token_endpoint\"");
    if (const json::Value* const aliases = document.find("mtls_endpoint_aliases")) {
        auto url = endpoint(*aliases, "token_endpoint");
        if (!url) return std::move(url).error();
        metadata.mtls_token_endpoint = std::move(*url);
    }
    for (const std::string* url :
         {&metadata.token_endpoint, &metadata.authorization_endpoint,
          &metadata.registration_endpoint, &metadata.mtls_token_endpoint}) {
        if (url->empty()) continue;
        // C4: at another origin over https alone, even where loopback may be spoken to without.
        const auto parsed = Url::parse(*url);
        if (!parsed->secure() && !(parsed->same_origin(found_at) && usable(*parsed)))
            return misconfigured(server_leg, "the metadata of " + issuer +
                                                 " names an endpoint with plain http, " +
                                                 parsed->origin() + "; nothing is sent there");
    }
    constexpr const char* methods = "token_endpoint_auth_methods_supported";
    metadata.states_auth_methods = document.find(methods) != nullptr;
    auto auth_methods = strings_or_none(document, methods, server_leg);
    if (!auth_methods) return std::move(auth_methods).error();
    metadata.auth_methods = std::move(*auth_methods);
    constexpr const char* algorithms = "token_endpoint_auth_signing_alg_values_supported";
    auto signing = strings_or_none(document, algorithms, server_leg);
    if (!signing) return std::move(signing).error();
    if (document.find(algorithms) != nullptr)
        metadata.auth_signing_algorithms = std::move(*signing);
    metadata.document = std::move(document);
    return metadata;
}

Result<ServerMetadata> Discovery::server(const std::string& issuer, const Trace& trace,
                                         const Bounds& bounds) {
    const auto url = Url::parse(issuer);
    if (!url) return misconfigured(server_leg, "the issuer: " + url.error().message);
    if (url->has_query())
        return misconfigured(server_leg, "the issuer " + url->origin() +
                                             " has a query, which no issuer has (RFC 8414 2)");
    if (!usable(*url))
        return misconfigured(server_leg,
                             "the issuer " + issuer + " is plain http; nothing is sent");

    std::vector<std::string> forms{well_known(*url, "oauth-authorization-server"),
                                   well_known(*url, "openid-configuration")};
    if (!is_root(*url)) forms.push_back(well_known_appended(*url, "openid-configuration"));
    MetadataChain chain(http_, server_leg, "issuer", trace, bounds);
    auto document = chain.first_of(forms);
    if (!document) return std::move(document).error();
    auto metadata = read_server(std::move(document->json), *url, issuer);
    chain.checked(*document, metadata.status());
    if (!metadata) return metadata;
    metadata->text = std::move(document->text);
    metadata->fresh_for = document->fresh_for;
    return metadata;
}

Result<std::string> choose_issuer(const ResourceMetadata& metadata, const IssuerRule& rule) {
    for (const std::string& issuer : metadata.authorization_servers) {
        if (rule.allows(issuer)) return issuer;
    }
    return misconfigured(resource_leg,
                         "the server " + untrusted_text(metadata.resource) +
                             " trusts the authorization servers " +
                             listed(metadata.authorization_servers) +
                             ", the connection's \"issuer\" allows " + listed(rule.allowed) +
                             "; nothing was sent. If the server is right, put its issuer into "
                             "the connection");
}

}  // namespace mcp_auth::host
