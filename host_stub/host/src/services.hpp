// The host services that plugins call, one table each (design.md, Host services). Every function
// finds its host through the call, refuses a call that is not running on this thread, lets no
// exception out, and answers `cancelled` or `deadline` when the acquisition's time is up.
#pragma once

#include "call.hpp"
#include "registration_exchange.hpp"
#include "retry.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/result.hpp>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

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
    std::shared_ptr<const ClientConfig> config;  // never null; without id: not registered yet
    std::string issuer;
    ServerPointer server;       // null until it is needed
    bool registered = false;    // dynamically: its secret, if any, is this issuer's own
    RegistrationRequest asked;  // of a registered one
};
// `metadata`: the server is needed. `asked`: a client that has to be registered is, for this.
Result<ResolvedClient> resolve_client(CallState& state, std::string_view name, bool metadata,
                                      const RegistrationRequest* asked = nullptr);
// The redirect URI that the client was registered with, whose port to try first (design.md, Kept).
// Empty: none.
Result<std::string> recorded_redirect_uri(CallState& state, std::string_view name);

// Whether a plugin's fields can be read: no request has so many.
inline bool readable(mcp_auth_fields fields) noexcept {
    return fields.count == 0 || (fields.ptr != nullptr && fields.count <= 1024);
}

// `body` returns Result<void>; it runs only for a call that may go on, and with all of `needed`
// there. What the application's own parts (transport, store, source, clock) throw ends here too.
template <class Body>
mcp_auth_status serve(mcp_auth_call* call, mcp_auth_failure* failure,
                      std::initializer_list<const void*> needed, Body body) noexcept {
    CallState* state = running(call);
    if (state == nullptr)
        return refuse("the plugin gave a service a call that does not run on this thread", failure);
    try {
        if (std::find(needed.begin(), needed.end(), nullptr) != needed.end())
            return state->fail({Status::internal, "host",
                                "the plugin gave NULL to a service that needs what it points to"},
                               failure);
        auto result = check_bounds(state->bounds, *state->trace.clock, "host");
        if (result) result = body(*state);
        return result ? MCP_AUTH_OK : state->fail(std::move(result).error(), failure);
    } catch (...) {
        return refuse("out of memory, or a part of the application threw", failure);
    }
}

}  // namespace mcp_auth::host
