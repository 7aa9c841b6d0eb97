// Where the ID-JAG of one acquisition comes from: the cache, the exchange, or another provider.
// None leaves here unchecked (protocol.md F).
#pragma once

#include "settings.hpp"

#include <mcp_auth/assertion_cache.hpp>
#include <mcp_auth/plugin.hpp>

namespace mcp_auth::cross_app_access {

class IdJagSource {
public:
    // `settings` and `wanted` must live as long. `keeps`: the host has a store.
    IdJagSource(plugin::Call& call, const Settings& settings,
                const plugin::AssertionRequest& wanted, bool keeps);

    // Makes ready what does not depend on how often an ID-JAG is needed: the client at the
    // identity provider, its metadata, and the user's assertion, which is asked for before
    // anything that was derived from an earlier one is used (D4).
    Result<void> open();

    // A cached one where that is allowed, else a new one.
    Result<plugin::Assertion> take();
    // The authorization server refused that one: it is not shown again, and this is a new one.
    Result<plugin::Assertion> replace();
    // It refused the new one too: that is not shown again either.
    void refused() { cache_.forget(); }
    // It took the new one: if the other had been shown before, it wants each one once.
    void taken();

private:
    bool by_peer() const noexcept { return !settings_.assertion_provider.empty(); }
    Result<plugin::Assertion> mint();
    Result<plugin::Assertion> exchange();
    Result<plugin::Assertion> ask_peer();
    Result<plugin::Assertion> checked(const plugin::Assertion& id_jag);

    plugin::Call& call_;
    const Settings& settings_;
    const plugin::AssertionRequest& wanted_;
    const bool keeps_;
    bool fresh_;  // a peer is told that what it gave before was refused
    bool shown_before_ = false;
    plugin::Client idp_;
    plugin::Subject subject_;
    plugin::AssertionCache cache_;
};

}  // namespace mcp_auth::cross_app_access
