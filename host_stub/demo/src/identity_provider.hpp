// The enterprise's identity provider (protocol.md M): signs users in, and exchanges what that left
// them with for ID-JAGs (RFC 8693) where its policy allows it.
#pragma once

#include "client_directory.hpp"
#include "dpop.hpp"
#include "http.hpp"
#include "jwt.hpp"
#include "key_ring.hpp"
#include "party.hpp"
#include "refresh_tokens.hpp"
#include "replay_guard.hpp"
#include "single_sign_on.hpp"
#include "subject_tokens.hpp"

#include <mcp_auth/result.hpp>

#include <optional>
#include <string>

namespace mcp_auth::demo {

class IdentityProvider {
public:
    explicit IdentityProvider(const Party& party);

    Answer answer(const RecordedRequest& request);
    void expire_dpop_nonces() { dpop_.expire_nonces(); }
    // What it publishes at its jwks_uri, and what receivers verify with.
    std::string jwks() const { return keys_.jwks(); }
    Result<std::string> sign_in(const SignIn& how);
    Result<std::string> issue_id_jag(const IdJagOrder& order) const;
    void forget_registered_clients() { clients_.forget_registered(); }
    void revoke_refresh_tokens() { refresh_tokens_.revoke_all(); }
    void rotate_keys() { keys_.rotate(); }

private:
    struct Wanted;  // a token exchange whose form has been read
    Answer metadata() const;
    std::string at(const std::string& path) const { return party_.origin(Server::idp) + path; }
    std::optional<Answer> for_client(const RecordedRequest& request);
    Answer token(const TokenClient& client, const Form& form);
    std::optional<Answer> refuse_form(const Form& form) const;
    Answer exchange(const TokenClient& client, const Form& form) const;
    Answer exchange_for_refresh_token(const TokenClient& client, const Form& form);
    Answer refresh(const TokenClient& client, const Form& form);
    Answer issue(const DirectoryUser& user, const Wanted& wanted) const;
    std::string id_jag(const DirectoryUser& user, const Wanted& wanted,
                       const std::string& client_id) const;
    std::int64_t id_jag_lifetime() const;

    const Party& party_;
    const IssuerPaths paths_;
    KeyRing keys_;
    ReplayGuard assertions_;  // of the client
    DpopVerifier dpop_;
    RefreshTokens refresh_tokens_;
    SubjectTokens subject_tokens_;
    ClientDirectory clients_;
    SingleSignOn single_sign_on_;
};

}  // namespace mcp_auth::demo
