#include "build_kind.hpp"

#ifdef MCP_AUTH_VALIDATE_ASAN
#include <sanitizer/allocator_interface.h>
#include <sanitizer/lsan_interface.h>
#else
#include <malloc.h>
#endif

namespace mcp_auth::validate {
namespace {

#ifdef MCP_AUTH_VALIDATE_ASAN
bool forked = false;
#endif

}  // namespace

std::size_t heap_in_use() noexcept {
#if defined(MCP_AUTH_VALIDATE_ASAN)
    return __sanitizer_get_current_allocated_bytes();
#elif defined(__GLIBC__)
    return ::mallinfo2().uordblks;
#else
    return 0;
#endif
}

#ifdef MCP_AUTH_VALIDATE_ASAN
void forget_leaks_of_the_parent() noexcept {
    forked = true;
}
#else
void forget_leaks_of_the_parent() noexcept {}
#endif

}  // namespace mcp_auth::validate

#ifdef MCP_AUTH_VALIDATE_ASAN
// Asked by the leak checker when a process ends.
extern "C" int __lsan_is_turned_off() {  // NOLINT(bugprone-reserved-identifier)
    return mcp_auth::validate::forked ? 1 : 0;
}
#endif
