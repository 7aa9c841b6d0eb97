// What this program was built with, as far as it decides what a test can see.
#pragma once

#include <cstddef>

namespace mcp_auth::validate {

#if defined(__SANITIZE_ADDRESS__)
#define MCP_AUTH_VALIDATE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MCP_AUTH_VALIDATE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define MCP_AUTH_VALIDATE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MCP_AUTH_VALIDATE_TSAN 1
#endif
#endif

#ifdef MCP_AUTH_VALIDATE_ASAN
inline constexpr bool with_address_sanitizer = true;
#else
inline constexpr bool with_address_sanitizer = false;
#endif
#ifdef MCP_AUTH_VALIDATE_TSAN
inline constexpr bool with_thread_sanitizer = true;
#else
inline constexpr bool with_thread_sanitizer = false;
#endif
inline constexpr bool sanitized = with_address_sanitizer || with_thread_sanitizer;

// Bytes of the heap in use; 0 where nobody counts them.
std::size_t heap_in_use() noexcept;

// In a forked child: what other threads of the parent held is not lost there.
void forget_leaks_of_the_parent() noexcept;

}  // namespace mcp_auth::validate
