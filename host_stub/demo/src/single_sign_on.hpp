// The identity provider's single sign-on: the code flow with PKCE and a nonce (OpenID Connect
// Core 3.1), the device flow (RFC 8628) and revocation (RFC 7009), for the host and whoever else is
// a client.
#pragma once

#include "authorization_codes.hpp"
#include "client_directory.hpp"
#include "device_codes.hpp"
#include "http.hpp"
#include "party.hpp"
#include "refresh_tokens.hpp"
#include "subject_tokens.hpp"

#include <optional>
#include <string>

namespace mcp_auth::demo {

// Who asks at the token endpoint, and has proved it.
struct TokenClient {
    std::string id;
    std::string thumbprint;  // of the DPoP key that was proved; empty: none was wanted
};

// Any thread.
class SingleSignOn {
public:
    SingleSignOn(const Party& party, const ClientDirectory& clients, const SubjectTokens& tokens,
                 RefreshTokens& refresh_tokens)
        : party_(party), clients_(clients), tokens_(tokens), refresh_tokens_(refresh_tokens) {}

    // For people.
    Answer authorize(const RecordedRequest& request);
    Answer device(const RecordedRequest& request);
    // For the host, which has been authenticated. `token`: nothing if the grant is another one.
    Answer device_authorization(const std::string& client_id, const Form& form,
                                const std::string& verification_uri);
    Answer revoke(const Form& form);
    std::optional<Answer> token(const TokenClient& client, const Form& form);

private:
    struct Asked;  // an authorization request that may be answered by a redirect
    // The user whose password this is. Null: `fault` says why not.
    const DirectoryUser* user_of(const Form& form, std::string& fault) const;
    Answer code_grant(const TokenClient& client, const Form& form);
    Answer device_grant(const TokenClient& client, const Form& form);
    Answer tokens(const TokenClient& client, const std::string& subject, const std::string& scope,
                  const SignInContext& how);

    const Party& party_;
    const ClientDirectory& clients_;
    const SubjectTokens& tokens_;
    RefreshTokens& refresh_tokens_;
    AuthorizationCodes codes_;
    DeviceCodes devices_;
};

}  // namespace mcp_auth::demo
