// A file of a target's own, for what is read by its name; gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace mcp_auth::fuzz {

class ScratchFile {
public:
    explicit ScratchFile(std::string_view name) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "mcp-auth-fuzz-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) std::abort();
        directory_ = std::filesystem::canonical(pattern).string();
        path_ = directory_ + "/" + std::string(name);
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() {
        std::error_code error;
        std::filesystem::remove_all(directory_, error);
    }

    const std::string& directory() const { return directory_; }
    const std::string& path() const { return path_; }
    void write(std::string_view bytes) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    }

private:
    std::string directory_, path_;
};

}  // namespace mcp_auth::fuzz
