/* mcp_auth/abi/store.h - the service "store": the only place where a plugin keeps a user's data.
 *
 * Entries are kept apart by provider entry, user, generation, whose assertion subject/1 has handed
 * out in this call (so ask for it first), and the issuer and id of the client named (C3). The store
 * is bounded, so an entry may be gone before its time. A key is no secret: the host may write it
 * down. */
#ifndef MCP_AUTH_ABI_STORE_H
#define MCP_AUTH_ABI_STORE_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_STORE "mcp.auth.store/1"

typedef struct mcp_auth_store_v1 {
    /* The value, which lives as long as the call. Absent or expired is MCP_AUTH_OK with an empty
     * one. In all of these MCP_AUTH_MISCONFIGURED is: no such client, or the store cannot be used.
     * [any] */
    mcp_auth_status (*get)(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key,
                           mcp_auth_str* value, mcp_auth_failure* failure);
    /* Keeps a copy until `expires_at`; 0: until it is erased, which an empty value does. A write
     * from before a sign-out is dropped, and MCP_AUTH_OK. MCP_AUTH_INVALID_ARGUMENT: more than 64
     * KiB. MCP_AUTH_UNAVAILABLE: it could not be written. [any] */
    mcp_auth_status (*put)(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key,
                           mcp_auth_str value, int64_t expires_at, mcp_auth_failure* failure);
    /* Waits until it is exclusive, until release or the call's end; across processes where the
     * store outlives one. One lease a call: the same again is MCP_AUTH_OK at once, another
     * MCP_AUTH_INTERNAL, since two calls could wait for each other.
     * [any] */
    mcp_auth_status (*lease)(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key,
                             mcp_auth_failure* failure);
    /* Optional: the call's end releases too.
     * [any] */
    void (*release)(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key);
} mcp_auth_store_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_STORE_H */
