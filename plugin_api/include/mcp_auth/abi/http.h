/* mcp_auth/abi/http.h - the service "http": any other request, under the host's policy. */
#ifndef MCP_AUTH_ABI_HTTP_H
#define MCP_AUTH_ABI_HTTP_H

#include <mcp_auth/abi/call.h>
#include <mcp_auth/abi/failure.h>

MCP_AUTH_BEGIN_C

#define MCP_AUTH_SERVICE_HTTP "mcp.auth.http/1"

typedef struct mcp_auth_http_request { /* in */
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    mcp_auth_str method;
    mcp_auth_str url; /* its origin must be one that the connection lists */
    mcp_auth_fields headers;
    mcp_auth_str body;
} mcp_auth_http_request;
MCP_AUTH_NO_TAIL(mcp_auth_http_request, body);

typedef struct mcp_auth_http_response { /* out */
    uint32_t struct_size;
    uint32_t status;
    mcp_auth_fields headers;
    mcp_auth_str body;
} mcp_auth_http_response;
MCP_AUTH_NO_TAIL(mcp_auth_http_response, body);

typedef struct mcp_auth_http_v1 {
    /* Sends once, without retry, and follows no redirect. MCP_AUTH_OK means that a whole response
     * arrived, whatever its status. Client authentication and DPoP are not added.
     * MCP_AUTH_MISCONFIGURED: an origin that is not listed, an address that the policy refuses, TLS
     * trust. MCP_AUTH_UNAVAILABLE: network, or the time limit of one request. MCP_AUTH_PROTOCOL:
     * malformed, truncated, or a body larger than the host takes (256 KiB here).
     * [any] */
    mcp_auth_status (*send)(mcp_auth_call* call, const mcp_auth_http_request* request,
                            mcp_auth_http_response* response, mcp_auth_failure* failure);
} mcp_auth_http_v1;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_HTTP_H */
