// Where the ID-JAG of one acquisition comes from: the cache, the exchange, or another provider.
// None leaves here unchecked (protocol.md F).
#pragma once

#include "id_jag_cache.hpp"
#include "settings.hpp"

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
    Result<IdJag> take();
    // A new one, always.
    Result<IdJag> mint();

    // The authorization server refused one: it is not shown again.
    void forget() { cache_.forget(); }
    void learn_single_use() { cache_.learn_single_use(); }

private:
    bool by_peer() const noexcept { return !settings_.assertion_provider.empty(); }
    Result<IdJag> exchange();
    Result<IdJag> ask_peer();
    Result<IdJag> checked(IdJag id_jag);

    plugin::Call& call_;
    const Settings& settings_;
    const plugin::AssertionRequest& wanted_;
    bool keeps_;
    bool fresh_ = false;  // a peer is told that what it gave before was refused
    plugin::Client idp_;
    plugin::Subject subject_;
    IdJagCache cache_;
};

}  // namespace mcp_auth::cross_app_access
