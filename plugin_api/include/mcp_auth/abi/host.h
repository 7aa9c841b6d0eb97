/* mcp_auth/abi/host.h - the host as a plugin sees it: services by id. */
#ifndef MCP_AUTH_ABI_HOST_H
#define MCP_AUTH_ABI_HOST_H

#include <mcp_auth/abi/layout.h>
#include <mcp_auth/abi/str.h>

MCP_AUTH_BEGIN_C

/* Valid from create until the provider's destroy returns. */
typedef struct mcp_auth_host mcp_auth_host;
struct mcp_auth_host {
    /* The service's table, valid until the process ends; NULL if the host has none by this id, and
     * then a plugin that needs it fails with MCP_AUTH_MISCONFIGURED. Log and clock are never NULL.
     * [any] */
    const void* (*service)(const mcp_auth_host* self, mcp_auth_str id);
};

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_HOST_H */
