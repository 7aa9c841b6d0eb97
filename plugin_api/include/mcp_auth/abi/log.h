/* mcp_auth/abi/log.h - the service "log". Every host has it. */
#ifndef MCP_AUTH_ABI_LOG_H
#define MCP_AUTH_ABI_LOG_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/str.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_LOG "mcp.auth.log/1"

#define MCP_AUTH_LOG_ERROR 0u
#define MCP_AUTH_LOG_WARNING 1u
#define MCP_AUTH_LOG_INFO 2u
#define MCP_AUTH_LOG_DEBUG 3u

typedef struct mcp_auth_log_v1 {
    /* `event` is a constant text. What varies goes into `fields`; the host shows the values of the
     * names that it knows, and redacts the others (L4). A level that it does not know is debug. It
     * does not block, and does not fail. `call` may be NULL.
     * [any] */
    void (*write)(mcp_auth_call* call, uint32_t level, mcp_auth_str event, mcp_auth_fields fields);
} mcp_auth_log_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_LOG_H */
