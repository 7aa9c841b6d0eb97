/* mcp_auth/abi/peer.h - the service "peer": asking another configured provider for an assertion. */
#ifndef MCP_AUTH_ABI_PEER_H
#define MCP_AUTH_ABI_PEER_H

#include <mcp_auth/abi/assertion_role.h>
#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_PEER "mcp.auth.peer/1"

typedef struct mcp_auth_peer_v1 {
    /* `provider` is a key of "providers". It runs inline, with this call's user, deadline and
     * cancellation; the answer is never shared with other callers.
     * MCP_AUTH_MISCONFIGURED: no such provider, one that gives no assertions, or one that is in the
     * chain already. Others as that provider said.
     * [any] */
    mcp_auth_status (*assertion)(mcp_auth_call* call, mcp_auth_str provider,
                                 const mcp_auth_assertion_request* request,
                                 mcp_auth_assertion* assertion, mcp_auth_failure* failure);
} mcp_auth_peer_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_PEER_H */
