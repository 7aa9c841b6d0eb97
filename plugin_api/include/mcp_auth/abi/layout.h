/* mcp_auth/abi/layout.h - how the declarations stay the same in memory, in C and in C++. */
#ifndef MCP_AUTH_ABI_LAYOUT_H
#define MCP_AUTH_ABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MCP_AUTH_BEGIN_C extern "C" {
#define MCP_AUTH_END_C }
#define MCP_AUTH_STATIC_ASSERT(cond, text) static_assert(cond, text)
#define MCP_AUTH_SIZEOF_MEMBER(TYPE, MEMBER) sizeof(TYPE::MEMBER)
#else
#define MCP_AUTH_BEGIN_C
#define MCP_AUTH_END_C
#define MCP_AUTH_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#define MCP_AUTH_SIZEOF_MEMBER(TYPE, MEMBER) sizeof(((TYPE*)0)->MEMBER)
#endif

/* Asserts that nothing follows the member LAST of TYPE, padding included. A new member that fitted
 * into padding would leave sizeof as it was, and struct_size would say nothing about it. */
#define MCP_AUTH_NO_TAIL(TYPE, LAST)                                               \
    MCP_AUTH_STATIC_ASSERT(                                                        \
        offsetof(TYPE, LAST) + MCP_AUTH_SIZEOF_MEMBER(TYPE, LAST) == sizeof(TYPE), \
        #TYPE " has tail padding")

/* The one symbol that a plugin lets out. */
#if defined(__GNUC__)
#define MCP_AUTH_EXPORT __attribute__((visibility("default")))
#else
#define MCP_AUTH_EXPORT
#endif

#endif /* MCP_AUTH_ABI_LAYOUT_H */
