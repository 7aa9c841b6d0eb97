// ID-JAGs that may be shown again, and which authorization servers want each one once.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::cross_app_access {

struct IdJag {
    std::string_view assertion;   // the call's
    std::string scope;            // granted
    std::string issuer;           // of the identity provider
    std::int64_t expires_at = 0;  // 0: not known
    bool shown_before = false;    // it was in the cache, so it was handed out before
};

// One request's entry in store/1. The host keeps users, sign-ins and clients apart; the key adds
// everything else that an ID-JAG is bound to, so that none reaches another authorization server
// or client (C3, F5). What the store cannot do is logged and never fails an acquisition.
class IdJagCache {
public:
    // `client` is whose store it is; `wanted` must live as long. Not `usable`: never holds
    // anything.
    IdJagCache(plugin::Call& call, std::string_view client, const plugin::AssertionRequest& wanted,
               std::string_view provider, bool usable);

    // Unless this server wants single use, or it expires within `leeway` seconds.
    std::optional<IdJag> load(std::int64_t leeway);
    void save(const IdJag& id_jag);
    void forget();

    // Learned per user and authorization server, and forgotten after a month: servers change.
    bool single_use();
    void learn_single_use();

private:
    std::string_view entry(std::string_view key);
    void put(std::string_view key, std::string_view value, std::int64_t expires_at);

    plugin::Call& call_;
    std::string_view client_;
    std::string id_jag_key_, single_use_key_;
    bool usable_;
    std::optional<bool> single_use_;
};

}  // namespace mcp_auth::cross_app_access
