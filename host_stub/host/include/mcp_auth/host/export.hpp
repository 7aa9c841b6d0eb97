// mcp_auth/host/export.hpp - what an application may call of the shared library.
//
//     class MCP_AUTH_HOST_API Host { ... };
//
// The library is compiled with hidden symbols, so that its own parts, and the libraries that it is
// made of, never meet those of the application. What carries this word is let out; on a class that
// is derived from, its type information too, so that both sides agree on what it is.
#pragma once

#if defined(__GNUC__)
#define MCP_AUTH_HOST_API __attribute__((visibility("default")))
#else
#define MCP_AUTH_HOST_API
#endif
