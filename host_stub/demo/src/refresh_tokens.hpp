// The identity provider's refresh tokens: opaque, each of one user and one client.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

struct RefreshGrant {
    std::string subject;  // of the user
    std::string client_id;
    std::string scope;
    std::int64_t expires_at = 0;
    std::string thumbprint{};  // of the DPoP key that it is bound to (RFC 9449 5); empty: none

    bool is_of(const std::string& client, const std::string& proved) const {
        return client_id == client && (thumbprint.empty() || thumbprint == proved);
    }
};

// Any thread.
class RefreshTokens {
public:
    std::string issue(const RefreshGrant& grant);
    // As a subject token (RFC 8693): it is not used up. Nothing for one that is unknown, spent,
    // revoked or expired.
    std::optional<RefreshGrant> find(const std::string& token, std::int64_t now) const;
    // As a grant (RFC 6749 6): it is spent, and its successor has to be used. One that was spent
    // before has been stolen from somebody, so that the whole line ends (RFC 9700 4.14.2).
    struct Rotated {
        RefreshGrant grant;
        std::string successor;
    };
    std::optional<Rotated> rotate(const std::string& token, std::int64_t now);
    // With all of its line (RFC 7009 2.1). Nothing for one that is unknown.
    void revoke(const std::string& token);
    void revoke_all();

private:
    struct Entry {
        RefreshGrant grant;
        std::string line;  // its first token, by which all its successors are known
        bool spent = false;
    };
    void end_line(const std::string& line);  // under the mutex

    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace mcp_auth::demo
