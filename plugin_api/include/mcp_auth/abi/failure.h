/* mcp_auth/abi/failure.h - why an operation failed, beyond its status. */
#ifndef MCP_AUTH_ABI_FAILURE_H
#define MCP_AUTH_ABI_FAILURE_H

#include <mcp_auth/abi/status.h>
#include <mcp_auth/abi/str.h>

MCP_AUTH_BEGIN_C

/* "out" of services and of create, "in" of mcp_auth_results.failed. `status` equals the status
 * returned; where the two differ, the one returned counts. One whose status is MCP_AUTH_OK was not
 * written, and its other members mean nothing.
 *
 * No member may hold a token, an assertion, a secret, or a part of one. `description` is the only
 * text of a peer, and untrusted: the host strips its control characters and caps its length. */
typedef struct mcp_auth_failure {
    uint32_t struct_size;
    mcp_auth_status status;
    mcp_auth_str leg;         /* "exchange", "redemption", "subject", ...: one word */
    mcp_auth_str message;     /* what was wrong and what to do, for an administrator */
    mcp_auth_str oauth_error; /* RFC 6749 5.2 `error`; empty when there was none */
    mcp_auth_str description; /* `error_description` */
    mcp_auth_str acr_values;  /* of insufficient_user_authentication (RFC 9470) */
    int64_t max_age;          /* likewise; a duration */
    int64_t retry_after;      /* when to ask again at the earliest; a duration */
    uint32_t http_status;     /* 0 when no response arrived */
    uint32_t reserved;        /* zero */
} mcp_auth_failure;
MCP_AUTH_NO_TAIL(mcp_auth_failure, reserved);

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_FAILURE_H */
