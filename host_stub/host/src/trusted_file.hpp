// Opening a file once, through directories that only root or we can change, so that what is
// checked is what is used (design.md, Manifest).
#pragma once

#include <mcp_auth/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// An open descriptor, closed with it.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    ~FileDescriptor();
    int get() const noexcept { return fd_; }
    int release() noexcept {
        int fd = fd_;
        fd_ = -1;
        return fd;
    }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// Who may own what is opened, root apart; and whose group may be able to write to it.
struct Identity {
    unsigned user;   // effective
    unsigned group;  // effective; taken for the user's private one
    static Identity of_process() noexcept;
};

// Follows links, checks owner (root or us) and mode of the file and of each directory passed.
// Errors: misconfigured, leg "manifest"; names the path at fault, its owner or mode, and the
// command that would put it right.
Result<FileDescriptor> open_trusted(const std::string& path, Identity us = Identity::of_process());
// The file alone: where its directories are not ours to judge (a mounted configuration map's is
// everyone's to write), whoever puts another one in its place must still be root or us.
Result<FileDescriptor> open_owned(const std::string& path, Identity us = Identity::of_process());
// open_trusted for a directory, to list what is in it.
Result<FileDescriptor> open_trusted_directory(const std::string& path,
                                              Identity us = Identity::of_process());
// The names in such a directory but for hidden ones (a mounted configuration map has links like
// "..data"), sorted: the order must not depend on the file system.
Result<std::vector<std::string>> list_trusted_directory(const std::string& path,
                                                        Identity us = Identity::of_process());
bool ends_with(std::string_view name, std::string_view end) noexcept;

// Reads the whole of an open file from its start. Errors: misconfigured (over `max_bytes`,
// unreadable).
Result<std::string> read_all(int fd, std::size_t max_bytes, std::string_view name);

// False, and errno says why: not all of it was written.
bool write_all(int fd, std::string_view bytes) noexcept;

// SHA-256 of an open file, lower case hex.
Result<std::string> sha256_of(int fd);

}  // namespace mcp_auth::host
