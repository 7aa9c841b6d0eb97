// A file that says it is a plugin's library.
#include "elf_symbols.hpp"

#include "elf_dependencies.hpp"
#include "promise.hpp"
#include "targets.hpp"
#include "trusted_file.hpp"

#include <sys/mman.h>

#include <algorithm>

namespace mcp_auth::fuzz {

void elf_symbols(std::string_view bytes) {
    const host::FileDescriptor file(::memfd_create("library", MFD_CLOEXEC));
    must(host::write_all(file.get(), bytes), "the file is written");
    const auto symbols = host::exported_symbols(file.get());
    if (symbols) {
        must(std::is_sorted(symbols->begin(), symbols->end()), "names are sorted");
        for (const std::string& name : *symbols)
            must(name.find('\0') == std::string::npos && bytes.find(name) != std::string_view::npos,
                 "a name is one of the file");
    } else {
        must_be_for_a_log(symbols.error());
        must(symbols.status() == Status::misconfigured, "a broken file is refused as one");
    }
    const auto placed = host::placed_dependencies(file.get());
    if (!placed) return must_be_for_a_log(placed.error());
    must(std::is_sorted(placed->begin(), placed->end()), "what it needs is sorted");
}

}  // namespace mcp_auth::fuzz
