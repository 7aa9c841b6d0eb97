// The provider "workload-identity": an assertion that the platform gave this workload becomes an
// access token (RFC 7523 2.1, MCP's SEP-1933), without a user and without a secret of its own.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <memory>

namespace mcp_auth::workload_identity {

class Provider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance);

    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) override;

private:
    explicit Provider(std::int64_t clock_leeway) : clock_leeway_(clock_leeway) {}

    // As it is now: the platform replaces it, so none is kept.
    Result<std::string_view> assertion(plugin::Call& call) const;

    const std::int64_t clock_leeway_;  // seconds
};

}  // namespace mcp_auth::workload_identity
