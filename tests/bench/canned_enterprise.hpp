// An enterprise whose every answer is fixed, so that what is measured is the client.
//
// The same two token requests for all clients that are compared: an exchange (RFC 8693) with
// client_secret_post and a redemption (RFC 7523) with client_secret_basic, which is what the
// TypeScript SDK sends. The ID-JAG passes every check of protocol.md F; nobody signed it, and no
// client may tell (F4).
#pragma once

#include <mcp_auth/host.hpp>

#include <map>
#include <memory>
#include <string>

namespace mcp_auth::bench {

struct CannedEnterprise {
    std::string idp;  // issuers
    std::string server;
    std::string resource;  // URL of the MCP server
    std::string id_token;
    std::string id_jag;
    std::string access_token;

    // `idp_origin` and `server_origin`: where the two are reached, without a final slash.
    static CannedEnterprise at(const std::string& idp_origin, const std::string& server_origin,
                               std::size_t access_token_bytes = 600);

    static constexpr const char* idp_client = "2ec954a1d60620116d";
    static constexpr const char* idp_secret = "an-idp-secret-of-some-length";
    static constexpr const char* mcp_client = "f53f191f9311af35";
    static constexpr const char* mcp_secret = "an-mcp-secret-of-some-length";
    static constexpr const char* scope = "chat.read";

    // URL to body of an answer; POST and GET do not share a URL.
    std::map<std::string, std::string> answers() const;
    std::string nginx_configuration(const std::string& directory) const;
    std::string client_json() const;  // what the programs that are no MCP host need to know

    // A host with the shipped plugin. `options`: what differs from one benchmark to another.
    Result<Host> open(Options options) const;
    // One source for every user: what is measured is not how an application finds an ID token.
    SubjectSource source() const;
};

// At once, or after a while: the enterprise without a network.
std::shared_ptr<HttpTransport> canned_transport(const CannedEnterprise& enterprise,
                                                std::chrono::milliseconds delay = {});

}  // namespace mcp_auth::bench
