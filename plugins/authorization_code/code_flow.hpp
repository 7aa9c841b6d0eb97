// One authorization request and the redemption of its code (RFC 6749 4.1, RFC 7636, RFC 8707).
#pragma once

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/plugin.hpp>

#include <string>

namespace mcp_auth::authorization_code {

class CodeFlow {
public:
    // `refresh`: a refresh token is wanted.
    CodeFlow(plugin::Call& call, const plugin::TokenRequest& request,
             const plugin::Acquisition& acquisition, bool refresh)
        : call_(call), request_(request), acquisition_(acquisition), refresh_(refresh) {}

    // Errors: misconfigured (the server runs no code flow with S256, before anybody is asked),
    // interaction_required (nobody may be asked), what the server answered (K).
    Result<plugin::TokenResponse> run();

private:
    Result<void> check_server() const;
    std::string scope() const;
    std::string url(const plugin::Client& client, const plugin::BrowserFlow& flow) const;
    Result<plugin::TokenResponse> redeem(const plugin::BrowserAnswer& answer,
                                         const plugin::BrowserFlow& flow);

    plugin::Call& call_;
    const plugin::TokenRequest& request_;
    const plugin::Acquisition& acquisition_;
    const bool refresh_;
};

}  // namespace mcp_auth::authorization_code
