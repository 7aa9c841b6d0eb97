// The host services that plugins call, one table each (design.md, Host services). Every function
// finds its host through the call, refuses a call that is not running on this thread, lets no
// exception out, and answers `cancelled` or `deadline` when the acquisition's time is up.
#pragma once

#include "call.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <exception>

namespace mcp_auth::host {

const mcp_auth_log_v1* log_service() noexcept;
const mcp_auth_clock_v1* clock_service() noexcept;
const mcp_auth_oauth_v1* oauth_service() noexcept;
const mcp_auth_http_v1* http_service() noexcept;
const mcp_auth_subject_v1* subject_service() noexcept;
const mcp_auth_peer_v1* peer_service() noexcept;
const mcp_auth_store_v1* store_service() noexcept;
const mcp_auth_browser_v1* browser_service() noexcept;

// A client as a plugin names it, with the server that it belongs to (services_oauth.cpp).
struct ResolvedClient {
    const ClientConfig* config = nullptr;
    std::string issuer;
    ServerPointer server;  // null until it is needed
};
Result<ResolvedClient> resolve_client(CallState& state, std::string_view name, bool metadata);

// `body` returns Result<void>; it runs only for a call that may go on.
template <class Body>
mcp_auth_status serve(mcp_auth_call* call, mcp_auth_failure* failure, Body body) noexcept {
    CallState* state = running(call);
    if (state == nullptr) return MCP_AUTH_INTERNAL;
    try {
        const auto& bounds = state->bounds;
        if (bounds.cancellation.cancelled())
            return state->fail({Status::cancelled, "host", "the acquisition was cancelled"},
                               failure);
        if (state->trace.clock->now() >= bounds.deadline)
            return state->fail({Status::deadline, "host", "the acquisition's time is up"}, failure);
        Result<void> result = body(*state);
        return result ? MCP_AUTH_OK : state->fail(std::move(result).error(), failure);
    } catch (const std::exception&) {
        return MCP_AUTH_INTERNAL;
    }
}

}  // namespace mcp_auth::host
