/* mcp_auth/abi/browser.h - the service "browser", for interactive providers. State, PKCE and `iss`
 * (RFC 9207) are checked by the host, once for all providers. */
#ifndef MCP_AUTH_ABI_BROWSER_H
#define MCP_AUTH_ABI_BROWSER_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_BROWSER "mcp.auth.browser/1"

typedef struct mcp_auth_browser_flow { /* out */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str redirect_uri;
    mcp_auth_str code_challenge; /* S256 */
    mcp_auth_str state;
} mcp_auth_browser_flow;
MCP_AUTH_NO_TAIL(mcp_auth_browser_flow, state);

typedef struct mcp_auth_browser_answer { /* out */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str code;
    mcp_auth_str code_verifier;
} mcp_auth_browser_answer;
MCP_AUTH_NO_TAIL(mcp_auth_browser_answer, code_verifier);

typedef struct mcp_auth_browser_v1 {
    /* Listens for the answer of `client`'s issuer, and says what the authorization request must
     * carry. One flow at a time in a call: a second begin ends the first.
     * MCP_AUTH_INTERACTION_REQUIRED: in a background renewal, or when the caller allowed no
     * interaction. MCP_AUTH_MISCONFIGURED: no such client, or its issuer has no
     * authorization_endpoint. MCP_AUTH_UNAVAILABLE: the port is taken.
     * [any] */
    mcp_auth_status (*begin)(mcp_auth_call* call, mcp_auth_str client, mcp_auth_browser_flow* flow,
                             mcp_auth_failure* failure);
    /* Opens `url`, which must be that issuer's authorization_endpoint plus a query with
     * response_type "code" and all that begin gave (S256), and waits for the user. Ends the flow,
     * however it goes. MCP_AUTH_INVALID_ARGUMENT: another URL. MCP_AUTH_PROTOCOL: the answer's
     * state or `iss` is not ours. MCP_AUTH_INTERNAL: no flow was begun. The authorization server's
     * own errors are classified as at a token endpoint. [any] */
    mcp_auth_status (*finish)(mcp_auth_call* call, mcp_auth_str url,
                              mcp_auth_browser_answer* answer, mcp_auth_failure* failure);
} mcp_auth_browser_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_BROWSER_H */
