/* mcp_auth/abi/plugin.h - the plugin's descriptor and its one export. */
#ifndef MCP_AUTH_ABI_PLUGIN_H
#define MCP_AUTH_ABI_PLUGIN_H

#include <mcp_auth/abi/failure.h>
#include <mcp_auth/abi/host.h>
#include <mcp_auth/abi/provider.h>
#include <mcp_auth/abi/version.h>

MCP_AUTH_BEGIN_C

typedef struct mcp_auth_instance { /* in */
    uint32_t struct_size;
    uint32_t abi_minor;    /* of the host: what it knows, where an older one would not notice */
    mcp_auth_str name;     /* the key of "providers" */
    mcp_auth_str settings; /* a JSON object, already checked by the manifest's schema */
} mcp_auth_instance;
MCP_AUTH_NO_TAIL(mcp_auth_instance, settings);

/* Static in the plugin, valid until the process ends. */
typedef struct mcp_auth_plugin {
    uint32_t struct_size;
    uint32_t abi_minor;   /* what it was compiled with */
    mcp_auth_str id;      /* equal to the manifest's */
    mcp_auth_str version; /* likewise */
    mcp_auth_str roles;   /* likewise; ids, space separated, in the manifest's order */
    /* Makes a provider for one entry of "providers". MCP_AUTH_OK with *provider set, or another
     * status with *provider NULL and *failure filled in, its strings valid until the next [control]
     * function of this library. `instance` is borrowed: what is to be kept is copied; `host` may be
     * kept. Calls no service but log and clock. MCP_AUTH_MISCONFIGURED: settings that cannot be, or
     * a service that this host lacks. [control] */
    mcp_auth_status (*create)(const mcp_auth_host* host, const mcp_auth_instance* instance,
                              mcp_auth_provider** provider, mcp_auth_failure* failure);
} mcp_auth_plugin;
MCP_AUTH_NO_TAIL(mcp_auth_plugin, create);

/* The one export. Gives the same descriptor every time, at once, and touches nothing outside the
 * library.
 * [control] */
typedef const mcp_auth_plugin* mcp_auth_plugin_entry(void);
MCP_AUTH_EXPORT const mcp_auth_plugin* mcp_auth_plugin_entry_v1(void);

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_PLUGIN_H */
