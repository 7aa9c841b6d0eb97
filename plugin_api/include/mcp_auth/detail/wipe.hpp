// mcp_auth/detail/wipe.hpp - overwriting memory that held a secret (L5), so that the optimiser
// cannot tell that nobody will read the zeros.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

namespace mcp_auth::detail {

inline void wipe(void* bytes, std::size_t size) noexcept {
    if (size == 0) return;
#if defined(__GNUC__)
    std::memset(bytes, 0, size);
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
#else
    volatile unsigned char* byte = static_cast<volatile unsigned char*>(bytes);
    while (size-- > 0) *byte++ = 0;
#endif
}

// The whole capacity, since an earlier and longer value may have left its end there.
inline void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    wipe(text.data(), text.size());
    text.clear();
}

}  // namespace mcp_auth::detail
