// Authorization codes: each for one client, redirect URI and challenge, good once and for a minute
// (RFC 6749 4.1.2, RFC 7636).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

struct AuthorizedCode {
    std::string subject;  // of the user
    std::string redirect_uri, code_challenge;
    std::string scope, nonce;
    std::int64_t auth_time = 0;
    std::string client_id{};
    std::string thumbprint{};  // of the DPoP key that it is bound to (RFC 9449 10); empty: none
};

// Any thread.
class AuthorizationCodes {
public:
    std::string issue(const AuthorizedCode& code, std::int64_t now);
    // Used up, whether or not the rest fits. Nothing for one that is unknown, expired or spent, or
    // for another redirect URI or verifier.
    std::optional<AuthorizedCode> redeem(const std::string& code, const std::string& redirect_uri,
                                         const std::string& code_verifier, std::int64_t now);

private:
    struct Entry {
        AuthorizedCode code;
        std::int64_t expires_at = 0;
    };
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace mcp_auth::demo
