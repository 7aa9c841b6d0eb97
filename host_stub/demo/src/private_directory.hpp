// Where the enterprise leaves its files for a host: a directory and files that nobody else reads.
#pragma once

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::demo {

class PrivateDirectory {
public:
    // Empty: a new one (0700) in the system's temporary directory, removed by the destructor.
    // Otherwise that one, made if need be, which stays. Errors: misconfigured.
    static Result<PrivateDirectory> open(const std::string& path);
    PrivateDirectory(PrivateDirectory&& other) noexcept;
    PrivateDirectory& operator=(PrivateDirectory&&) = delete;
    ~PrivateDirectory();

    const std::string& path() const noexcept { return path_; }
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

private:
    PrivateDirectory(std::string path, bool remove) : path_(std::move(path)), remove_(remove) {}
    std::string path_;
    bool remove_;
};

// Writes the whole file (0600) and puts it in place at once, so that a reader never sees half of
// it. Errors: misconfigured.
Result<void> write_private_file(const std::string& path, std::string_view text);

}  // namespace mcp_auth::demo
