// How entries of plugins are kept apart in the store (protocol.md C3, D4, H4).
#pragma once

#include "call.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::host {

// Every part goes with its length, so that no two lists of parts make the same key.
std::string store_prefix(const UserSession& session);  // all of one user
std::string store_prefix(const UserSession& session, std::uint64_t generation);
std::string store_key(const CallState& state, const std::string& issuer,  // one entry
                      const std::string& client_id, std::string_view key);

// Erases what plugins keep of this client for the call's user: another was registered in its place,
// in whose name nobody will ask for it (C3). As far as the store can.
void erase_client(CallState& state, const std::string& issuer, const std::string& client_id);

}  // namespace mcp_auth::host
