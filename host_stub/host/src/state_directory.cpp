#include "state_directory.hpp"

#include "retry.hpp"
#include "sha256.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view lock_suffix = ".lock";
constexpr std::chrono::milliseconds between_looks{20};  // no system tells when a lock is released

Error refuse(std::string message) {
    return {Status::misconfigured, "state", std::move(message)};
}

Error failed(const std::string& path, int error) {
    auto refused = refuse(path + ": " + std::generic_category().message(error));
    if (error == ENOSPC || error == EDQUOT || error == EIO || error == EMFILE || error == ENFILE)
        refused.status = Status::unavailable;
    return refused;
}

Error of_state(Error error) {
    error.leg = "state";
    return error;
}

// What it holds is worth as much as a password.
Result<void> check_private(const struct stat& status, const std::string& path, Identity us,
                           const char* mode) {
    if (status.st_uid != us.user)
        return refuse(path + ": belongs to user " + std::to_string(status.st_uid) +
                      ", not to user " + std::to_string(us.user) + " who runs this: chown it");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse(path + ": open to others, and it holds secrets: chmod " + mode + " " + path);
    return {};
}

// A name that nobody else writes to; a leading '.', so that it is no entry.
Result<std::string> unused_name() {
    std::array<unsigned char, 16> random = {};
    if (::getentropy(random.data(), random.size()) != 0)
        return Error(Status::internal, "state", "the system has no random bytes");
    return ".new-" + lower_hex(random.data(), random.size());
}

// Holds flock(2) on a file that goes away with the lock.
class FileLock {
public:
    FileLock(std::shared_ptr<void> in_process, FileDescriptor directory, std::string name,
             FileDescriptor file)
        : in_process_(std::move(in_process)),
          directory_(std::move(directory)),
          name_(std::move(name)),
          file_(std::move(file)) {}
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    // While it is held: who waits for the removed file notices, see still_there().
    ~FileLock() { ::unlinkat(directory_.get(), name_.c_str(), 0); }

private:
    std::shared_ptr<void> in_process_;  // released last
    FileDescriptor directory_;
    std::string name_;
    FileDescriptor file_;
};

// Else what was locked is a file that its former holder removed, and the next one locks another.
bool still_there(int directory, const std::string& name, int file) {
    struct stat locked = {}, named = {};
    return ::fstat(file, &locked) == 0 &&
           ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

// Locked, or no descriptor if somebody else has it.
Result<FileDescriptor> try_lock(int directory, const std::string& name, const std::string& path) {
    for (;;) {
        FileDescriptor file(::openat(directory, name.c_str(),
                                     O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (!file) return failed(path, errno);
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) return FileDescriptor();
            if (errno == EINTR) continue;
            return failed(path, errno);
        }
        if (still_there(directory, name, file.get())) return file;
    }
}

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

Result<FileDescriptor> StateDirectory::checked(FileDescriptor directory) const {
    struct stat status = {};
    if (::fstat(directory.get(), &status) != 0) return failed(path_, errno);
    if (auto ours = check_private(status, path_, us_, "700"); !ours) return ours.error();
    return directory;
}

Result<FileDescriptor> StateDirectory::open() const {
    struct stat status = {};
    if (::lstat(path_.c_str(), &status) != 0) {
        if (errno == ENOENT) return FileDescriptor();
        return failed(path_, errno);
    }
    auto directory = open_trusted_directory(path_, us_);
    if (!directory) return of_state(std::move(directory).error());
    return checked(std::move(*directory));
}

Result<FileDescriptor> StateDirectory::open_or_make() const {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path_, error);
    if (error) return failed(path_, error.value());
    std::filesystem::path made;
    for (const auto& step : absolute) {
        made /= step;
        if (::mkdir(made.c_str(), S_IRWXU) == 0 || errno == EEXIST) continue;
        struct stat status = {};  // a parent that we may not write to, but which is there
        const int why = errno;
        if (::stat(made.c_str(), &status) != 0) return failed(made.string(), why);
    }
    auto directory = open_trusted_directory(path_, us_);
    if (!directory) return of_state(std::move(directory).error());
    return checked(std::move(*directory));
}

Result<std::optional<Secret>> StateDirectory::read(std::string_view name,
                                                   std::size_t max_bytes) const {
    const auto directory = open();
    if (!directory) return directory.error();
    if (!*directory) return std::optional<Secret>();
    const auto path = path_of(name);
    // Not blocking: a FIFO in the file's place must not hang the application.
    const FileDescriptor file(::openat(directory->get(), std::string(name).c_str(),
                                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        if (errno == ENOENT) return std::optional<Secret>();
        return failed(path, errno);
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return failed(path, errno);
    if (!S_ISREG(status.st_mode)) return refuse(path + ": not a regular file");
    if (auto ours = check_private(status, path, us_, "600"); !ours) return ours.error();
    auto text = read_all(file.get(), max_bytes, path);
    if (!text) return of_state(std::move(text).error());
    return std::optional<Secret>(Secret(std::move(*text)));
}

Result<void> StateDirectory::replace(std::string_view name, std::string_view text) const {
    const auto directory = open_or_make();
    if (!directory) return directory.error();
    const auto beside = unused_name();
    if (!beside) return beside.error();
    const auto path = path_of(name);
    const FileDescriptor file(::openat(directory->get(), beside->c_str(),
                                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                       S_IRUSR | S_IWUSR));
    if (!file) return failed(path, errno);
    auto written = write_all(file.get(), text) && ::fsync(file.get()) == 0 ? Result<void>()
                                                                           : failed(path, errno);
    if (written && ::renameat(directory->get(), beside->c_str(), directory->get(),
                              std::string(name).c_str()) != 0)
        written = failed(path, errno);
    if (!written)
        ::unlinkat(directory->get(), beside->c_str(), 0);
    else if (::fsync(directory->get()) != 0)  // the name, too, survives a power cut
        written = failed(path_, errno);
    return written;
}

Result<void> StateDirectory::remove(std::string_view name) const {
    const auto directory = open();
    if (!directory) return directory.error();
    if (!*directory || ::unlinkat(directory->get(), std::string(name).c_str(), 0) == 0 ||
        errno == ENOENT)
        return {};
    return failed(path_of(name), errno);
}

Result<std::vector<std::string>> StateDirectory::names() const {
    auto directory = open();
    if (!directory) return directory.error();
    std::vector<std::string> names;
    if (!*directory) return names;
    const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(directory->get()));
    if (!listing) return failed(path_, errno);
    directory->release();  // closed with the listing
    std::vector<std::tuple<std::int64_t, std::int64_t, std::string>> found;
    while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe): ours
        const std::string_view name = static_cast<const char*>(entry->d_name);
        struct stat status = {};
        if (name.front() == '.' || name.ends_with(lock_suffix) ||
            ::fstatat(::dirfd(listing.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            S_ISDIR(status.st_mode))
            continue;
        found.emplace_back(status.st_mtim.tv_sec, status.st_mtim.tv_nsec, name);
    }
    std::sort(found.begin(), found.end());
    for (auto& [seconds, nanoseconds, name] : found) names.push_back(std::move(name));
    return names;
}

Result<std::shared_ptr<void>> StateDirectory::lock(std::string_view name, Clock& clock,
                                                   const Bounds& bounds) const {
    auto ours = in_process_->lease(name, clock, bounds);
    if (!ours) return ours;
    const auto file_name = std::string(name) + std::string(lock_suffix);
    const auto path = path_of(file_name);
    auto directory = open_or_make();
    if (!directory) return std::move(directory).error();
    for (;;) {
        auto file = try_lock(directory->get(), file_name, path);
        if (!file) return std::move(file).error();
        if (*file)
            return std::shared_ptr<void>(std::make_shared<FileLock>(
                std::move(*ours), std::move(*directory), file_name, std::move(*file)));
        if (auto waited = pause(between_looks, bounds, clock); !waited)
            return Error(waited.status(), "state",
                         path + ": another process held it until the wait ended");
    }
}

}  // namespace mcp_auth::host
