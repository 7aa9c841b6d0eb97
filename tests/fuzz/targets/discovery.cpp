// Metadata of a protected resource and of an authorization server.
#include "discovery.hpp"

#include "answer.hpp"
#include "promise.hpp"
#include "published_endpoint.hpp"
#include "targets.hpp"

#include <mcp_auth/server_metadata.hpp>

namespace mcp_auth::fuzz {
namespace {

constexpr const char* server_url = "https://mcp.example/mcp";
constexpr const char* issuer = "https://auth.example/tenant";

void must_only_ask(const OneAnswer& network, std::string_view origin) {
    for (const std::string& url : network.asked)
        must(url.substr(0, origin.size() + 1) == std::string(origin) + "/",
             "metadata is asked for where it belongs");
}

void read_resource(const HttpResponse& answer, bool path_prefix) {
    OneAnswer network(answer);
    const auto found =
        host::Discovery(network).resource(server_url, std::nullopt, path_prefix, {}, {});
    must_only_ask(network, "https://mcp.example");
    if (!found) return must_be_for_a_log(found.error());
    const auto resource = host::Url::parse(found->resource);
    must(resource && resource->origin() == "https://mcp.example", "a resource is of its server");
    must(path_prefix || found->resource == server_url || found->url.ends_with("resource"),
         "a resource is the one that was asked for");
    must(!found->authorization_servers.empty(), "a resource names an authorization server");
    must(found->fresh_for >= 0 && found->fresh_for <= 24 * 3600, "metadata is kept for a day");
    host::IssuerRule rule;
    rule.allowed = {issuer};
    const auto chosen = host::choose_issuer(*found, rule);
    if (!chosen) return must_be_for_a_log(chosen.error());
    must(*chosen == issuer, "an issuer is one that the rule allows");
}

void must_be_an_endpoint(const std::string& text) {
    if (text.empty()) return;
    const auto url = host::Url::parse(text);
    must(url && url->secure(), "an endpoint is a URL with https");
}

void must_be_of_the_server(const host::ServerMetadata& server, std::string_view of) {
    must(server.issuer == of, "metadata is of the issuer that was asked for");
    must(!server.token_endpoint.empty(), "a server has a token endpoint");
    for (const auto* endpoint : {&server.token_endpoint, &server.authorization_endpoint,
                                 &server.registration_endpoint, &server.mtls_token_endpoint})
        must_be_an_endpoint(*endpoint);
    const auto keys = host::published_endpoint(server.issuer, server.document, "jwks_uri", false);
    if (keys)
        must_be_an_endpoint(*keys);
    else
        must_be_for_a_log(keys.error());
}

}  // namespace

void discovery(std::string_view bytes) {
    const HttpResponse answer = answer_of(bytes);
    read_resource(answer, false);
    read_resource(answer, true);

    OneAnswer network(answer);
    host::Discovery discovery(network);
    const auto server = discovery.server(issuer, {}, {});
    must_only_ask(network, "https://auth.example");
    if (server) {
        must_be_of_the_server(*server, issuer);
        must(plugin::ServerMetadata::read(server->text, "token").ok(),
             "what the host has read, a plugin can read");
    } else {
        must_be_for_a_log(server.error());
    }
    const auto mcp_server = host::Url::parse(server_url);
    const auto old = discovery.server_of_2025_03_26(*mcp_server, {}, {});
    if (old)
        must_be_of_the_server(*old, "https://mcp.example");
    else
        must_be_for_a_log(old.error());
}

}  // namespace mcp_auth::fuzz
