/* mcp_auth/abi/token_role.h - the role "token": access tokens for MCP servers. */
#ifndef MCP_AUTH_ABI_TOKEN_ROLE_H
#define MCP_AUTH_ABI_TOKEN_ROLE_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/reason.h>
#include <mcp_auth/abi/status.h>
#include <mcp_auth/abi/str.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_ROLE_TOKEN "mcp.auth.token/1"

typedef struct mcp_auth_provider mcp_auth_provider; /* provider.h */
typedef struct mcp_auth_results mcp_auth_results;   /* results.h */

/* Flags of a request. A bit that the plugin does not know is ignored. */
#define MCP_AUTH_REQUEST_OMIT_RESOURCE 1u /* leave RFC 8707's parameter out of redemption (G1) */

typedef struct mcp_auth_token_request { /* in */
    uint32_t struct_size;
    mcp_auth_reason reason;
    mcp_auth_str server;    /* URL of the MCP server */
    mcp_auth_str resource;  /* the identifier, byte for byte as published (B4) */
    mcp_auth_str issuer;    /* validated, and allowed by the administrator (C2, C4) */
    mcp_auth_str metadata;  /* of that issuer, a JSON object (RFC 8414) */
    mcp_auth_str scope;     /* I1, I2 */
    mcp_auth_str challenge; /* the WWW-Authenticate value that led here; empty: none */
    uint32_t flags;
    uint32_t reserved; /* zero */
} mcp_auth_token_request;
MCP_AUTH_NO_TAIL(mcp_auth_token_request, reserved);

typedef struct mcp_auth_token { /* in, of a sink */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str access_token;
    mcp_auth_str token_type; /* Bearer or DPoP, in any case */
    mcp_auth_str scope;      /* granted; empty: as requested */
    int64_t expires_at;      /* 0: not known, the host's default life */
} mcp_auth_token;
MCP_AUTH_NO_TAIL(mcp_auth_token, expires_at);

typedef struct mcp_auth_token_role_v1 {
    /* An access token for one MCP server, handed to results->token. Blocks in services only. The
     * host caches it, shares it among callers and asks again in time, so a provider keeps none.
     * Statuses: what a service said, unless the provider knows better (status.h).
     * [any] */
    mcp_auth_status (*acquire)(mcp_auth_provider* self, mcp_auth_call* call,
                               const mcp_auth_token_request* request,
                               const mcp_auth_results* results);
} mcp_auth_token_role_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_TOKEN_ROLE_H */
