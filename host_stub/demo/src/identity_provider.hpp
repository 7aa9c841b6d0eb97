// The enterprise's identity provider (protocol.md M): signs users in, and exchanges what that left
// them with for ID-JAGs (RFC 8693) where its policy allows it.
#pragma once

#include "http.hpp"
#include "jwt.hpp"
#include "party.hpp"
#include "replay_guard.hpp"
#include "refresh_tokens.hpp"
#include "subject_tokens.hpp"

#include <mcp_auth/result.hpp>

#include <optional>
#include <string>

namespace mcp_auth::demo {

class IdentityProvider {
public:
    explicit IdentityProvider(const Party& party);

    Answer answer(const RecordedRequest& request);
    // What it publishes at its jwks_uri, and what receivers verify with.
    std::string jwks() const { return key_.jwks(); }
    Result<std::string> sign_in(const SignIn& how);
    Result<std::string> issue_id_jag(const IdJagOrder& order) const;
    void revoke_refresh_tokens() { refresh_tokens_.revoke_all(); }

private:
    struct Wanted;  // a token exchange whose form has been read
    Answer metadata() const;
    Answer token(const RecordedRequest& request);
    std::optional<Answer> refuse_form(const Form& form) const;
    Answer exchange(const Form& form) const;
    Answer exchange_for_refresh_token(const Form& form);
    Answer refresh(const Form& form);
    Answer issue(const DirectoryUser& user, const Wanted& wanted) const;
    std::string id_jag(const DirectoryUser& user, const Wanted& wanted,
                       const std::string& client_id) const;
    std::int64_t id_jag_lifetime() const;

    const Party& party_;
    const IssuerPaths paths_;
    const SigningKey key_;
    ReplayGuard assertions_;  // of the client
    RefreshTokens refresh_tokens_;
    SubjectTokens subject_tokens_;
};

}  // namespace mcp_auth::demo
