// An ELF shared library as the dynamic linker sees it, read without running any of it: by way of
// the program headers, never the section headers, which it does not look at.
#pragma once

#include <mcp_auth/result.hpp>

#include <link.h>

#include <cstdint>
#include <vector>

namespace mcp_auth::host {

class ElfFile {
public:
    using Dynamic = ElfW(Dyn);

    // Far above what any library has; below what would cost memory.
    static constexpr std::uint64_t max_entries = 1u << 20;
    static constexpr std::uint64_t max_strings = 64u << 20;

    // Borrows `fd`. Errors: misconfigured (not ELF, wrong class or machine, truncated, malformed).
    static Result<ElfFile> open(int fd);
    static Error malformed();

    // The entries of the dynamic section, up to its end: where the linker finds it, which is by
    // its address and not by its place in the file. Errors: misconfigured.
    Result<std::vector<Dynamic>> dynamic() const;
    // Bytes at an address of the mapped library; false where the file has none there.
    bool read_mapped(std::uint64_t address, void* out, std::uint64_t size) const;

    std::uint64_t size() const noexcept { return size_; }

private:
    explicit ElfFile(int fd) : fd_(fd) {}
    Result<void> read_segments();
    bool is_mapped_in_order() const;
    bool read(std::uint64_t offset, void* out, std::uint64_t size) const;

    int fd_;
    std::uint64_t size_ = 0;
    std::vector<ElfW(Phdr)> segments_;
};

}  // namespace mcp_auth::host
