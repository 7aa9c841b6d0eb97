// Entries in the desktop's keyring, by the freedesktop Secret Service: encrypted on disk, opened
// by the user's login. libsecret is loaded when it is asked for, so that a machine without a
// desktop needs none of it.
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/store.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>

namespace mcp_auth::host {

// A keyring has no locks: leases are files in `lock_directory`, as those of Store::file; nothing
// else is written there. Entries do not expire, and values are text without NUL. Errors of this:
// misconfigured (no libsecret). Of the store, leg "keyring": unavailable (no secret service, it
// stays locked, or nobody answered its question within a minute).
Result<std::shared_ptr<Store>> keyring_store(std::string lock_directory,
                                             std::shared_ptr<Clock> clock);

}  // namespace mcp_auth::host
