// mcp_auth/host/store.hpp - where opaque entries of plugins are kept (ID-JAGs, refresh tokens), and
// the host's registrations at authorization servers. Never access tokens.
//
//     Options options;
//     options.store = mcp_auth::Store::file(mcp_auth::default_state_directory() + "/store");
//
// The host builds the key (provider entry, user, generation, issuer, client, the plugin's key) and
// a store only keeps bytes. The default is memory(); an application may give its own.
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth {

class MCP_AUTH_HOST_API Store {
public:
    virtual ~Store() = default;
    // Absent or expired is OK with an empty value. `now` is Unix seconds.
    virtual Result<std::string> get(std::string_view key, std::int64_t now) = 0;
    // An empty value erases. expires_at 0: kept until erased.
    virtual Result<void> put(std::string_view key, std::string_view value,
                             std::int64_t expires_at) = 0;
    // Erases every entry whose key begins with `prefix`, but for those whose key begins with
    // `except` too (empty: none are excepted). One step: no entry that is written meanwhile and is
    // excepted is lost.
    virtual Result<void> erase_prefix(std::string_view prefix, std::string_view except) = 0;
    // Waits until nobody else holds `key`; released when the returned handle is dropped, which may
    // outlive the store. Errors: deadline, cancelled.
    virtual Result<std::shared_ptr<void>> lease(std::string_view key, const Bounds& bounds) = 0;

    // Bounded (the oldest entry goes first; at most a fifth are entries that expire, and those
    // never push out one that does not; a value is at most 64 KiB, else invalid_argument), wiped on
    // release. `clock` measures how long lease() waits; null: the system's.
    static std::shared_ptr<Store> memory(std::size_t max_entries = 100'000,
                                         std::shared_ptr<Clock> clock = nullptr);

    // Files in `directory`, mode 0700, one of mode 0600 for each entry, so that entries outlive the
    // process; leases hold against other processes too. Touches nothing before it is used.
    // Bounded (the oldest entry goes first). Errors, leg "state", name the file: misconfigured (it
    // is another user's, or others can read it, or it is not what was written here), unavailable
    // (disk full).
    static std::shared_ptr<Store> file(std::string directory, std::size_t max_entries = 1'000,
                                       std::shared_ptr<Clock> clock = nullptr);
};

// Where the command `mcp-auth` keeps what outlives it: $XDG_STATE_HOME/mcp-auth, else
// $HOME/.local/state/mcp-auth. Empty when neither is an absolute path, and in a process with raised
// privileges, whose environment is another's.
MCP_AUTH_HOST_API std::string default_state_directory();

}  // namespace mcp_auth
