// The enterprise's identity provider (protocol.md M): signs users in, and exchanges their ID
// tokens for ID-JAGs (RFC 8693) where its policy allows it.
#pragma once

#include "http.hpp"
#include "jwt.hpp"
#include "party.hpp"
#include "replay_guard.hpp"

#include <mcp_auth/result.hpp>

#include <optional>
#include <string>

namespace mcp_auth::demo {

class IdentityProvider {
public:
    explicit IdentityProvider(const Party& party);

    Answer answer(const RecordedRequest& request) const;
    // What it publishes at its jwks_uri, and what receivers verify with.
    std::string jwks() const { return key_.jwks(); }
    Result<std::string> sign_in(const SignIn& how) const;

private:
    struct Wanted;  // a token exchange whose form has been read
    Answer metadata() const;
    Answer token(const RecordedRequest& request) const;
    std::optional<Answer> refuse_form(const Form& form) const;
    // The user that the subject token speaks of, or why it is refused.
    const DirectoryUser* subject(const std::string& token, std::optional<Answer>& refusal) const;
    Answer exchange(const Form& form) const;
    Answer issue(const DirectoryUser& user, const Wanted& wanted) const;

    const Party& party_;
    const IssuerPaths paths_;
    const SigningKey key_;
    mutable ReplayGuard assertions_;  // of the client
};

}  // namespace mcp_auth::demo
