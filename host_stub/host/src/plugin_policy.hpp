// What a plugin must have, besides the right owner and mode, before any code of it runs.
#pragma once

#include <string>
#include <string_view>

namespace mcp_auth::host {

enum class PluginPolicy {
    deny,       // nothing is loaded from a file
    owner,      // owner and mode are right, which holds for every policy
    allowlist,  // id and hash are on the administrator's list
    signature,  // "signed": a key that the administrator trusts has signed it
};

// By the name that a configuration has for it; any other name denies.
constexpr PluginPolicy plugin_policy(std::string_view name) noexcept {
    return name == "owner"       ? PluginPolicy::owner
           : name == "allowlist" ? PluginPolicy::allowlist
           : name == "signed"    ? PluginPolicy::signature
                                 : PluginPolicy::deny;
}

// A policy, what it goes by, and who says so.
struct TrustConfig {
    PluginPolicy policy = PluginPolicy::owner;
    std::string allowlist;    // file; empty: the system's
    std::string keys;         // directory of public keys (PEM); empty: the system's
    std::string demanded_by;  // file and pointer, for messages
};

}  // namespace mcp_auth::host
