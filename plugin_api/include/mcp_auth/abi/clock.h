/* mcp_auth/abi/clock.h - the service "clock": time, waiting and randomness, so that a test can set
 * them. Every host has it. */
#ifndef MCP_AUTH_ABI_CLOCK_H
#define MCP_AUTH_ABI_CLOCK_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_CLOCK "mcp.auth.clock/1"

typedef struct mcp_auth_clock_v1 {
    /* Unix seconds, corrected for the skew that the host has seen. `call` may be NULL.
     * [any] */
    int64_t (*wall)(mcp_auth_call* call);
    /* Milliseconds from an arbitrary start, never backwards. `call` may be NULL.
     * [any] */
    int64_t (*monotonic_ms)(mcp_auth_call* call);
    /* Fills `size` bytes from a cryptographic source. It does not fail: a host without randomness
     * ends the process. `call` may be NULL.
     * [any] */
    void (*random)(mcp_auth_call* call, void* bytes, size_t size);
    /* Waits, for a grant that polls (RFC 8628, CIBA): a plugin never sleeps by itself. Ends early
     * with MCP_AUTH_CANCELLED, and at once with MCP_AUTH_DEADLINE where the call has not that much
     * time left. Nothing to wait for if `milliseconds` is negative.
     * [any] */
    mcp_auth_status (*sleep)(mcp_auth_call* call, int64_t milliseconds, mcp_auth_failure* failure);
} mcp_auth_clock_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_CLOCK_H */
