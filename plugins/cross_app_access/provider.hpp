// Enterprise-Managed Authorization (SEP-990): the user's sign-in at the enterprise's identity
// provider becomes an ID-JAG, and the ID-JAG an access token for one MCP server, without the user
// being asked. The steps are those of "Cross-app access" in README.md.
#pragma once

#include "settings.hpp"

#include <mcp_auth/plugin.hpp>

#include <memory>

namespace mcp_auth::cross_app_access {

class Provider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance);

    // token/1: both legs.
    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) override;
    // assertion/1: the first leg, for whoever redeems it.
    Result<plugin::Assertion> assertion(plugin::Call& call,
                                        const plugin::AssertionRequest& request) override;

private:
    Provider(Settings settings, bool keeps) : settings_(std::move(settings)), keeps_(keeps) {}

    const Settings settings_;
    const bool keeps_;  // the host has a store
};

}  // namespace mcp_auth::cross_app_access
