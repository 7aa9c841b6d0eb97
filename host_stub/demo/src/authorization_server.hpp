// The MCP server's authorization server (protocol.md M): trusts the enterprise's identity provider
// and turns its ID-JAGs into access tokens (RFC 7523), each bound to one resource.
#pragma once

#include "http.hpp"
#include "jwt.hpp"
#include "party.hpp"
#include "replay_guard.hpp"

#include <functional>
#include <optional>
#include <string>

namespace mcp_auth::demo {

class AuthorizationServer {
public:
    // `idp_jwks` is what the trusted identity provider publishes, asked for at each redemption.
    AuthorizationServer(const Party& party, std::function<std::string()> idp_jwks);

    Answer answer(const RecordedRequest& request);
    std::string jwks() const { return key_.jwks(); }

private:
    Answer metadata() const;
    Answer token(const RecordedRequest& request);
    std::optional<Answer> refuse_id_jag(const Jwt& id_jag) const;
    Answer redeem(const Jwt& id_jag, const Form& form);
    Answer issue(const Jwt& id_jag, const std::string& resource,
                 const std::vector<std::string>& scopes) const;

    const Party& party_;
    const IssuerPaths paths_;
    const SigningKey key_;
    const std::function<std::string()> idp_jwks_;
    ReplayGuard id_jags_;
    ReplayGuard assertions_;  // of the client
};

}  // namespace mcp_auth::demo
