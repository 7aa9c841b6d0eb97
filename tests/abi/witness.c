/* Every struct of the contract, reached from an exported function. A host gets tables as
 * `const void *` by id, so libabigail would not see them in any real plugin or host.
 *
 * complete.sh holds this list to the headers, compare.sh the types to the stored baseline. */
#include <mcp_auth/abi.h>

#define WITNESS(TYPE)                                 \
    MCP_AUTH_EXPORT void witness_##TYPE(const TYPE*); \
    void witness_##TYPE(const TYPE* value) {          \
        (void)value;                                  \
    }

/* Data structs: may grow at the end. */
WITNESS(mcp_auth_assertion)
WITNESS(mcp_auth_assertion_request)
WITNESS(mcp_auth_browser_answer)
WITNESS(mcp_auth_browser_flow)
WITNESS(mcp_auth_client)
WITNESS(mcp_auth_client_request)
WITNESS(mcp_auth_failure)
WITNESS(mcp_auth_http_request)
WITNESS(mcp_auth_http_response)
WITNESS(mcp_auth_instance)
WITNESS(mcp_auth_plugin)
WITNESS(mcp_auth_subject)
WITNESS(mcp_auth_token)
WITNESS(mcp_auth_token_request)
WITNESS(mcp_auth_token_response)

/* Never change: they stand in arrays, or by value in others. */
WITNESS(mcp_auth_field)
WITNESS(mcp_auth_fields)
WITNESS(mcp_auth_str)

/* Never change: tables of functions. */
WITNESS(mcp_auth_assertion_role_v1)
WITNESS(mcp_auth_browser_v1)
WITNESS(mcp_auth_clock_v1)
WITNESS(mcp_auth_host)
WITNESS(mcp_auth_http_v1)
WITNESS(mcp_auth_log_v1)
WITNESS(mcp_auth_oauth_v1)
WITNESS(mcp_auth_peer_v1)
WITNESS(mcp_auth_provider)
WITNESS(mcp_auth_results)
WITNESS(mcp_auth_store_v1)
WITNESS(mcp_auth_subject_v1)
WITNESS(mcp_auth_token_role_v1)

/* The one function that a host calls by name. */
const mcp_auth_plugin* mcp_auth_plugin_entry_v1(void) {
    return NULL;
}
