/* A plugin in plain C that breaks one obligation, the one that its settings name. */
#ifndef MCP_AUTH_TESTS_UNRULY_PLUGIN_H
#define MCP_AUTH_TESTS_UNRULY_PLUGIN_H

#include <mcp_auth/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

const mcp_auth_plugin* unruly_entry(void);

#ifdef __cplusplus
}
#endif
#endif
