// What a user's sign-in leaves behind: an ID token, a SAML assertion or a refresh token, and whose
// it is when it comes back as a subject token (protocol.md D2, M).
#pragma once

#include "http.hpp"
#include "jwt.hpp"
#include "key_ring.hpp"
#include "party.hpp"
#include "refresh_tokens.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

// How a user signed in, where there is more to say than that they did (OpenID Connect Core 2).
struct SignInContext {
    std::string nonce;           // of the request; empty: it had none
    std::int64_t auth_time = 0;  // 0: now
    std::string access_token;    // that the ID token comes with, for at_hash; empty: none
};

// Any thread.
class SubjectTokens {
public:
    SubjectTokens(const Party& party, const KeyRing& keys, RefreshTokens& refresh_tokens)
        : party_(party), keys_(keys), refresh_tokens_(refresh_tokens) {}

    std::string issue(const DirectoryUser& user, const SignIn& how);
    std::string issue_id_token(const DirectoryUser& user, const SignIn& how,
                               const SignInContext& context) const;
    // `type` is a URN of RFC 8693 3; `client_id` shows it. Null: `refusal` says why.
    const DirectoryUser* user_of(const std::string& type, const std::string& token,
                                 const std::string& client_id,
                                 std::optional<Answer>& refusal) const;

private:
    struct Saml2 {
        std::string issuer, subject, audience;
        std::int64_t expires_at = 0;
    };
    std::string issue_saml2(const DirectoryUser& user, const SignIn& how);
    // The subject that the token names, or why it is refused.
    Result<std::string> of_id_token(const std::string& token, const std::string& client_id) const;
    Result<std::string> of_saml2(const std::string& token, const std::string& client_id) const;
    Result<std::string> of_refresh_token(const std::string& token,
                                         const std::string& client_id) const;

    const Party& party_;
    const KeyRing& keys_;
    RefreshTokens& refresh_tokens_;
    mutable std::mutex mutex_;
    // By the exact bytes that were issued. They are not signed: the IdP is the only one who has to
    // believe them, and knowing them again is as strong as a signature, without canonical XML. A
    // host reads no SAML assertion, it passes it on.
    std::map<std::string, Saml2> saml2_;
};

}  // namespace mcp_auth::demo
