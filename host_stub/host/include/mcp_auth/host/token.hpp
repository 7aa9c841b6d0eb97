// mcp_auth/host/token.hpp - what a connection hands out.
#pragma once

#include <mcp_auth/host/export.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth {

namespace host {
class TokenEntry;
}

// An access token of one user for one MCP server. Copies share it; it is wiped with the last
// one. It has no operator<<, and value() is the only way to the secret.
class MCP_AUTH_HOST_API AccessToken {
public:
    std::string_view value() const noexcept;  // the secret, b64token syntax (RFC 6750 2.1)
    std::string_view type() const noexcept;   // "Bearer" or "DPoP"
    std::string_view scope() const noexcept;  // granted; empty: not known
    std::chrono::system_clock::time_point expires_at() const noexcept;

private:
    friend class host::TokenEntry;
    explicit AccessToken(std::shared_ptr<const host::TokenEntry> entry) noexcept;
    std::shared_ptr<const host::TokenEntry> entry_;
};

// The first leg alone: an assertion (an ID-JAG) for an application that redeems it by itself.
struct Assertion {
    std::string value;
    std::string token_type;  // URN
    std::string scope;       // granted; empty: as requested
    std::chrono::system_clock::time_point expires_at;
};
struct AssertionRequest {
    std::string audience;  // the authorization server's issuer; must be allowed by `issuer`
    std::string resource;  // empty: none
    std::string scope;     // empty: none
    // The RFC 7638 thumbprint of the DPoP key that the application will prove at the redemption.
    // What comes back is bound to this key (`cnf.jkt`), if the provider can have it bound at all,
    // and never to another. Empty: there is no key.
    std::string dpop_jkt{};
};

}  // namespace mcp_auth
