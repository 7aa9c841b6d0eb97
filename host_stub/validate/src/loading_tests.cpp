#include "build_kind.hpp"
#include "elf_symbols.hpp"
#include "plugin_library.hpp"
#include "process_state.hpp"
#include "system_calls.hpp"
#include "tests.hpp"
#include "trusted_file.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>

#include <chrono>
#include <cstring>

namespace mcp_auth::validate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto longest_load = std::chrono::milliseconds(sanitized ? 1000 : 100);

Verdict from(const Result<void>& result) {
    return result ? Verdict::pass() : Verdict::fail(result.error().message);
}

// The plugin is loaded and its entry called where the kernel allows none of `what`.
Verdict load_without(Trial& trial, unsigned what) {
    if (auto watched = forbid(what, trial.journal); !watched)
        return Verdict::skip(watched.error().message);
    return from(trial.load());
}

struct Segments {
    ElfW(Addr) base = 0;
    bool found = false, stack_is_known = false, stack_runs = false, writable_code = false;
};

int look_at(dl_phdr_info* info, std::size_t, void* data) {
    auto& segments = *static_cast<Segments*>(data);
    if (info->dlpi_addr != segments.base) return 0;
    segments.found = true;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = info->dlpi_phdr[i];
        if (segment.p_type == PT_GNU_STACK) {
            segments.stack_is_known = true;
            segments.stack_runs = (segment.p_flags & PF_X) != 0;
        }
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) && (segment.p_flags & PF_X))
            segments.writable_code = true;
    }
    return 1;
}

bool relocates_text(const ElfW(Dyn) * dynamic) {
    for (; dynamic->d_tag != DT_NULL; ++dynamic)
        if (dynamic->d_tag == DT_TEXTREL ||
            (dynamic->d_tag == DT_FLAGS && (dynamic->d_un.d_val & DF_TEXTREL) != 0))
            return true;
    return false;
}

}  // namespace

Verdict library_is_trusted(Trial& trial) {
    const host::Manifest& manifest = trial.specimen.manifest;
    const auto file = host::open_trusted(manifest.library);
    if (!file) return Verdict::fail(file.error().message);
    const auto hash = host::sha256_of(file->get());
    if (!hash) return Verdict::fail(hash.error().message);
    if (!manifest.sha256.empty() && *hash != manifest.sha256)
        return Verdict::fail("its SHA-256 is " + *hash + ", the manifest says " + manifest.sha256);
    return Verdict::pass();
}

Verdict exports_entry_alone(Trial& trial) {
    const host::FileDescriptor file(
        ::open(trial.specimen.manifest.library.c_str(), O_RDONLY | O_CLOEXEC));
    const auto names = host::exported_symbols(file.get());
    if (!names) return Verdict::fail(names.error().message);
    constexpr std::string_view prefix = "mcp_auth_plugin_entry_v";
    constexpr std::size_t most = 5, longest = 80;
    bool has_entry = false;
    std::size_t count = 0;
    std::string extra;
    for (const std::string& name : *names) {
        has_entry = has_entry || name == MCP_AUTH_ENTRY_NAME;
        if (name.compare(0, prefix.size(), prefix) == 0 || ++count > most) continue;
        extra += (extra.empty() ? "" : ", ") + name.substr(0, longest);
    }
    if (count > most) extra += " and " + std::to_string(count - most) + " more";
    if (count > 0)
        return Verdict::fail("it exports " + extra +
                             ": link it with a version script that hides all but the entry");
    return has_entry ? Verdict::pass() : Verdict::fail("it does not export " MCP_AUTH_ENTRY_NAME);
}

Verdict loads_resolved(Trial& trial) {
    return from(trial.open());
}

Verdict load_flags(Trial& trial) {
    if (auto opened = trial.open(); !opened) return from(opened);
    link_map* map = nullptr;
    if (::dlinfo(trial.handle(), RTLD_DI_LINKMAP, &map) != 0)
        return Verdict::skip("the loader does not say where it is");
    Segments segments;
    segments.base = map->l_addr;
    ::dl_iterate_phdr(look_at, &segments);
    if (!segments.found) return Verdict::skip("the loader does not say where it is");
    if (relocates_text(map->l_ld))
        return Verdict::fail("it has text relocations: compile all of it with -fPIC");
    if (!segments.stack_is_known || segments.stack_runs)
        return Verdict::fail("it wants an executable stack: link it with -z noexecstack");
    if (segments.writable_code)
        return Verdict::fail("it has a segment that is both writable and executable");
    return Verdict::pass();
}

Verdict loads_fast(Trial& trial) {
    const auto start = Clock::now();
    if (auto loaded = trial.load(); !loaded) return from(loaded);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    if (took < longest_load) return Verdict::pass();
    return Verdict::fail("loading and the entry took " + std::to_string(took.count()) +
                         " ms; a host scans all plugins when it starts");
}

Verdict loads_without_network(Trial& trial) {
    return load_without(trial, network);
}

Verdict loads_without_threads(Trial& trial) {
    return load_without(trial, processes);
}

Verdict loads_without_files(Trial& trial) {
    const auto before = open_descriptors();
    if (auto verdict = load_without(trial, writing); !verdict) return verdict;
    const std::string left = descriptors_left(before, open_descriptors());
    return left.empty() ? Verdict::pass() : Verdict::fail("it left open: " + left);
}

Verdict entry_touches_nothing(Trial& trial) {
    if (auto opened = trial.open(); !opened) return from(opened);
    return load_without(trial, network | processes | writing | opening | waiting);
}

Verdict entry_is_idempotent(Trial& trial) {
    if (auto loaded = trial.load(); !loaded) return from(loaded);
    const mcp_auth_plugin before = trial.descriptor();
    for (int i = 0; i < 3; ++i)
        if (trial.entry()() != &trial.descriptor())
            return Verdict::fail("the entry gives another descriptor the second time");
    if (std::memcmp(&before, &trial.descriptor(), sizeof before) != 0)
        return Verdict::fail("its descriptor does not stay the same");
    return Verdict::pass();
}

Verdict descriptor_equals_manifest(Trial& trial) {
    if (auto loaded = trial.load(); !loaded) return from(loaded);
    const auto checked = host::check_descriptor(trial.entry(), trial.specimen.manifest);
    return checked ? Verdict::pass() : Verdict::fail(checked.error().message);
}

}  // namespace mcp_auth::validate
