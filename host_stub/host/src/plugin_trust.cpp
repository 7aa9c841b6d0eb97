#include "plugin_trust.hpp"

#include "plugin_allowlist.hpp"
#include "plugin_keys.hpp"
#include "trusted_json.hpp"

#include <mcp_auth/json.hpp>

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_trust_bytes = 64 * 1024;

constexpr std::string_view schema_text =
#include "trust_schema.inc"
    ;

// The system's own demand. Errors: misconfigured; then nothing may be loaded.
Result<TrustConfig> read_trust(const std::string& path, const std::string& directory) {
    const auto root = read_trusted_json(path, max_trust_bytes, schema_text);
    if (!root) return root.error();
    const auto resolve = [&](std::string_view file) {
        return file.empty() || file.front() == '/' ? std::string(file)
                                                   : directory + "/" + std::string(file);
    };
    TrustConfig trust;
    trust.policy = plugin_policy(root->string("trust"));
    trust.allowlist = resolve(root->string("allowlist"));
    trust.keys = resolve(root->string("keys"));
    trust.demanded_by = path + " at /trust";
    return trust;
}

std::string subject_of(const Manifest& manifest) {
    return manifest.library.empty() ? manifest.id : manifest.library;
}

}  // namespace

void PluginTrust::add(const TrustConfig& trust, const std::string& system_directory) {
    const std::string by = trust.demanded_by;
    const auto refuse = [by](const Manifest& manifest, const std::string& why) {
        return Error(Status::misconfigured, "manifest",
                     subject_of(manifest) + ": " + why + " (" + by + ")");
    };
    switch (trust.policy) {
    case PluginPolicy::owner: return;
    case PluginPolicy::deny:
        demands_.push_back(
            [refuse](const Manifest& manifest, const std::string&) -> Result<std::string> {
                return refuse(manifest, "the policy is to load no plugins");
            });
        return;
    case PluginPolicy::allowlist: {
        sealed_ = true;
        auto list = PluginAllowlist::read(
            trust.allowlist.empty() ? system_directory + "/allowlist.json" : trust.allowlist);
        demands_.push_back(
            [refuse, list = std::move(list)](const Manifest& manifest,
                                             const std::string& sha256) -> Result<std::string> {
                if (!list) return refuse(manifest, "no allowlist: " + list.error().message);
                auto entry = list->find(manifest.id, sha256);
                if (!entry) return refuse(manifest, entry.error().message);
                return "allowlist: " + *entry;
            });
        return;
    }
    case PluginPolicy::signature: {
        sealed_ = true;
        auto keys =
            PluginKeys::read(trust.keys.empty() ? system_directory + "/keys.d" : trust.keys);
        demands_.push_back(
            [refuse, keys = std::move(keys)](const Manifest& manifest,
                                             const std::string& sha256) -> Result<std::string> {
                if (!keys) return refuse(manifest, "no trusted keys: " + keys.error().message);
                auto signer = keys->signer_of(manifest, sha256);
                if (!signer) return refuse(manifest, signer.error().message);
                return "signed: " + *signer;
            });
        return;
    }
    }
}

PluginTrust PluginTrust::open(const TrustConfig& configured, const std::string& system_directory) {
    PluginTrust trust;
    const std::string path = system_directory + "/" + trust_file;
    // Only where it is surely not there is nothing demanded.
    if (::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
        auto system = read_trust(path, system_directory);
        if (!system) {
            trust.demands_.push_back(
                [error = std::move(system).error()](const Manifest& manifest,
                                                    const std::string&) -> Result<std::string> {
                    return Error(Status::misconfigured, "manifest",
                                 subject_of(manifest) + ": no plugin is loaded: " + error.message);
                });
        } else {
            trust.add(*system, system_directory);
        }
    }
    trust.add(configured, system_directory);
    return trust;
}

Result<std::string> PluginTrust::admit(const Manifest& manifest, const std::string& sha256) const {
    std::string rules;
    for (const Demand& demand : demands_) {
        auto rule = demand(manifest, sha256);
        if (!rule) return rule;
        if (rules.find(*rule) == rules.npos) rules += (rules.empty() ? "" : "; ") + *rule;
    }
    return rules.empty() ? "owner" : rules;
}

}  // namespace mcp_auth::host
