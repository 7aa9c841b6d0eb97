// A plugin's shared library: checked, mapped, and never unloaded.
#pragma once

#include "elf_symbols.hpp"
#include "manifest.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <string>

namespace mcp_auth::host {

struct LoadedPlugin {
    const mcp_auth_plugin* descriptor = nullptr;  // static in the library, valid until exit
    std::string library;                          // path that was asked for
    std::string sha256;
};

// Opens the library of the manifest once, checks owner, mode, hash and exports through that
// descriptor, maps that same descriptor (Boost.DLL, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), calls
// the entry, and compares what it says with the manifest. The descriptor is never closed (glibc
// knows libraries by name). Errors: misconfigured, leg "manifest".
Result<LoadedPlugin> load_plugin(const Manifest& manifest);

// The last of these checks, for built-in plugins too.
Result<const mcp_auth_plugin*> check_descriptor(mcp_auth_plugin_entry* entry,
                                                const Manifest& manifest);

}  // namespace mcp_auth::host
