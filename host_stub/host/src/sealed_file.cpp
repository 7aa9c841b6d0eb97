#include "sealed_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr off_t max_bytes = 256 * 1024 * 1024;
constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// Linux 6.3 has these said; before, they are unknown, and an unknown flag is an error.
constexpr unsigned mfd_exec = 0x10;

Error failed(const std::string& name, const std::string& what, int error) {
    return {Status::misconfigured, "manifest",
            name + ": " + what + ": " + std::generic_category().message(error)};
}

FileDescriptor memory_file() {
    constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    FileDescriptor file(::memfd_create("mcp-auth-plugin", flags | mfd_exec));
    if (!file && errno == EINVAL) file = FileDescriptor(::memfd_create("mcp-auth-plugin", flags));
    return file;
}

}  // namespace

bool is_sealed(int fd) noexcept {
    const int seals = ::fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & all_seals) == all_seals;
}

Result<FileDescriptor> sealed_copy(int fd, const std::string& name) {
    FileDescriptor copy = memory_file();
    if (!copy) return failed(name, "no file in memory to load it from", errno);
    std::array<char, 64 * 1024> block = {};
    off_t have = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, block.data(), block.size(), have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(name, "cannot be read", errno);
        if (got == 0) break;
        have += got;
        if (have > max_bytes) return failed(name, "larger than 256 MiB", EFBIG);
        if (!write_all(copy.get(), {block.data(), static_cast<std::size_t>(got)}))
            return failed(name, "cannot be copied into memory", errno);
    }
    if (::fcntl(copy.get(), F_ADD_SEALS, all_seals) != 0)
        return failed(name, "its copy in memory cannot be sealed", errno);
    return copy;
}

}  // namespace mcp_auth::host
