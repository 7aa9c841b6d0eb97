#include "plugin_library.hpp"

#include "elf_dependencies.hpp"
#include "elf_symbols.hpp"
#include "mapped_file.hpp"
#include "plugin_control.hpp"
#include "sealed_file.hpp"

#include <boost/dll/shared_library.hpp>

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
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
        for (const char c : names[i].substr(0, longest)) text += c >= 0x20 && c < 0x7f ? c : '?';
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

Result<void> check_places(int fd, const std::string& library) {
    const auto places = placed_dependencies(fd);
    if (!places) return refuse(library, places.error().message);
    if (places->empty()) return {};
    return refuse(library, "it looks for other libraries beside itself (" + listed(*places) +
                               "), which this policy does not load unchecked: link them into it");
}

// When and how long the file was when it was last written to.
Result<void> look_at(OpenedLibrary& library) {
    struct stat status = {};
    if (::fstat(library.file.get(), &status) != 0) return refuse(library.path, "cannot be read");
    library.size = status.st_size;
    library.written_s = status.st_mtim.tv_sec;
    library.written_ns = status.st_mtim.tv_nsec;
    return {};
}

// Only its owner can write to it, so this is no attack; but what ran may not be what was hashed.
bool was_written_to(const OpenedLibrary& library, int fd) {
    struct stat status = {};
    return ::fstat(fd, &status) != 0 || status.st_size != library.size ||
           status.st_mtim.tv_sec != library.written_s ||
           status.st_mtim.tv_nsec != library.written_ns;
}

constexpr std::string_view descriptors = "/proc/self/fd/";

// Whether the open file `fd`, from which something was mapped earlier, is what was opened now.
bool is_same(int fd, const OpenedLibrary& library) {
    struct stat mapped = {}, opened = {};
    if (::fstat(fd, &mapped) != 0 || ::fstat(library.file.get(), &opened) != 0) return false;
    if (!library.sealed) return mapped.st_dev == opened.st_dev && mapped.st_ino == opened.st_ino;
    if (!is_sealed(fd) || mapped.st_size != opened.st_size) return false;
    const auto sha256 = sha256_of(fd);
    return sha256 && *sha256 == library.sha256;
}

// The descriptor that a former load of the same library kept: the dynamic linker's list of what is
// mapped has its name. -1: there is none.
int kept_descriptor(const OpenedLibrary& library) {
    std::vector<int> kept;
    ::dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* out) {
            const std::string_view name = info->dlpi_name == nullptr ? "" : info->dlpi_name;
            int fd = -1;
            const char* end = name.data() + name.size();
            if (name.substr(0, descriptors.size()) != descriptors) return 0;
            const auto parsed = std::from_chars(name.data() + descriptors.size(), end, fd);
            if (parsed.ec == std::errc() && parsed.ptr == end)
                static_cast<std::vector<int>*>(out)->push_back(fd);
            return 0;
        },
        &kept);
    const auto same =
        std::find_if(kept.begin(), kept.end(), [&](int fd) { return is_same(fd, library); });
    return same == kept.end() ? -1 : *same;
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
    const std::string name = std::string(descriptors) + std::to_string(fd);
    // RTLD_NODELETE: code of a plugin may be on some stack, or registered somewhere, until the end.
    // Never RTLD_DEEPBIND: sanitizers and allocators do not survive it.
    const auto mode = static_cast<dll::load_mode::type>(
        static_cast<unsigned>(dll::load_mode::rtld_now) |
        static_cast<unsigned>(dll::load_mode::rtld_local) | static_cast<unsigned>(RTLD_NODELETE));
    try {
        const dll::shared_library loaded(name, mode);
        return &loaded.get<mcp_auth_plugin_entry>(MCP_AUTH_ENTRY_NAME);
    } catch (const std::exception& e) {
        std::string why = "cannot be loaded: " + in_terms_of(library, e.what(), name);
        const auto places = placed_dependencies(fd);
        if (places && !places->empty())
            why += "; a plugin has no place of its own, so link into it what it looks for there (" +
                   listed(*places) + ")";
        return refuse(library, why);
    }
}

bool equal(const mcp_auth_str& text, std::string_view wanted) {
    return text.len == wanted.size() &&
           (text.len == 0 ||
            (text.ptr != nullptr && std::memcmp(text.ptr, wanted.data(), text.len) == 0));
}

}  // namespace

std::shared_ptr<std::mutex> control_of(mcp_auth_plugin_entry* entry) {
    static std::mutex mutex;
    static std::map<mcp_auth_plugin_entry*, std::shared_ptr<std::mutex>> locks;
    const std::lock_guard lock(mutex);
    auto& known = locks[entry];  // for good: no library is unloaded
    if (!known) known = std::make_shared<std::mutex>();
    return known;
}

Result<const mcp_auth_plugin*> check_descriptor(mcp_auth_plugin_entry* entry,
                                                const Manifest& manifest) {
    const std::string name = !manifest.library.empty() ? manifest.library
                             : !manifest.id.empty()    ? manifest.id
                                                       : "(built in)";
    if (entry == nullptr) return refuse(name, "no entry function");
    const auto control = control_of(entry);
    const std::lock_guard lock(*control);
    const mcp_auth_plugin* plugin = nullptr;
    bool threw = false;
    (void)contained(threw, [&] {
        plugin = entry();
        return MCP_AUTH_OK;
    });
    if (threw) return refuse(name, "the plugin let an exception out of its entry; ask its vendor");
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

Result<OpenedLibrary> open_library(const Manifest& manifest, bool sealed) {
    OpenedLibrary library;
    library.path = manifest.library;
    library.sealed = sealed;
    auto file = open_trusted(manifest.library);
    if (!file) return file.error();
    library.file = std::move(*file);
    if (sealed) {
        auto copy = sealed_copy(library.file.get(), library.path);
        if (!copy) return copy.error();
        library.file = std::move(*copy);
    }
    if (auto looked = look_at(library); !looked) return looked.error();
    auto sha256 = sha256_of(library.file.get());
    if (!sha256) return sha256.error();
    library.sha256 = std::move(*sha256);
    if (!manifest.sha256.empty() && library.sha256 != manifest.sha256)
        return refuse(library.path, "its SHA-256 is " + library.sha256 + ", the manifest says " +
                                        manifest.sha256 +
                                        ": it was changed, or the manifest is "
                                        "that of another build");
    if (auto exports = check_exports(library.file.get(), library.path); !exports)
        return exports.error();
    if (sealed)
        if (auto places = check_places(library.file.get(), library.path); !places)
            return places.error();
    return library;
}

Result<LoadedPlugin> map_library(OpenedLibrary library, const Manifest& manifest) {
    const int kept = kept_descriptor(library);
    // From here on the descriptor stays open for good, whether this succeeds or not.
    const int fd = kept >= 0 ? kept : library.file.release();
    auto entry = map(fd, library.path);
    if (!entry) return entry.error();
    if (!is_mapped_from(reinterpret_cast<const void*>(*entry), fd))
        return refuse(library.path, "the mapped file is not the one that was checked");
    if (!library.sealed && was_written_to(library, fd))
        return refuse(library.path, "it was written to while it was loaded: try again");
    auto descriptor = check_descriptor(*entry, manifest);
    if (!descriptor) return descriptor.error();
    return LoadedPlugin{*entry, *descriptor, std::move(library.path), std::move(library.sha256)};
}

Result<LoadedPlugin> load_plugin(const Manifest& manifest) {
    auto library = open_library(manifest, false);
    if (!library) return library.error();
    return map_library(std::move(*library), manifest);
}

}  // namespace mcp_auth::host
