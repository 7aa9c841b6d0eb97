#include "private_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mcp_auth::demo {
namespace {

Error cannot(std::string_view what, const std::string& path, int number) {
    return {
        Status::misconfigured, "demo",
        "cannot " + std::string(what) + " " + path + ": " + std::system_category().message(number)};
}

}  // namespace

Result<PrivateDirectory> PrivateDirectory::open(const std::string& path) {
    std::error_code failed;
    if (path.empty()) {
        std::string made = std::filesystem::temp_directory_path(failed).string();
        if (failed) return cannot("find", "a temporary directory", failed.value());
        made += "/mcp-auth-demo-XXXXXX";
        if (!::mkdtemp(made.data())) return cannot("make", made, errno);
        return PrivateDirectory(made, true);
    }
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return cannot("make", path, errno);
    const auto absolute = std::filesystem::canonical(path, failed);
    if (failed || !std::filesystem::is_directory(absolute, failed))
        return cannot("use", path, failed ? failed.value() : ENOTDIR);
    return PrivateDirectory(absolute.string(), false);
}

PrivateDirectory::PrivateDirectory(PrivateDirectory&& other) noexcept
    : path_(std::move(other.path_)), remove_(std::exchange(other.remove_, false)) {}

PrivateDirectory::~PrivateDirectory() {
    std::error_code ignored;  // nothing can be done about it here
    if (remove_) std::filesystem::remove_all(path_, ignored);
}

Result<void> write_private_file(const std::string& path, std::string_view text) {
    std::string fresh = path + ".XXXXXX";
    const int file = ::mkostemp(fresh.data(), O_CLOEXEC);  // 0600
    if (file < 0) return cannot("write", path, errno);
    int failed = 0;
    while (!text.empty() && failed == 0) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            failed = errno;
    }
    if (::close(file) != 0 && failed == 0) failed = errno;
    if (failed == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) failed = errno;
    if (failed == 0) return {};
    ::unlink(fresh.c_str());
    return cannot("write", path, failed);
}

}  // namespace mcp_auth::demo
