// A plugin's shared library: checked, mapped, and never unloaded.
#pragma once

#include "manifest.hpp"
#include "trusted_file.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>

namespace mcp_auth::host {

// A library that was opened and looked at; nothing of it has run.
struct OpenedLibrary {
    FileDescriptor file;  // the library, or the sealed copy of it that was looked at
    std::string path;     // that was asked for
    std::string sha256;
    bool sealed = false;
    std::int64_t size = 0;
    std::int64_t written_s = 0, written_ns = 0;  // last modification
};

struct LoadedPlugin {
    mcp_auth_plugin_entry* entry = nullptr;
    const mcp_auth_plugin* descriptor = nullptr;  // static in the library, valid until exit
    std::string library;                          // path that was asked for
    std::string sha256;
};

// Opens the library of the manifest once, checks owner and mode of it and of each directory passed,
// then hash and exports through that descriptor. `sealed`: they are checked on a copy in memory
// that nobody can change, and a library that would look for others beside it is refused
// (elf_dependencies.hpp). Errors: misconfigured, leg "manifest".
Result<OpenedLibrary> open_library(const Manifest& manifest, bool sealed);

// Maps that same descriptor (Boost.DLL, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), makes sure that
// what is mapped is that very file, calls the entry, and compares what it says with the manifest.
// The descriptor is never closed: glibc knows libraries by name, and a number used again would hand
// out this one for another. A library that is mapped already is not mapped again.
// Errors: misconfigured, leg "manifest".
Result<LoadedPlugin> map_library(OpenedLibrary library, const Manifest& manifest);

// Both, for whoever has no policy but that owner and mode are right.
Result<LoadedPlugin> load_plugin(const Manifest& manifest);

// The last of these checks, for built-in plugins too. The entry is called alone
// (plugin_control.hpp).
Result<const mcp_auth_plugin*> check_descriptor(mcp_auth_plugin_entry* entry,
                                                const Manifest& manifest);

}  // namespace mcp_auth::host
