#include "guarded.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

namespace mcp_auth::validate {

Guarded::Guarded(std::size_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t whole = (size + page - 1) / page * page;
    length_ = whole + page;
    mapped_ = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped_ == MAP_FAILED) throw std::bad_alloc();
    ::mprotect(static_cast<char*>(mapped_) + whole, page, PROT_NONE);
    data_ = static_cast<char*>(mapped_) + (whole - size);
}

Guarded::Guarded(const void* bytes, std::size_t size) : Guarded(size) {
    if (size > 0) std::memcpy(data_, bytes, size);
}

Guarded::~Guarded() {
    ::munmap(mapped_, length_);
}

}  // namespace mcp_auth::validate
