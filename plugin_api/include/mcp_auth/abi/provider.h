/* mcp_auth/abi/provider.h - one configured provider: roles by id. */
#ifndef MCP_AUTH_ABI_PROVIDER_H
#define MCP_AUTH_ABI_PROVIDER_H

#include <mcp_auth/abi/layout.h>
#include <mcp_auth/abi/str.h>

MCP_AUTH_BEGIN_C

typedef struct mcp_auth_provider mcp_auth_provider;
struct mcp_auth_provider {
    /* The role's table, mcp_auth_token_role_v1 for MCP_AUTH_ROLE_TOKEN and so on, the same each
     * time and valid until destroy; NULL for an id that is not among the plugin's roles. Calls no
     * service. [any] */
    const void* (*extension)(mcp_auth_provider* self, mcp_auth_str id);
    /* Frees the provider: no call is running, and none will follow. Calls no service but log and
     * clock. Nothing of it is left behind, no thread and no descriptor.
     * [control] */
    void (*destroy)(mcp_auth_provider* self);
};

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_PROVIDER_H */
