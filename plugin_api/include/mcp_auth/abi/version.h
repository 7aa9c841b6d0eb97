/* mcp_auth/abi/version.h - which contract this is.
 *
 * The major version is part of the entry's name: another major is another function. The minor one
 * grows with each addition (a member at the end of a data struct, a new service or role); a host
 * takes plugins of any minor, and a plugin's manifest says the least that it needs of a host. 1.0
 * is frozen: plugin_api/README.md, "Versions", says what may come and what stays. */
#ifndef MCP_AUTH_ABI_VERSION_H
#define MCP_AUTH_ABI_VERSION_H

#define MCP_AUTH_ABI_MAJOR 1u
#define MCP_AUTH_ABI_MINOR 0u
#define MCP_AUTH_ENTRY_NAME "mcp_auth_plugin_entry_v1"

#endif /* MCP_AUTH_ABI_VERSION_H */
