#include "client_post.hpp"

#include "published_endpoint.hpp"
#include "wiped_exchange.hpp"

#include <string>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024;  // L3, as of a token response

// RFC 8705 5: a client that shows a certificate has endpoints of its own where they are published.
const json::Value& endpoints_for(const ClientConfig& client, const ServerMetadata& server,
                                 std::string_view endpoint) {
    const json::Value* const aliases = server.document.find("mtls_endpoint_aliases");
    const bool own = client.method == ClientMethod::tls_client_auth && aliases != nullptr &&
                     aliases->find(endpoint) != nullptr;
    return own ? *aliases : server.document;
}

}  // namespace

Result<ClientAnswer> ClientPosts::send(const ClientConfig& client, const ServerMetadata& server,
                                       const ClientPost& post, const Trace& trace,
                                       const Bounds& bounds) {
    const auto endpoint =
        published_endpoint(server.issuer, endpoints_for(client, server, post.endpoint),
                           post.endpoint, allow_http_loopback_);
    if (!endpoint) return endpoint.error();

    TokenRequestParts parts;
    parts.fields = copy_of(post.fields);
    parts.endpoint = *endpoint;
    IssuerClock theirs(clock_, server.issuer);
    if (auto done = authenticate_client(client, server, theirs, keys_, parts, post.leg, bounds);
        !done)
        return std::move(done).error();
    WipedExchange wiped;
    HttpRequest& request = wiped.request;
    request.method = "POST";
    request.url = *endpoint;  // not parts.endpoint: that may now be the token endpoint's alias
    request.max_response_bytes = max_answer_bytes;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"}};
    for (const auto& [name, value] : parts.headers)
        request.headers.emplace_back(name, std::string(value.reveal()));
    request.client_certificate = parts.client_certificate;
    request.client_key = parts.client_key.reveal();
    request.body = form_body(parts.fields).reveal();
    auto response = send_leg(http_, request, post.leg, trace, bounds);
    if (!response) return std::move(response).error();
    return ClientAnswer{*std::move(response), SentSecrets(request)};
}

}  // namespace mcp_auth::host
