#include "mapped_file.hpp"

#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace mcp_auth::host {
namespace {

// Takes a hexadecimal number and the character behind it off the front.
bool take_address(std::string_view& line, char end, std::uintptr_t& address) {
    const char* last = line.data() + line.size();
    const auto parsed = std::from_chars(line.data(), last, address, 16);
    if (parsed.ec != std::errc() || parsed.ptr == last || *parsed.ptr != end) return false;
    line.remove_prefix(static_cast<std::size_t>(parsed.ptr - line.data()) + 1);
    return true;
}

// The text up to the next space; drops both.
std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    line.remove_prefix(line.empty() ? 0 : 1);
    return word;
}

// "device inode" of the mapping that holds `address` (proc(5)); empty if it is of no file.
std::string origin_of(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/maps");
    for (std::string text; std::getline(maps, text);) {
        std::string_view line = text;
        std::uintptr_t begin = 0, end = 0;
        if (!take_address(line, '-', begin) || !take_address(line, ' ', end)) return {};
        if (wanted < begin || wanted >= end) continue;
        (void)take_word(line);  // permissions
        (void)take_word(line);  // offset
        const std::string_view device = take_word(line);
        const std::string_view inode = take_word(line);
        if (inode == "0") return {};
        return std::string(device).append(" ").append(inode);
    }
    return {};
}

}  // namespace

bool is_mapped_from(const void* address, int fd) {
    void* ours = ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, fd, 0);
    if (ours == MAP_FAILED) return false;
    const std::string wanted = origin_of(ours);
    ::munmap(ours, 1);
    return !wanted.empty() && origin_of(address) == wanted;
}

}  // namespace mcp_auth::host
