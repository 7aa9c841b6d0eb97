/* Must not compile: four bytes of padding follow the last member. */
#include <mcp_auth/abi.h>

typedef struct padded_struct {
    int64_t wide;
    uint32_t narrow;
} padded_struct;
MCP_AUTH_NO_TAIL(padded_struct, narrow);
