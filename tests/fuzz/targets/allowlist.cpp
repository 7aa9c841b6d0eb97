// The administrator's list of plugins that may be loaded.
#include "plugin_allowlist.hpp"

#include "promise.hpp"
#include "scratch_file.hpp"
#include "targets.hpp"

#include <mcp_auth/json.hpp>

namespace mcp_auth::fuzz {

void allowlist(std::string_view bytes) {
    static const ScratchFile file("allowlist.json");
    file.write(bytes);
    const auto list = host::PluginAllowlist::read(file.path());
    if (!list) return must_be_for_a_log(list.error());
    const auto document = mcp_auth::json::parse(bytes);
    must(document.ok(), "a list is JSON");
    const std::string hash(64, 'a');
    bool listed = false;
    for (const auto& plugin : document->find("plugins")->items())
        listed = listed || (plugin.string("id") == "acme" && plugin.string("sha256") == hash) ||
                 (plugin.string("id") == "acme" &&
                  std::string(plugin.string("sha256")).find_first_of("A") != std::string::npos);
    const auto found = list->find("acme", hash);
    must(!found || listed, "what is not listed is not let in");
    if (!found) must_be_for_a_log(found.error());
}

}  // namespace mcp_auth::fuzz
