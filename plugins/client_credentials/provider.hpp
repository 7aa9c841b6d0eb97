// The provider "client-credentials": access tokens for a client of its own right, without a user
// (RFC 6749 4.4, MCP's SEP-1046).
#pragma once

#include <mcp_auth/plugin.hpp>

#include <memory>
#include <string>

namespace mcp_auth::client_credentials {

class Provider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance);

    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) override;

private:
    explicit Provider(std::string audience) : audience_(std::move(audience)) {}

    const std::string audience_;  // sent as "audience"; empty: not sent
};

}  // namespace mcp_auth::client_credentials
