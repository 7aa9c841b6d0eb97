// The fixture libraries, and manifests that fit them.
#pragma once

#include "../support/temporary_directory.hpp"

#include "manifest.hpp"
#include "plugin_library.hpp"
#include "support/file_contents.hpp"
#include "trusted_file.hpp"

#include <mcp_auth/abi.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace mcp_auth::host::testing {

inline std::string fixture(const std::string& name) {
    return FIXTURES "/" + name + ".so";
}

inline Manifest manifest_of(const std::string& library) {
    Manifest manifest;
    manifest.path = "/etc/mcp-auth/plugins.d/fixture.json";
    manifest.id = "fixture";
    manifest.version = "1.0.0";
    manifest.abi_major = 1;
    manifest.library = library;
    manifest.roles = {MCP_AUTH_ROLE_TOKEN, MCP_AUTH_ROLE_ASSERTION};
    return manifest;
}

inline Result<LoadedPlugin> load_sealed(const Manifest& manifest) {
    auto library = open_library(manifest, true);
    if (!library) return library.error();
    return map_library(std::move(*library), manifest);
}

// The same in a file, for what reads one. `library` is where it says it is.
inline std::string manifest_text(const std::string& library, const std::string& more = "") {
    return R"({"manifest_version": 1, "id": "fixture", "version": "1.0.0",
               "abi": {"major": 1, "min_minor": 0}, "library": {"path": ")" +
           library + R"("}, "roles": ["mcp.auth.token/1", "mcp.auth.assertion/1"])" + more + "}";
}

// Of the fixture that leaves one, in this process.
constexpr const char* mark = "MCP_AUTH_FIXTURE_RAN";

inline std::string sha256_of_file(const std::string& path) {
    const auto file = open_trusted(path);
    return file ? *sha256_of(file->get()) : std::string();
}

}  // namespace mcp_auth::host::testing
