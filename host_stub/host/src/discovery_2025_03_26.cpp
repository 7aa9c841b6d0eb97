// The discovery of MCP's revision 2025-03-26; discovery.hpp says what it costs.
#include "discovery.hpp"
#include "metadata_chain.hpp"

#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view leg = "server_metadata";
constexpr int not_found = 404;

// "Fallbacks for Servers without Metadata Discovery". That revision demands PKCE of every client
// and OAuth 2.1, and with it S256, of every server, so saying so claims nothing new.
ServerMetadata default_endpoints(const std::string& origin) {
    ServerMetadata metadata;
    metadata.issuer = origin;
    metadata.authorization_endpoint = origin + "/authorize";
    metadata.token_endpoint = origin + "/token";
    metadata.registration_endpoint = origin + "/register";
    metadata.document = json::Value::object();
    metadata.document.set("issuer", origin)
        .set("authorization_endpoint", metadata.authorization_endpoint)
        .set("token_endpoint", metadata.token_endpoint)
        .set("registration_endpoint", metadata.registration_endpoint)
        .set("response_types_supported", json::Value::array().push("code"))
        .set("code_challenge_methods_supported", json::Value::array().push("S256"));
    metadata.text = metadata.document.dump();
    return metadata;
}

// RFC 8414 lets endpoints be anywhere, since there the issuer is the administrator's choice. Here
// it is the MCP server's own word.
Result<void> check_origin(const ServerMetadata& metadata, const Url& issuer) {
    for (const std::string* url :
         {&metadata.authorization_endpoint, &metadata.token_endpoint,
          &metadata.registration_endpoint, &metadata.mtls_token_endpoint}) {
        const auto endpoint = Url::parse(*url);
        if (url->empty() || (endpoint && endpoint->same_origin(issuer))) continue;
        return Error{Status::misconfigured, std::string(leg),
                     "the metadata of " + metadata.issuer +
                         " names an endpoint of another origin; by the discovery of 2025-03-26 "
                         "nothing is sent there"};
    }
    return {};
}

}  // namespace

Result<ServerMetadata> Discovery::server_of_2025_03_26(const Url& mcp_server, const Trace& trace,
                                                       const Bounds& bounds) {
    const std::string origin = mcp_server.origin();  // its path is discarded
    const auto issuer = Url::parse(origin);
    if (!issuer) return issuer.error();
    if (!usable(*issuer))
        return Error{Status::misconfigured, std::string(leg),
                     "the server " + origin + " is plain http; nothing is sent"};
    MetadataChain chain(http_, leg, "issuer", trace, bounds);
    // "Server Metadata Discovery Headers": a server that has gone on since can tell who asks.
    chain.add_header("MCP-Protocol-Version", "2025-03-26");
    auto document = chain.first_of({well_known(*issuer, "oauth-authorization-server")});
    if (!document) {
        if (document.error().http_status == not_found) return default_endpoints(origin);
        return std::move(document).error();
    }
    auto metadata = read_server(std::move(document->json), *issuer, origin);
    if (metadata)
        if (auto within = check_origin(*metadata, *issuer); !within) metadata = within.error();
    chain.checked(*document, metadata.status());
    if (!metadata) return metadata;
    metadata->text = std::move(document->text);
    metadata->fresh_for = document->fresh_for;
    return metadata;
}

}  // namespace mcp_auth::host
