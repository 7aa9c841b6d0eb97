#include "elf_dependencies.hpp"

#include "elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace mcp_auth::host {
namespace {

// Of all that is looked at; paths have PATH_MAX bytes at most, and a library needs a few.
constexpr std::uint64_t most_text = 1u << 20;

bool has_origin(std::string_view path) {
    return path.find("$ORIGIN") != path.npos || path.find("${ORIGIN}") != path.npos;
}

// An empty element is the working directory (ld.so(8)).
void add_run_path(std::string_view list, std::vector<std::string>& found) {
    while (true) {
        const std::size_t end = list.find(':');
        const std::string_view element = list.substr(0, end);
        if (element.empty() || element.front() != '/' || has_origin(element))
            found.push_back("run path " + (element.empty() ? "\"\"" : std::string(element)));
        if (end == list.npos) return;
        list.remove_prefix(end + 1);
    }
}

}  // namespace

Result<std::vector<std::string>> placed_dependencies(int fd) {
    const auto file = ElfFile::open(fd);
    if (!file) return file.error();
    const auto dynamic = file->dynamic();
    if (!dynamic) return dynamic.error();
    std::uint64_t address = 0, size = 0;
    for (const ElfFile::Dynamic& entry : *dynamic) {
        if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
        if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
    }
    auto strings = ElfStrings::read(*file, address, size, most_text);
    if (!strings) return strings.error();

    std::vector<std::string> found;
    for (const ElfFile::Dynamic& entry : *dynamic) {
        const bool path = entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH;
        // Filters and auditors are loaded like what is needed.
        const bool need = entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER ||
                          entry.d_tag == DT_AUXILIARY || entry.d_tag == DT_AUDIT ||
                          entry.d_tag == DT_DEPAUDIT;
        if (!path && !need) continue;
        const auto text = strings->at(entry.d_un.d_val);
        if (!text) return ElfFile::malformed();
        if (path) add_run_path(*text, found);
        if (need && text->find('/') != text->npos) found.push_back("needs " + std::string(*text));
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace mcp_auth::host
