// The MCP server's authorization server (protocol.md M): trusts the enterprise's identity provider
// and turns its ID-JAGs into access tokens (RFC 7523), each bound to one resource. A workload of
// the platform that it trusts gets them for the platform's assertion, and its client, if it can
// prove who it is, in its own right (RFC 6749 4.4); both for chat.read and chat.write alone.
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
    // What those whom it trusts publish, asked for at each redemption.
    using Jwks = std::function<std::string()>;
    AuthorizationServer(const Party& party, Jwks idp, Jwks platform);

    Answer answer(const RecordedRequest& request);
    std::string jwks() const { return key_.jwks(); }

private:
    Answer metadata() const;
    Answer token(const RecordedRequest& request);
    Answer redeem_assertion(const Form& form);
    std::optional<Answer> refuse_id_jag(const Jwt& id_jag) const;
    Answer redeem(const Jwt& id_jag, const Form& form);
    std::optional<Answer> refuse_workload(const Jwt& assertion) const;
    // For a subject that no user's consent or policy stands behind.
    Answer issue_to_program(const std::string& subject, const Form& form) const;
    Answer issue(const std::string& subject, const std::string& resource,
                 const std::vector<std::string>& scopes) const;

    const Party& party_;
    const IssuerPaths paths_;
    const SigningKey key_;
    const Jwks idp_jwks_, platform_jwks_;
    ReplayGuard id_jags_;
    ReplayGuard assertions_;  // of the client
};

}  // namespace mcp_auth::demo
