// A plugin's manifest, on disk and linked in.
#include "manifest.hpp"

#include "json_schema.hpp"
#include "plugin_statement.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <algorithm>

namespace mcp_auth::fuzz {
namespace {

void must_be_one(const host::Manifest& manifest, bool builtin) {
    must(!manifest.id.empty() && manifest.id.find_first_of(" /\\\n\r\t") == std::string::npos &&
             is_for_a_log(manifest.id),
         "an id is a word");
    must(!manifest.version.empty() && !manifest.roles.empty(), "a plugin has a version and roles");
    must(manifest.abi_major == 1 && manifest.abi_min_minor == 0, "a plugin is for this ABI");
    must(is_for_a_log(manifest.roles_text()), "roles have no control characters");
    must(manifest.digest.size() == 64, "a manifest has a digest");
    must(builtin ? manifest.library.empty() : manifest.library.front() == '/',
         "a library has an absolute path");
    must(manifest.sha256.empty() ||
             (manifest.sha256.size() == 64 &&
              manifest.sha256.find_first_not_of("0123456789abcdef") == std::string::npos),
         "a hash is 64 digits");
    const std::string statement = host::statement_of(manifest, std::string(64, 'a'));
    must(std::count(statement.begin(), statement.end(), '\n') == 4,
         "what is signed has four lines");
    if (manifest.settings_schema.empty()) return;
    const auto schema = host::JsonSchema::parse(manifest.settings_schema, "the settings' schema");
    if (!schema) return must_be_for_a_log(schema.error());
    must_be_for_a_log_or_good(schema->check(
        json::Value::object().set("secret", std::string(canary)).set("list", json::Value::array()),
        "the settings"));
}

}  // namespace

void manifest(std::string_view bytes) {
    for (const bool builtin : {false, true}) {
        const auto read = host::parse_manifest(
            bytes, builtin ? "" : "/nonexistent/mcp-auth/plugins.d/fuzz.json", builtin);
        if (read)
            must_be_one(*read, builtin);
        else
            must_be_for_a_log(read.error());
    }
}

}  // namespace mcp_auth::fuzz
