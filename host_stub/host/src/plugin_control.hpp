// Calling functions of a plugin that are tagged [control] (the entry, create, extension, destroy).
#pragma once

#include <mcp_auth/abi.h>

#include <cxxabi.h>

#include <memory>
#include <mutex>

namespace mcp_auth::host {

// The lock that keeps [control] functions of one library apart (H2). What a library keeps in its
// variables is there once in a process, so all hosts in it share the lock. By the entry, which is
// the first of them.
std::shared_ptr<std::mutex> control_of(mcp_auth_plugin_entry* entry);

// Runs a function of a plugin. An exception ends here, in `threw` (H12): nobody above could tell
// whose it was.
template <class Function>
mcp_auth_status contained(bool& threw, Function function) {
    try {
        return function();
    } catch (const abi::__forced_unwind&) {
        throw;  // pthread_exit, which cannot be stopped
    } catch (...) {
        threw = true;
        return MCP_AUTH_INTERNAL;
    }
}

}  // namespace mcp_auth::host
