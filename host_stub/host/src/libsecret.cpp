#include "libsecret.hpp"

#include <dlfcn.h>

namespace mcp_auth::host {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
}

}  // namespace

// Never unloaded: GLib registers types and starts threads that would outlive it.
Result<std::shared_ptr<const Libsecret>> Libsecret::load() {
    void* const library = ::dlopen("libsecret-1.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr)
        return Error(Status::misconfigured, "",
                     "a keyring needs libsecret (libsecret-1.so.0, on Debian the package "
                     "libsecret-1-0), which this machine does not have");
    auto loaded = std::make_shared<Libsecret>();
    const bool complete = find(library, "secret_password_store_sync", loaded->store) &&
                          find(library, "secret_password_lookup_sync", loaded->lookup) &&
                          find(library, "secret_password_clear_sync", loaded->clear) &&
                          find(library, "secret_password_free", loaded->free_secret) &&
                          find(library, "g_error_free", loaded->free_error) &&
                          find(library, "g_cancellable_new", loaded->new_cancellable) &&
                          find(library, "g_cancellable_cancel", loaded->cancel) &&
                          find(library, "g_object_unref", loaded->unref);
    if (!complete)
        return Error(Status::misconfigured, "", "this machine's libsecret lacks a function");
    return std::shared_ptr<const Libsecret>(std::move(loaded));
}

}  // namespace mcp_auth::host
