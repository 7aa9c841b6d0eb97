/* mcp_auth/abi/call.h - one acquisition. */
#ifndef MCP_AUTH_ABI_CALL_H
#define MCP_AUTH_ABI_CALL_H

#include <mcp_auth/abi/layout.h>

MCP_AUTH_BEGIN_C

/* The host's. It tells a service the instance, connection, user, generation, deadline and
 * cancellation, and owns all that services hand out. It ends when the role's function returns: the
 * memory is wiped then, leases are released. A service given a call that has ended, or one from
 * another thread's acquisition, answers MCP_AUTH_INTERNAL. */
typedef struct mcp_auth_call mcp_auth_call;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_CALL_H */
