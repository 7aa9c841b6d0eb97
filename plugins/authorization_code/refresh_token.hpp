// The refresh token of one user at one authorization server for one resource (RFC 6749 6): kept in
// the host's store, which keeps it apart by issuer, client and user.
#pragma once

#include <mcp_auth/kept_entry.hpp>
#include <mcp_auth/plugin.hpp>

#include <optional>
#include <string>

namespace mcp_auth::authorization_code {

class RefreshToken {
public:
    // `usable`: false keeps, and finds, nothing.
    RefreshToken(plugin::Call& call, const plugin::TokenRequest& request, bool usable);

    // A token by the refresh token, one process at a time; nothing where there is none, where it
    // does not reach as far as the request, or where the server does not take it any more (it is
    // then forgotten). A new one (rotation) is kept before the lease ends.
    // Errors: of the server (K), or of the wait for the lease.
    Result<std::optional<plugin::TokenResponse>> use();
    // What the response to use() grants where it does not say.
    std::string_view scope() const noexcept { return granted_; }

    // After a code flow. Without a new token, or with one that reaches less far than the kept one,
    // the kept one stays.
    void keep(std::string_view token, std::string_view granted);

private:
    struct Kept {
        std::string_view token;  // lives until the call ends
        std::string asked, granted;
    };
    std::optional<Kept> load();
    bool reaches(const Kept& kept) const;
    Result<std::optional<plugin::TokenResponse>> refresh(const Kept& kept);
    void save(std::string_view token, std::string_view asked, std::string_view granted);

    plugin::Call& call_;
    const plugin::TokenRequest& request_;
    plugin::KeptEntry entry_;
    std::string granted_;
};

}  // namespace mcp_auth::authorization_code
