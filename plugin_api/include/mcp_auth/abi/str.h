/* mcp_auth/abi/str.h - strings, and lists of named ones. None of these structs ever changes. */
#ifndef MCP_AUTH_ABI_STR_H
#define MCP_AUTH_ABI_STR_H

#include <mcp_auth/abi/layout.h>

MCP_AUTH_BEGIN_C

/* UTF-8, without a final NUL. Absent: len 0, and ptr may be NULL. */
typedef struct mcp_auth_str {
    const char* ptr;
    size_t len;
} mcp_auth_str;

/* Of a string literal. */
#ifdef __cplusplus
#define MCP_AUTH_LIT(s) (mcp_auth_str{"" s, sizeof(s) - 1})
#else
#define MCP_AUTH_LIT(s) ((mcp_auth_str){"" s, sizeof(s) - 1})
#endif

/* A form field, an HTTP header, or a field of a log line. */
typedef struct mcp_auth_field {
    mcp_auth_str name;
    mcp_auth_str value;
} mcp_auth_field;

/* In order; a name may stand there more than once. */
typedef struct mcp_auth_fields {
    const mcp_auth_field* ptr;
    size_t count;
} mcp_auth_fields;

MCP_AUTH_END_C

#endif /* MCP_AUTH_ABI_STR_H */
