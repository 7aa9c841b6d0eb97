/* mcp_auth/abi/status.h - how an operation ended. Also the exit codes of `mcp-auth`. */
#ifndef MCP_AUTH_ABI_STATUS_H
#define MCP_AUTH_ABI_STATUS_H

#include <mcp_auth/abi/layout.h>

MCP_AUTH_BEGIN_C

/* A value that the reader does not know means MCP_AUTH_INTERNAL. */
typedef uint32_t mcp_auth_status;

#define MCP_AUTH_OK 0u
#define MCP_AUTH_INTERNAL 1u             /* a bug, in the host or in a plugin */
#define MCP_AUTH_INVALID_ARGUMENT 2u     /* the caller's own fault */
#define MCP_AUTH_MISCONFIGURED 3u        /* permanent until configuration changes */
#define MCP_AUTH_DENIED 4u               /* an authorization server or policy said no */
#define MCP_AUTH_INTERACTION_REQUIRED 5u /* the user must sign in, or step up */
#define MCP_AUTH_UNAVAILABLE 6u          /* transient: network, 429, 5xx */
#define MCP_AUTH_PROTOCOL 7u             /* the peer broke the protocol */
#define MCP_AUTH_CANCELLED 8u
#define MCP_AUTH_DEADLINE 9u
#define MCP_AUTH_UNSUPPORTED 10u /* not for this provider */

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_STATUS_H */
