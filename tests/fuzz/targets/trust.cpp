// What the system demands of plugins: trust.json, and what it points to.
#include "plugin_trust.hpp"

#include "promise.hpp"
#include "scratch_file.hpp"
#include "targets.hpp"

#include <mcp_auth/json.hpp>

namespace mcp_auth::fuzz {

void trust(std::string_view bytes) {
    static const ScratchFile file(host::PluginTrust::trust_file);
    file.write(bytes);
    const auto trust = host::PluginTrust::open({}, file.directory());
    host::Manifest manifest;
    manifest.path = "/nonexistent/acme.json";
    manifest.id = "acme";
    manifest.library = "/nonexistent/acme.so";
    const auto rule = trust.admit(manifest, std::string(64, 'a'));
    const auto document = mcp_auth::json::parse(bytes);
    // Paths are the administrator's, and are told as they are written.
    if (document &&
        !(is_for_a_log(document->string("keys")) && is_for_a_log(document->string("allowlist"))))
        return must(!rule, "what is not there lets nobody in");
    if (!rule) return must_be_for_a_log(rule.error());
    must(document && document->string("trust") == "owner" && *rule == "owner",
         "nothing else than the word lets a plugin in that no list and no signature knows");
}

}  // namespace mcp_auth::fuzz
