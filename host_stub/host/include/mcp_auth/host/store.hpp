// mcp_auth/host/store.hpp - where opaque entries of plugins are kept (ID-JAGs, refresh tokens).
//
// The host builds the key (provider entry, user, generation, issuer, client, the plugin's key) and
// a store only keeps bytes. The default is memory(); an application may give its own.
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth {

class Store {
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

    // Bounded (the oldest entry goes first; a value is at most 64 KiB, else invalid_argument),
    // wiped on release. `clock` measures how long lease() waits; null: the system's.
    static std::shared_ptr<Store> memory(std::size_t max_entries = 100'000,
                                         std::shared_ptr<Clock> clock = nullptr);
};

}  // namespace mcp_auth
