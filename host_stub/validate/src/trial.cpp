#include "trial.hpp"

#include <mcp_auth/detail/abi_values.hpp>

#include <dlfcn.h>

#include <algorithm>

namespace mcp_auth::validate {
namespace {

Error unloadable(std::string message) {
    return {Status::misconfigured, "validate", std::move(message)};
}

}  // namespace

Result<void> Trial::open() {
    if (handle_ != nullptr) return {};
    journal.doing("it was loaded");
    handle_ = ::dlopen(specimen.manifest.library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) {
        const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): one thread
        return unloadable(why ? why : "it cannot be opened");
    }
    entry_ = reinterpret_cast<mcp_auth_plugin_entry*>(::dlsym(handle_, MCP_AUTH_ENTRY_NAME));
    if (entry_ == nullptr) return unloadable("it does not export " MCP_AUTH_ENTRY_NAME);
    return {};
}

Result<void> Trial::load() {
    if (descriptor_ != nullptr) return {};
    if (auto opened = open(); !opened) return opened;
    journal.doing("its entry ran");
    const mcp_auth_plugin* given = entry_();
    if (given == nullptr) return unloadable("its entry returned no descriptor");
    if (given->struct_size < sizeof(mcp_auth_plugin))
        return unloadable("its descriptor is smaller than that of ABI 1.0");
    if (given->create == nullptr) return unloadable("its descriptor has no create");
    descriptor_ = given;
    return {};
}

bool Trial::has_role(std::string_view id) const {
    std::string_view roles = detail::view(descriptor_->roles);
    while (!roles.empty()) {
        const std::string_view one = roles.substr(0, roles.find(' '));
        roles.remove_prefix(std::min(roles.size(), one.size() + 1));
        if (one == id) return true;
    }
    return false;
}

}  // namespace mcp_auth::validate
