/* mcp_auth/abi/oauth.h - the service "oauth": being a client of an authorization server.
 *
 * A plugin names a client ("idp", "mcp": keys of "clients") and never sees its secret or key, nor
 * chooses where they go: the host picks the endpoint from that client's issuer, and authenticates,
 * proves possession (DPoP) and answers a nonce by itself. */
#ifndef MCP_AUTH_ABI_OAUTH_H
#define MCP_AUTH_ABI_OAUTH_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_OAUTH "mcp.auth.oauth/1"

typedef struct mcp_auth_client_request { /* in */
    uint32_t struct_size;
    uint32_t reserved;         /* zero */
    mcp_auth_str name;         /* a key of "clients" */
    mcp_auth_str redirect_uri; /* for registration; empty: none */
    mcp_auth_str grant_types;  /* for registration, space separated (RFC 7591) */
    mcp_auth_str scope;        /* for registration; empty: none */
} mcp_auth_client_request;
MCP_AUTH_NO_TAIL(mcp_auth_client_request, scope);

typedef struct mcp_auth_client { /* out */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str client_id;
    mcp_auth_str issuer;
    mcp_auth_str metadata; /* validated JSON; empty where a token_endpoint was configured */
    mcp_auth_str dpop_jkt; /* RFC 7638 thumbprint; empty: no DPoP with this client */
} mcp_auth_client;
MCP_AUTH_NO_TAIL(mcp_auth_client, dpop_jkt);

typedef struct mcp_auth_token_response { /* out */
    uint32_t struct_size;
    uint32_t http_status;
    mcp_auth_str json; /* the whole body, a JSON object within the limits of L3 */
    mcp_auth_str access_token;
    mcp_auth_str token_type;
    mcp_auth_str issued_token_type;
    mcp_auth_str refresh_token;
    mcp_auth_str scope; /* empty: absent */
    int64_t expires_at; /* H2: fixed at receipt, corrected by the response's Date; 0: absent */
} mcp_auth_token_response;
MCP_AUTH_NO_TAIL(mcp_auth_token_response, expires_at);

typedef struct mcp_auth_oauth_v1 {
    /* Who the plugin would be, and at which authorization server; registers if need be (C7).
     * MCP_AUTH_MISCONFIGURED: no such client, or its issuer is not one that it may go to; others as
     * fetching the metadata or registering went.
     * [any] */
    mcp_auth_status (*client)(mcp_auth_call* call, const mcp_auth_client_request* request,
                              mcp_auth_client* client, mcp_auth_failure* failure);
    /* One grant at the token endpoint of that client's issuer. The fields go out in their order, a
     * repeated name repeated. The host adds client authentication and DPoP, answers a nonce, and
     * repeats what was unavailable within the call's time (K2), but never a code or a refresh
     * token: so a plugin repeats nothing. MCP_AUTH_INVALID_ARGUMENT: client_id, client_secret or
     * client_assertion* among the fields. An OAuth error is a failure with `oauth_error`, whatever
     * the HTTP status (H3), and classified by the grant (K). MCP_AUTH_PROTOCOL: a response that
     * breaks its specification. MCP_AUTH_UNAVAILABLE: network, 429, 5xx, after the retries. [any]
     */
    mcp_auth_status (*token_request)(mcp_auth_call* call, mcp_auth_str client,
                                     mcp_auth_fields fields, mcp_auth_token_response* response,
                                     mcp_auth_failure* failure);
} mcp_auth_oauth_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_OAUTH_H */
