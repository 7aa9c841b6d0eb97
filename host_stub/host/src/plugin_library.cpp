#include "plugin_library.hpp"

#include "trusted_file.hpp"

#include <boost/dll/shared_library.hpp>

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

constexpr std::string_view entry_prefix = "mcp_auth_plugin_entry_v";

Error refuse(const std::string& library, const std::string& why) {
    return {Status::misconfigured, "manifest", library + ": " + why};
}

// Names come from a file: fit for a terminal, and not too many of them.
std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 3, longest = 80;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i) {
        text += i == 0 ? "" : ", ";
        for (const char c : names[i].substr(0, longest)) text += c > 0x20 && c < 0x7f ? c : '?';
    }
    if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

bool is_entry(const std::string& name) {
    return name.compare(0, entry_prefix.size(), entry_prefix) == 0 &&
           name.size() > entry_prefix.size() &&
           name.find_first_not_of("0123456789", entry_prefix.size()) == std::string::npos;
}

// A library that exports more than its entry would take part in the symbol resolution of others.
Result<void> check_exports(int fd, const std::string& library) {
    const auto names = exported_symbols(fd);
    if (!names) return refuse(library, names.error().message);
    std::vector<std::string> entries, extra;
    for (const std::string& name : *names) (is_entry(name) ? entries : extra).push_back(name);
    if (entries.empty())
        return refuse(library, "not a plugin: it does not export " MCP_AUTH_ENTRY_NAME);
    if (std::find(entries.begin(), entries.end(), MCP_AUTH_ENTRY_NAME) == entries.end())
        return refuse(library, "a plugin for another ABI: it exports " + listed(entries) +
                                   ", this host calls " MCP_AUTH_ENTRY_NAME);
    if (!extra.empty())
        return refuse(library, "it exports more than the entry: " + listed(extra) +
                                   "; link it with a version script that hides all else");
    return {};
}

// The mapped file must be the one that was checked. Device and inode do not tell on every overlay
// file system, so the first mapped segment (header, symbols, build id; never written to) is
// compared with the file.
bool is_mapped_from(const void* function, int fd) {
    Dl_info info = {};
    if (::dladdr(function, &info) == 0 || info.dli_fbase == nullptr) return false;
    const auto* base = static_cast<const char*>(info.dli_fbase);
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return false;
    ElfW(Ehdr) header = {};
    if (::pread(fd, &header, sizeof header, 0) != ssize_t{sizeof header}) return false;
    if (std::memcmp(base, &header, sizeof header) != 0) return false;
    std::vector<ElfW(Phdr)> segments(header.e_phnum);
    const std::size_t size = segments.size() * sizeof(ElfW(Phdr));
    if (::pread(fd, segments.data(), size, static_cast<off_t>(header.e_phoff)) !=
        static_cast<ssize_t>(size))
        return false;
    for (const auto& segment : segments) {
        if (segment.p_type != PT_LOAD || segment.p_offset != 0 || (segment.p_flags & PF_W) != 0)
            continue;
        if (segment.p_filesz > static_cast<std::uint64_t>(status.st_size)) return false;
        std::vector<char> bytes(segment.p_filesz);
        const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
        return got == static_cast<ssize_t>(bytes.size()) &&
               std::memcmp(base, bytes.data(), bytes.size()) == 0;
    }
    return false;
}

// The loader's own words name our descriptor, which means nothing to the administrator.
std::string in_terms_of(const std::string& library, std::string text, const std::string& name) {
    std::size_t at = text.find(name);
    while (at != std::string::npos) {
        text.replace(at, name.size(), library);
        at = text.find(name, at + library.size());
    }
    return text;
}

Result<mcp_auth_plugin_entry*> map(int fd, const std::string& library) {
    namespace dll = boost::dll;
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    // RTLD_NODELETE: code of a plugin may be on some stack, or registered somewhere, until the end.
    // Never RTLD_DEEPBIND: sanitizers and allocators do not survive it.
    const auto mode = static_cast<dll::load_mode::type>(
        static_cast<unsigned>(dll::load_mode::rtld_now) |
        static_cast<unsigned>(dll::load_mode::rtld_local) | static_cast<unsigned>(RTLD_NODELETE));
    try {
        const dll::shared_library loaded(name, mode);
        return &loaded.get<mcp_auth_plugin_entry>(MCP_AUTH_ENTRY_NAME);
    } catch (const std::exception& e) {
        return refuse(library, "cannot be loaded: " + in_terms_of(library, e.what(), name));
    }
}

bool equal(const mcp_auth_str& text, std::string_view wanted) {
    return text.len == wanted.size() &&
           (text.len == 0 ||
            (text.ptr != nullptr && std::memcmp(text.ptr, wanted.data(), text.len) == 0));
}

}  // namespace

Result<const mcp_auth_plugin*> check_descriptor(mcp_auth_plugin_entry* entry,
                                                const Manifest& manifest) {
    const std::string name = !manifest.library.empty() ? manifest.library
                             : !manifest.id.empty()    ? manifest.id
                                                       : "(built in)";
    if (entry == nullptr) return refuse(name, "no entry function");
    const mcp_auth_plugin* plugin = entry();
    if (plugin == nullptr) return refuse(name, "its entry returned no descriptor");
    constexpr std::size_t first_size = offsetof(mcp_auth_plugin, create) + sizeof plugin->create;
    if (plugin->struct_size < first_size)
        return refuse(name, "its descriptor is smaller than that of ABI 1.0");
    if (plugin->abi_minor < manifest.abi_min_minor)
        return refuse(name, "it was compiled for ABI 1." + std::to_string(plugin->abi_minor) +
                                ", its manifest asks for 1." +
                                std::to_string(manifest.abi_min_minor));
    if (!equal(plugin->id, manifest.id))
        return refuse(name, "its id is not the manifest's, \"" + manifest.id + "\"");
    if (!equal(plugin->version, manifest.version))
        return refuse(name, "its version is not the manifest's, \"" + manifest.version + "\"");
    if (!equal(plugin->roles, manifest.roles_text()))
        return refuse(name,
                      "its roles are not the manifest's, in that order: " + manifest.roles_text());
    if (plugin->create == nullptr) return refuse(name, "its descriptor has no \"create\"");
    return plugin;
}

Result<LoadedPlugin> load_plugin(const Manifest& manifest) {
    auto file = open_trusted(manifest.library);
    if (!file) return file.error();
    auto sha256 = sha256_of(file->get());
    if (!sha256) return sha256.error();
    if (!manifest.sha256.empty() && *sha256 != manifest.sha256)
        return refuse(manifest.library, "its SHA-256 is " + *sha256 + ", the manifest says " +
                                            manifest.sha256 +
                                            ": it was changed, or the manifest is "
                                            "that of another build");
    if (auto exports = check_exports(file->get(), manifest.library); !exports)
        return exports.error();
    // From here on the descriptor stays open for good: glibc knows a library by the name it was
    // opened under, and a number used again would hand out this one for another.
    const int fd = file->release();
    auto entry = map(fd, manifest.library);
    if (!entry) return entry.error();
    if (!is_mapped_from(reinterpret_cast<const void*>(*entry), fd))
        return refuse(manifest.library, "the mapped file is not the one that was checked");
    auto descriptor = check_descriptor(*entry, manifest);
    if (!descriptor) return descriptor.error();
    return LoadedPlugin{*descriptor, manifest.library, std::move(*sha256)};
}

}  // namespace mcp_auth::host
