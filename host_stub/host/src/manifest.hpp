// A plugin's manifest: read strictly and checked before any code of the plugin runs.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

struct Manifest {
    std::string path;  // of the file; empty for a built-in one
    std::string id, version, vendor, description;
    std::uint32_t abi_major = 0, abi_min_minor = 0;
    std::string library;                 // absolute path; empty for a built-in one
    std::string sha256;                  // lower case hex; empty: not stated
    std::vector<std::string> roles;      // in the manifest's order
    std::vector<std::string> requires_;  // service ids
    std::string settings_schema;         // text of the schema; empty: no settings allowed but {}
    // SHA-256 of the bytes that were read, lower case hex: of the manifest, and of the file with
    // the settings' schema (empty: it has none of its own).
    std::string digest, settings_schema_digest;

    bool interactive() const noexcept;  // requires browser/1
    std::string roles_text() const;     // space separated, as the descriptor has them
};

// Errors: misconfigured, leg "manifest"; the message names the file and the fault: not JSON
// (where), unknown manifest_version, unknown or duplicate key, too large (64 KiB), wrong ABI major
// or a minor newer than ours, a library path that is a bare name. Relative paths are taken from the
// manifest's directory.
Result<Manifest> parse_manifest(std::string_view text, const std::string& path,
                                bool builtin = false);

// Opens the file once, checks its owner and mode and those of each directory passed
// (trusted_file.hpp), and parses what it holds. Errors: misconfigured, leg "manifest".
Result<Manifest> read_manifest(const std::string& path);

}  // namespace mcp_auth::host
