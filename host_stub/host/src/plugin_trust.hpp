// Who may be loaded: the policy of the configuration and that of the system, where both must agree.
#pragma once

#include "manifest.hpp"
#include "plugin_policy.hpp"

#include <mcp_auth/result.hpp>

#include <functional>
#include <string>
#include <vector>

namespace mcp_auth::host {

struct Environment;

class PluginTrust {
public:
    // "owner" alone.
    PluginTrust() = default;
    // Reads what the policies go by, once: `configured`, and trust_file of `system_directory` where
    // it is there. That one belongs to the administrator of the machine, and no configuration can
    // do away with it. Never fails: what cannot be read, or is misspelt, denies, and says why to
    // every plugin.
    static PluginTrust open(const TrustConfig& configured, const std::string& system_directory);
    static constexpr const char* trust_file = "trust.json";

    // Whether what is checked must be a copy that nobody can change (open_library).
    bool sealed() const noexcept { return sealed_; }

    // The rule that lets this library in: "owner", "allowlist: FILE at /plugins/0",
    // "signed: KEY FILE"; of two policies both. Errors: misconfigured, leg "manifest": which
    // policy, whose, and what to do.
    Result<std::string> admit(const Manifest& manifest, const std::string& sha256) const;

private:
    using Demand = std::function<Result<std::string>(const Manifest&, const std::string& sha256)>;
    void add(const TrustConfig& trust, const std::string& system_directory);

    std::vector<Demand> demands_;
    bool sealed_ = false;
};

}  // namespace mcp_auth::host
