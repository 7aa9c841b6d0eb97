// An ELF shared library as the dynamic linker sees it, read without running any of it: by way of
// the program headers, never the section headers, which it does not look at.
#pragma once

#include <mcp_auth/result.hpp>

#include <link.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class ElfFile {
public:
    using Dynamic = ElfW(Dyn);

    // Far above what any library has; below what would cost memory.
    static constexpr std::uint64_t max_entries = 1u << 20;
    static constexpr std::uint64_t max_strings = 64u << 20;
    static constexpr std::uint64_t max_segments = 64;

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

// The strings that entries of an ELF file name by their place. A thousand may name one, or its
// ends: what a small file can have us read is bounded.
class ElfStrings {
public:
    // The table of `size` bytes at `address`, of which at() gives `most` bytes in all. Errors:
    // misconfigured (it is not in the file, or does not end with its last string).
    static Result<ElfStrings> read(const ElfFile& file, std::uint64_t address, std::uint64_t size,
                                   std::uint64_t most);

    // Nothing: there is none at this place, or it would be more than `most`.
    std::optional<std::string_view> at(std::uint64_t place);

private:
    ElfStrings(std::string bytes, std::uint64_t most) : bytes_(std::move(bytes)), left_(most) {}

    std::string bytes_;
    std::uint64_t left_;
};

}  // namespace mcp_auth::host
