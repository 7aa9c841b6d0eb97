/* mcp_auth/abi/subject.h - the service "subject": the user's identity assertion, which the host
 * holds and renews. */
#ifndef MCP_AUTH_ABI_SUBJECT_H
#define MCP_AUTH_ABI_SUBJECT_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>
#include <mcp_auth/abi/token_types.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_SUBJECT "mcp.auth.subject/1"

typedef struct mcp_auth_subject { /* out */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str assertion;
    mcp_auth_str token_type; /* URN: which of the accepted types it is */
    int64_t expires_at;      /* 0: not known */
} mcp_auth_subject;
MCP_AUTH_NO_TAIL(mcp_auth_subject, expires_at);

typedef struct mcp_auth_subject_v1 {
    /* `accepted`: URNs, space separated, best first. The host renews what it can; whether the
     * assertion is one for this provider is the plugin's to check (D3).
     * MCP_AUTH_UNSUPPORTED: the user's source has none of them. MCP_AUTH_INTERACTION_REQUIRED:
     * nobody is signed in. MCP_AUTH_MISCONFIGURED: no source, or it cannot be read.
     * MCP_AUTH_INVALID_ARGUMENT: the application must name a user and has not. MCP_AUTH_CANCELLED:
     * also when it turned out to be another user's (D4); the host then asks anew.
     * [any] */
    mcp_auth_status (*get)(mcp_auth_call* call, mcp_auth_str accepted, mcp_auth_subject* subject,
                           mcp_auth_failure* failure);
} mcp_auth_subject_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_SUBJECT_H */
