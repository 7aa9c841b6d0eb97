#include "freed_memory.hpp"

#include <openssl/crypto.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace mcp_auth::secrets {
namespace {

std::atomic<const std::vector<std::string_view>*> looked_for{nullptr};
std::atomic<std::size_t> found{0};

void look_at(const void* block) noexcept {
    const auto* const canaries = looked_for.load();
    if (block == nullptr || canaries == nullptr) return;
    const std::size_t size = malloc_usable_size(const_cast<void*>(block));
    for (const auto& canary : *canaries)
        if (memmem(block, size, canary.data(), canary.size()) != nullptr) {
            ++found;
            return;
        }
}

void give_back(void* block) noexcept {
    look_at(block);
    std::free(block);
}

void* taken(std::size_t size, const char*, int) {
    return std::malloc(size);
}
void freed(void* block, const char*, int) {
    give_back(block);
}
// Moves always: what stays where it is would be seen when it is freed.
void* moved(void* block, std::size_t size, const char*, int) {
    void* const larger = std::malloc(size);
    if (larger == nullptr || block == nullptr) return larger;
    std::memcpy(larger, block, std::min(size, malloc_usable_size(block)));
    give_back(block);
    return larger;
}

thread_local int allocations_left = -1;
thread_local std::size_t largest = 0;

bool fails(std::size_t size) noexcept {
    largest = std::max(largest, size);
    return allocations_left >= 0 && allocations_left-- == 0;
}

const bool seen = CRYPTO_set_mem_functions(taken, moved, freed) == 1;

}  // namespace

FreedMemory::FreedMemory(std::vector<std::string_view> canaries) : canaries_(std::move(canaries)) {
    found = 0;
    looked_for = &canaries_;
}
FreedMemory::~FreedMemory() {
    looked_for = nullptr;
}
std::size_t FreedMemory::blocks() const {
    return found;
}

std::size_t largest_allocation() noexcept {
    return std::exchange(largest, 0);
}

void fail_after_allocations(int count) noexcept {
    allocations_left = count;
}

bool openssl_is_seen() {
    return seen;
}

}  // namespace mcp_auth::secrets

// As one that throws: what a sanitizer would have for it is not what delete gives back.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return mcp_auth::secrets::fails(size) ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
    if (!mcp_auth::secrets::fails(size))
        if (void* const block = std::malloc(size == 0 ? 1 : size)) return block;
    throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
    mcp_auth::secrets::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    mcp_auth::secrets::give_back(block);
}
