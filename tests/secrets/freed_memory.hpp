// What memory holds at the moment in which it is given back: this executable's operator delete and
// OpenSSL's free are ours, and look.
//
//     const FreedMemory freed({canary});
//     read(wrong);
//     EXPECT_EQ(freed.blocks(), 0U);
//
// A search of the whole memory (process_memory.hpp) cannot show what is overwritten by accident
// before it looks; this sees every block, wherever it was freed.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace mcp_auth::secrets {

class FreedMemory {
public:
    // Looks until it ends, for what the caller keeps. One at a time.
    explicit FreedMemory(std::vector<std::string_view> canaries);
    ~FreedMemory();
    FreedMemory(const FreedMemory&) = delete;
    FreedMemory& operator=(const FreedMemory&) = delete;

    // That held one of the canaries when they were freed, so far.
    std::size_t blocks() const;

private:
    const std::vector<std::string_view> canaries_;
};

// The largest that this thread took since it asked last.
std::size_t largest_allocation() noexcept;
// The allocation after `count` more of this thread fails, once. Negative: none does.
void fail_after_allocations(int count) noexcept;

// False: OpenSSL had memory before it could be told; what it frees is not seen.
bool openssl_is_seen();

}  // namespace mcp_auth::secrets
