// The MCP server's authorization server (protocol.md M): trusts the enterprise's identity provider
// and turns its ID-JAGs into access tokens (RFC 7523), each bound to one resource.
#pragma once

#include "http.hpp"
#include "jwt.hpp"
#include "party.hpp"

#include <functional>
#include <map>
#include <mutex>
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
    // Whether it was shown before; remembers it until it expires.
    bool shown_before(const Jwt& id_jag);
    Answer redeem(const Jwt& id_jag, const Form& form);
    Answer issue(const Jwt& id_jag, const std::string& resource,
                 const std::vector<std::string>& scopes) const;

    const Party& party_;
    const IssuerPaths paths_;
    const SigningKey key_;
    const std::function<std::string()> idp_jwks_;
    std::mutex mutex_;
    std::map<std::string, std::int64_t> shown_;  // jti, until when
};

}  // namespace mcp_auth::demo
