// The interactive flow of MCP (OAuth 2.1): the user consents in a browser at the MCP server's
// authorization server, and the code that comes back becomes an access token. What follows without
// the user is the refresh token's work, where the server gives one.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <memory>

namespace mcp_auth::authorization_code {

class Provider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance);

    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) override;

private:
    explicit Provider(bool keeps) : keeps_(keeps) {}
    const bool keeps_;  // refresh tokens
};

}  // namespace mcp_auth::authorization_code
