#include "trusted_file.hpp"

#include "sha256.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr int max_links = 40;  // as the kernel has it

Error refuse(std::string message) {
    return {Status::misconfigured, "manifest", std::move(message)};
}

Error failed(const std::string& path, int error) {
    return refuse(path + ": " + std::generic_category().message(error));
}

// Whoever owns a thing can change it, whatever its mode says.
Result<void> check_owner(const struct stat& status, const std::string& path, Identity us) {
    if (status.st_uid == 0 || status.st_uid == us.user) return {};
    return refuse(path + ": belongs to user " + std::to_string(status.st_uid) +
                  ", neither to root nor to user " + std::to_string(us.user) +
                  " who runs this: chown it");
}

// A group other than our own primary one has members that we do not know; our own is, where every
// user has a private group, us.
Result<void> check_writers(const struct stat& status, const std::string& path, Identity us) {
    if ((status.st_mode & S_IWOTH) != 0)
        return refuse(path + ": everyone can write to it: chmod o-w " + path);
    if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != us.group)
        return refuse(path + ": group " + std::to_string(status.st_gid) +
                      ", which is not our own, can write to it: chmod g-w " + path);
    return {};
}

// With a POSIX access list the group's bits are the list's mask (acl(5)): whoever it names may have
// what they say. Without the write bit nobody named can write, so most files cost no look. Asked by
// /proc, because a descriptor of O_PATH gives no attributes away.
Result<void> check_access_list(const FileDescriptor& file, const struct stat& status,
                               const std::string& path) {
    if ((status.st_mode & S_IWGRP) == 0) return {};
    const std::string opened = "/proc/self/fd/" + std::to_string(file.get());
    if (::getxattr(opened.c_str(), "system.posix_acl_access", nullptr, 0) < 0) {
        if (errno == ENODATA || errno == ENOTSUP) return {};  // the mode says it all
        return failed(path, errno);
    }
    return refuse(path +
                  ": has an access list that lets more than its owner write to it: setfacl "
                  "-b " +
                  path);
}

Result<void> check_file(const FileDescriptor& file, const std::string& path, Identity us) {
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return failed(path, errno);
    if (!S_ISREG(status.st_mode)) return refuse(path + ": not a regular file");
    if (auto owner = check_owner(status, path, us); !owner) return owner;
    if (auto safe = check_writers(status, path, us); !safe) return safe;
    return check_access_list(file, status, path);
}

Result<void> check_directory(const FileDescriptor& directory, const struct stat& status,
                             const std::string& path, Identity us) {
    if (auto owner = check_owner(status, path, us); !owner) return owner;
    // In a sticky directory of root's nobody can replace what belongs to another (/tmp); what is
    // in it has its own owner checked.
    if (status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0) return {};
    if (auto safe = check_writers(status, path, us); !safe) return safe;
    return check_access_list(directory, status, path);
}

Result<std::string> link_target(int link, const std::string& path) {
    std::array<char, PATH_MAX> target = {};
    const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return failed(path, errno);
    if (size == 0 || static_cast<std::size_t>(size) == target.size())
        return refuse(path + ": the link's target is empty or too long");
    return std::string(target.data(), static_cast<std::size_t>(size));
}

void prepend(std::deque<std::string>& steps, const std::string& path) {
    std::deque<std::string> front;
    for (const auto& step : std::filesystem::path(path).relative_path())
        if (!step.empty() && step != ".") front.push_back(step.string());
    steps.insert(steps.begin(), front.begin(), front.end());
}

// Goes from the root one name at a time, each opened relative to the directory that was just
// checked, so that nobody can swap a part of the path between check and use.
class Walk {
public:
    explicit Walk(Identity us) : us_(us) {}

    Result<FileDescriptor> open(const std::string& path, bool want_directory) {
        std::error_code error;
        const std::string absolute = std::filesystem::absolute(path, error).string();
        if (error) return failed(path, error.value());
        prepend(steps_, absolute);
        if (auto root = to_root(); !root) return root.error();
        while (!steps_.empty()) {
            const std::string name = steps_.front();
            steps_.pop_front();
            auto file = step(name, want_directory);
            if (!file) return file.error();
            if (*file) return file;
        }
        if (!want_directory) return refuse(path + ": a directory, not a file");
        // The descriptor of the walk names the directory; listing needs one that reads.
        FileDescriptor reading(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!reading) return failed(path, errno);
        return reading;
    }

private:
    // Nothing while there is more to walk; else the file, open for reading.
    Result<FileDescriptor> step(const std::string& name, bool want_directory) {
        const std::string path = place_ + (place_.back() == '/' ? "" : "/") + name;
        FileDescriptor next(
            ::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!next) return failed(path, errno);
        struct stat status = {};
        if (::fstat(next.get(), &status) != 0) return failed(path, errno);
        if (S_ISLNK(status.st_mode)) {
            if (auto owner = check_owner(status, path, us_); !owner) return owner.error();
            return follow(next.get(), path);
        }
        if (S_ISDIR(status.st_mode)) {
            if (auto safe = check_directory(next, status, path, us_); !safe) return safe.error();
            directory_ = std::move(next);
            place_ = path;
            return FileDescriptor();
        }
        if (!steps_.empty() || want_directory) return refuse(path + ": not a directory");
        return open_file(name, path);
    }

    Result<FileDescriptor> follow(int link, const std::string& path) {
        if (++links_ > max_links) return failed(path, ELOOP);
        const auto target = link_target(link, path);
        if (!target) return target.error();
        prepend(steps_, *target);
        if (target->front() != '/') return FileDescriptor();
        if (auto root = to_root(); !root) return root.error();
        return FileDescriptor();
    }

    // Opened again by name for reading, and checked by what was opened.
    Result<FileDescriptor> open_file(const std::string& name, const std::string& path) {
        FileDescriptor file(::openat(directory_.get(), name.c_str(),
                                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file) return failed(path, errno);
        if (auto safe = check_file(file, path, us_); !safe) return safe.error();
        return file;
    }

    Result<void> to_root() {
        directory_ = FileDescriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        place_ = "/";
        struct stat status = {};
        if (!directory_ || ::fstat(directory_.get(), &status) != 0) return failed("/", errno);
        return check_directory(directory_, status, place_, us_);
    }

    Identity us_;
    FileDescriptor directory_;
    std::string place_;
    std::deque<std::string> steps_;
    int links_ = 0;
};

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Identity Identity::of_process() noexcept {
    return {::geteuid(), ::getegid()};
}

Result<FileDescriptor> open_trusted(const std::string& path, Identity us) {
    return Walk(us).open(path, false);
}

Result<FileDescriptor> open_owned(const std::string& path, Identity us) {
    // Not blocking: a FIFO in the file's place must not hang the application.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return failed(path, errno);
    if (auto safe = check_file(file, path, us); !safe) return safe.error();
    return file;
}

Result<FileDescriptor> open_trusted_directory(const std::string& path, Identity us) {
    return Walk(us).open(path, true);
}

Result<std::vector<std::string>> list_trusted_directory(const std::string& path, Identity us) {
    auto directory = open_trusted_directory(path, us);
    if (!directory) return directory.error();
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(directory->get()), &::closedir);
    if (!listing) return failed(path, errno);
    directory->release();  // closedir closes it
    std::vector<std::string> names;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): only this thread has the listing
        const dirent* entry = ::readdir(listing.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool ends_with(std::string_view name, std::string_view end) noexcept {
    return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
}

Result<std::string> read_all(int fd, std::size_t max_bytes, std::string_view name) {
    const std::string file(name);
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return failed(file, errno);
    // One allocation, so that no copy of a secret stays behind in a smaller one (L5); one byte
    // more than is allowed, to notice a file that grows.
    std::string text;
    std::size_t size = static_cast<std::size_t>(status.st_size < 0 ? 0 : status.st_size) + 1;
    if (size > max_bytes) size = max_bytes + 1;
    text.reserve(std::max<std::size_t>(size, 64));  // on the heap, so that a move leaves nothing
    text.resize(size);
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t got =
            ::pread(fd, text.data() + have, text.size() - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(file, errno);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    if (have > max_bytes)
        return refuse(file + ": larger than " + std::to_string(max_bytes / 1024) + " KiB");
    text.resize(have);
    return text;
}

bool write_all(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Result<std::string> sha256_of(int fd) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                       &EVP_MD_CTX_free);
    const Error broken(Status::internal, "manifest", "SHA-256 is not available");
    if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) return broken;
    std::array<unsigned char, 64 * 1024> block = {};
    off_t have = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, block.data(), block.size(), have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("the library", errno);
        if (got == 0) break;
        if (EVP_DigestUpdate(hash.get(), block.data(), static_cast<std::size_t>(got)) != 1)
            return broken;
        have += got;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(hash.get(), digest.data(), &size) != 1) return broken;
    return lower_hex(digest.data(), size);
}

}  // namespace mcp_auth::host
