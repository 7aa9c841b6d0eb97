#include "manifest.hpp"

#include "json_schema.hpp"
#include "sha256.hpp"
#include "trusted_file.hpp"
#include "untrusted_text.hpp"

#include <mcp_auth/abi.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_manifest_bytes = 64 * 1024;
constexpr std::size_t max_schema_bytes = 256 * 1024;
constexpr std::int64_t known_version = 1;

constexpr std::string_view schema_text =
#include "manifest_schema.inc"
    ;

Error refuse(std::string message) {
    return {Status::misconfigured, "manifest", std::move(message)};
}

std::string beside(const std::string& manifest, const std::string& path) {
    if (!path.empty() && path.front() == '/') return path;
    std::error_code error;  // without a working directory: a path that open_trusted refuses
    return std::filesystem::absolute(manifest, error).parent_path() / path;
}

// What a terminal, a log and a provider's name may show.
bool is_id(std::string_view id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

// The descriptor has the roles in one string, separated by spaces.
bool is_word(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<void> check_abi(const Manifest& manifest, const std::string& name) {
    const std::string here =
        std::to_string(MCP_AUTH_ABI_MAJOR) + "." + std::to_string(MCP_AUTH_ABI_MINOR);
    if (manifest.abi_major != MCP_AUTH_ABI_MAJOR)
        return refuse(complaint(name, "/abi/major",
                                "the plugin is for ABI " + std::to_string(manifest.abi_major) +
                                    ", this host has " + here));
    if (manifest.abi_min_minor > MCP_AUTH_ABI_MINOR)
        return refuse(complaint(name, "/abi/min_minor",
                                "the plugin needs ABI " + std::to_string(manifest.abi_major) + "." +
                                    std::to_string(manifest.abi_min_minor) + ", this host has " +
                                    here));
    return {};
}

Result<void> read_library(const json::Value& root, const std::string& name, bool builtin,
                          Manifest& manifest) {
    const json::Value* library = root.find("library");
    if (builtin) {
        if (library == nullptr) return {};
        return refuse(complaint(name, "/library", "a plugin that is linked in has no library"));
    }
    if (library == nullptr)
        return refuse(complaint(name, "", "\"library\" is missing: an object with \"path\""));
    const std::string path(library->string("path"));
    // A bare name would go through the system's search path, and so would not be ours to check.
    if (path.find('/') == std::string::npos)
        return refuse(complaint(name, "/library/path",
                                "a bare name is not searched for: write an absolute path, or one "
                                "relative to the manifest such as ./" +
                                    untrusted_text(path)));
    manifest.library = beside(name, path);
    manifest.sha256 = lower_hex(library->string("sha256"));
    return {};
}

Result<void> read_settings_schema(const json::Value& root, const std::string& name, bool builtin,
                                  Manifest& manifest) {
    const json::Value* schema = root.find("settings_schema");
    if (schema == nullptr) return {};
    if (schema->is_object()) {
        manifest.settings_schema = schema->dump();
        return {};
    }
    if (builtin)
        return refuse(complaint(name, "/settings_schema",
                                "a plugin that is linked in has no file beside it: put the JSON "
                                "Schema itself here"));
    const std::string path = beside(name, *schema->as_string());
    auto file = open_trusted(path);
    if (!file) return refuse(complaint(name, "/settings_schema", file.error().message));
    auto text = read_all(file->get(), max_schema_bytes, path);
    if (!text) return refuse(complaint(name, "/settings_schema", text.error().message));
    if (auto json = json::parse(*text); !json || !json->is_object())
        return refuse(complaint(name, "/settings_schema",
                                path + ": " + (json ? "not an object" : json.error().message)));
    manifest.settings_schema_digest = sha256_hex(*text);
    manifest.settings_schema = std::move(*text);
    return {};
}

}  // namespace

bool Manifest::interactive() const noexcept {
    return std::find(requires_.begin(), requires_.end(), MCP_AUTH_SERVICE_BROWSER) !=
           requires_.end();
}

std::string Manifest::roles_text() const {
    std::string text;
    for (const std::string& role : roles) text += (text.empty() ? "" : " ") + role;
    return text;
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& path, bool builtin) {
    const std::string name = path.empty() ? "(built in)" : path;
    json::Limits limits;
    limits.max_bytes = max_manifest_bytes;
    const auto root = json::parse(text, limits);
    if (!root) return refuse(complaint(name, "", root.error().message));
    // Before the schema: of a later format nothing else that it complains about would be to the
    // point.
    const json::Value* version = root->find("manifest_version");
    if (version != nullptr && version->is_number() && version->as_integer() != known_version)
        return refuse(complaint(name, "/manifest_version",
                                "a format that is unknown here; this version reads 1"));
    const auto schema = JsonSchema::parse(schema_text, "the manifest's schema");
    if (!schema) return refuse(schema.error().message);
    if (auto valid = schema->check(*root, name); !valid) return refuse(valid.error().message);

    Manifest manifest;
    manifest.path = path;
    manifest.digest = sha256_hex(text);
    manifest.id = root->string("id");
    manifest.version = root->string("version");
    manifest.vendor = root->string("vendor");
    manifest.description = root->string("description");
    const json::Value& abi = *root->find("abi");
    manifest.abi_major = static_cast<std::uint32_t>(*abi.find("major")->as_integer());
    manifest.abi_min_minor = static_cast<std::uint32_t>(*abi.find("min_minor")->as_integer());
    manifest.roles = *root->strings("roles");
    manifest.requires_ = root->strings("requires").value_or(std::vector<std::string>());
    if (!is_id(manifest.id))
        return refuse(complaint(name, "/id", "expected letters, digits, '.', '_' and '-'"));
    for (std::size_t i = 0; i < manifest.roles.size(); ++i)
        if (!is_word(manifest.roles[i]))
            return refuse(complaint(name, "/roles/" + std::to_string(i),
                                    "expected the id of a role, such as mcp.auth.token/1"));
    if (auto fits = check_abi(manifest, name); !fits) return fits.error();
    if (auto library = read_library(*root, name, builtin, manifest); !library)
        return library.error();
    if (auto settings = read_settings_schema(*root, name, builtin, manifest); !settings)
        return settings.error();
    return manifest;
}

Result<Manifest> read_manifest(const std::string& path) {
    auto file = open_trusted(path);
    if (!file) return file.error();
    const auto text = read_all(file->get(), max_manifest_bytes, path);
    if (!text) return text.error();
    return parse_manifest(*text, path);
}

}  // namespace mcp_auth::host
