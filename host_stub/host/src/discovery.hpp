// What a protected resource and an authorization server publish of themselves (RFC 9728, RFC 8414;
// protocol.md B, C). Documents are used only when they say the identifier they were asked for.
#pragma once

#include "challenge.hpp"
#include "config.hpp"
#include "trace.hpp"
#include "url.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::host {

struct ResourceMetadata {
    std::string url;       // where it was found
    std::string resource;  // byte for byte as published (B4)
    std::vector<std::string> authorization_servers;
    std::vector<std::string> scopes_supported;
    bool dpop_bound_access_tokens_required = false;
    // Seconds, from Cache-Control, at most a day; 0: not stated; 1: not to be kept.
    std::int64_t fresh_for = 0;
};

struct ServerMetadata {
    std::string issuer;
    std::string token_endpoint, authorization_endpoint, registration_endpoint;
    std::vector<std::string> auth_methods;  // token_endpoint_auth_methods_supported
    bool states_auth_methods = false;
    // token_endpoint_auth_signing_alg_values_supported; nothing: it is not stated
    std::optional<std::vector<std::string>> auth_signing_algorithms;
    std::string mtls_token_endpoint;  // of mtls_endpoint_aliases (RFC 8705 5); empty: none
    json::Value document;
    std::string text;  // as received
    std::int64_t fresh_for = 0;
};

class Discovery {
public:
    // `allow_http_loopback`: the policy's; issuers and endpoints may then be plain http on this
    // machine (L1).
    explicit Discovery(HttpTransport& http, bool allow_http_loopback = false)
        : http_(http), allow_http_loopback_(allow_http_loopback) {}

    // B1, B2: the challenge's resource_metadata, else path form, then root form. The server's URL
    // is the identifier; `path_prefix` is the opt-in of B2. A document that is not there (404,
    // 5xx, not JSON) lets the next form be tried; one of something else ends it.
    // Errors, leg "resource_metadata": misconfigured (mismatch, another origin's document, none
    // found), unavailable, protocol.
    Result<ResourceMetadata> resource(const std::string& server_url,
                                      const std::optional<Challenge>& challenge, bool path_prefix,
                                      const Trace& trace, const Bounds& bounds);

    // C1, C2: issuer compared byte for byte; endpoints must be https (or allowed loopback).
    // Errors, leg "server_metadata": misconfigured (issuer mismatch, none found, http endpoint),
    // protocol (no token_endpoint, not JSON), unavailable.
    Result<ServerMetadata> server(const std::string& issuer, const Trace& trace,
                                  const Bounds& bounds);

    // For a connection with "discovery": "2025-03-26" alone: what that revision of MCP did before
    // there was resource metadata. The MCP server's own origin is its authorization server: the
    // metadata there, or, where there is none (404), /authorize, /token and /register.
    //
    // It is weaker, which is why nothing leads here but the administrator's word. Nobody but the
    // MCP server says that its origin is an authorization server, so the client's credentials and
    // grants go to the very server that the tokens are for. No resource is named in any request,
    // so a token is bound to no audience, and whoever is shown it may use it elsewhere. With the
    // default endpoints nothing was validated at all. So nothing leaves for another origin than
    // the server's (C2, C4 hold all the same), an answer other than 404 is no reason for the
    // defaults, and a server that names resource metadata is refused this way.
    // Errors: as server().
    Result<ServerMetadata> server_of_2025_03_26(const Url& mcp_server, const Trace& trace,
                                                const Bounds& bounds);

private:
    Result<ServerMetadata> read_server(json::Value document, const Url& found_at,
                                       const std::string& issuer) const;
    bool usable(const Url& url) const;  // L1

    HttpTransport& http_;
    bool allow_http_loopback_;
};

// B3: the first of the resource's authorization servers that the rule allows. Errors:
// misconfigured, leg "resource_metadata", naming what was offered and what is allowed.
Result<std::string> choose_issuer(const ResourceMetadata& metadata, const IssuerRule& rule);

}  // namespace mcp_auth::host
