/* mcp_auth/abi/reason.h - why the host asks a provider. */
#ifndef MCP_AUTH_ABI_REASON_H
#define MCP_AUTH_ABI_REASON_H

#include <mcp_auth/abi/layout.h>

MCP_AUTH_BEGIN_C

/* One that the plugin does not know is to be taken as REJECTED: a fresh answer is always right. */
typedef uint32_t mcp_auth_reason;

#define MCP_AUTH_REASON_FIRST 0u    /* there was none */
#define MCP_AUTH_REASON_EXPIRING 1u /* the last one is about to expire */
/* The last one was refused, before its time: hand out no cached one. */
#define MCP_AUTH_REASON_REJECTED 2u
/* The last one lacked a scope that the server now asks for (I2). */
#define MCP_AUTH_REASON_INSUFFICIENT_SCOPE 3u

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_REASON_H */
