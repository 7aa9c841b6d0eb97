/* mcp_auth/abi/assertion_role.h - the role "assertion": an assertion of the enterprise about the
 * user, for somebody else to redeem. This is the part that differs from one IdP to the next. */
#ifndef MCP_AUTH_ABI_ASSERTION_ROLE_H
#define MCP_AUTH_ABI_ASSERTION_ROLE_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/reason.h>
#include <mcp_auth/abi/status.h>
#include <mcp_auth/abi/str.h>
#include <mcp_auth/abi/token_types.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_ROLE_ASSERTION "mcp.auth.assertion/1"

typedef struct mcp_auth_provider mcp_auth_provider; /* provider.h */
typedef struct mcp_auth_results mcp_auth_results;   /* results.h */

typedef struct mcp_auth_assertion_request { /* in */
    uint32_t struct_size;
    mcp_auth_reason reason;
    mcp_auth_str audience;  /* the issuer of the authorization server that redeems it */
    mcp_auth_str resource;  /* byte for byte as published (B4) */
    mcp_auth_str scope;     /* empty: none */
    mcp_auth_str client_id; /* of the one who will redeem it, at `audience` (F2) */
    mcp_auth_str dpop_jkt;  /* its key's thumbprint; empty: no binding asked for (F3) */
} mcp_auth_assertion_request;
MCP_AUTH_NO_TAIL(mcp_auth_assertion_request, dpop_jkt);

typedef struct mcp_auth_assertion { /* in, of a sink; out, of peer/1 */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str assertion;
    mcp_auth_str token_type; /* URN, as issued_token_type: token_types.h */
    mcp_auth_str issuer;     /* the `iss` it must carry; empty: the redeemer cannot check it */
    mcp_auth_str scope;      /* granted; empty: as requested */
    int64_t expires_at;      /* 0: not known */
} mcp_auth_assertion;
MCP_AUTH_NO_TAIL(mcp_auth_assertion, expires_at);

typedef struct mcp_auth_assertion_role_v1 {
    /* An assertion for one audience, resource and scope: an ID-JAG, or another JWT grant. Checked
     * before it is handed to results->assertion (F). Blocks in services only.
     * MCP_AUTH_INTERACTION_REQUIRED: the user must sign in. MCP_AUTH_DENIED: the enterprise does
     * not allow it. MCP_AUTH_UNSUPPORTED: not for such an audience. Others as the services said.
     * [any] */
    mcp_auth_status (*assertion)(mcp_auth_provider* self, mcp_auth_call* call,
                                 const mcp_auth_assertion_request* request,
                                 const mcp_auth_results* results);
} mcp_auth_assertion_role_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_ASSERTION_ROLE_H */
