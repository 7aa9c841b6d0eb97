// Where the plugins are that came with this library.
#include "plugin_directory.hpp"

#include <dlfcn.h>
#include <link.h>

#include <filesystem>
#include <system_error>

namespace mcp_auth::host {
namespace {

// The shared library that this code is part of; empty when it is linked into the program, which has
// no name among what is loaded.
std::string own_library() {
    Dl_info info = {};
    void* extra = nullptr;
    if (::dladdr1(reinterpret_cast<const void*>(&default_plugin_directory), &info, &extra,
                  RTLD_DL_LINKMAP) == 0 ||
        extra == nullptr)
        return {};
    return static_cast<const link_map*>(extra)->l_name;
}

}  // namespace

std::string default_plugin_directory() {
    std::error_code error;
    if (const std::string library = own_library(); !library.empty()) {
        // As it lies there: where /lib is a link to /usr/lib, the loader may have come by the link.
        const auto file = std::filesystem::canonical(library, error);
        if (error) return {};
        return (file.parent_path() / MCP_AUTH_PLUGINS_FROM_LIBRARY).lexically_normal();
    }
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return {};
    return program.parent_path().parent_path() / "share/mcp-auth/plugins.d";
}

}  // namespace mcp_auth::host
