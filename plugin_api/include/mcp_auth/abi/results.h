/* mcp_auth/abi/results.h - the host's sinks, through which a provider hands out its answer. */
#ifndef MCP_AUTH_ABI_RESULTS_H
#define MCP_AUTH_ABI_RESULTS_H

#include <mcp_auth/abi/assertion_role.h>
#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>
#include <mcp_auth/abi/token_role.h>

MCP_AUTH_BEGIN_C

/* They copy what they are given, at once. A role's function that returns MCP_AUTH_OK has called its
 * own sink exactly once, with an answer that is not empty, and no other. One that returns another
 * status may have called `failed`, once, with that status, and no other; if it has not, the host
 * reports the failure of the last service that failed with that status. Anything else is
 * MCP_AUTH_INTERNAL, and the answer is dropped. */
struct mcp_auth_results {
    /* The answer of mcp_auth_token_role_v1.
     * [any] */
    void (*token)(mcp_auth_call* call, const mcp_auth_token* token);
    /* The answer of mcp_auth_assertion_role_v1.
     * [any] */
    void (*assertion)(mcp_auth_call* call, const mcp_auth_assertion* assertion);
    /* Why there is no answer.
     * [any] */
    void (*failed)(mcp_auth_call* call, const mcp_auth_failure* failure);
};

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_RESULTS_H */
