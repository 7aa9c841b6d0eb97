#include "plugin_statement.hpp"

namespace mcp_auth::host {

std::string statement_of(const Manifest& manifest, std::string_view library_sha256) {
    std::string text = "mcp-auth plugin signature 1\n";
    const auto line = [&text](std::string_view what, std::string_view sha256) {
        text.append(what).append(" ").append(sha256.empty() ? "none" : sha256).append("\n");
    };
    line("manifest", manifest.digest);
    line("library", library_sha256);
    line("settings_schema", manifest.settings_schema_digest);
    return text;
}

std::string signature_file_of(const std::string& manifest_file) {
    return manifest_file + ".sig";
}

}  // namespace mcp_auth::host
