#include "plugin_allowlist.hpp"

#include "sha256.hpp"
#include "trusted_json.hpp"

#include <mcp_auth/json.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_allowlist_bytes = 1024 * 1024;

constexpr std::string_view schema_text =
#include "allowlist_schema.inc"
    ;

}  // namespace

Result<PluginAllowlist> PluginAllowlist::read(const std::string& path) {
    const auto root = read_trusted_json(path, max_allowlist_bytes, schema_text);
    if (!root) return root.error();
    PluginAllowlist list;
    list.path_ = path;
    for (const json::Value& plugin : root->find("plugins")->items())
        list.entries_.push_back(
            {std::string(plugin.string("id")), lower_hex(plugin.string("sha256"))});
    return list;
}

Result<std::string> PluginAllowlist::find(std::string_view id, std::string_view sha256) const {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) {
        return one.id == id && one.sha256 == sha256;
    });
    if (entry != entries_.end())
        return path_ + " at /plugins/" + std::to_string(entry - entries_.begin());
    const bool known = std::any_of(entries_.begin(), entries_.end(),
                                   [&](const Entry& one) { return one.id == id; });
    return Error(
        Status::misconfigured, "manifest",
        std::string(known ? "another build than the allowlist has" : "not on the allowlist") +
            "; to let it in, add {\"id\": \"" + std::string(id) + "\", \"sha256\": \"" +
            std::string(sha256) + "\"} to " + path_);
}

}  // namespace mcp_auth::host
