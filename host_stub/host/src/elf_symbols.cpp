#include "elf_symbols.hpp"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace mcp_auth::host {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Dynamic = ElfW(Dyn);
using Symbol = ElfW(Sym);

// Far above what any library has; below what would cost memory.
constexpr std::uint64_t max_entries = 1u << 20;
constexpr std::uint64_t max_strings = 64u << 20;

constexpr unsigned char native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char native_order =
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
#if defined(__x86_64__)
constexpr unsigned native_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned native_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned native_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned native_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr unsigned native_machine = EM_S390;
#elif defined(__i386__)
constexpr unsigned native_machine = EM_386;
#elif defined(__arm__)
constexpr unsigned native_machine = EM_ARM;
#else
#error "say here which ELF machine this is"
#endif

Error refuse(const char* message) {
    return {Status::misconfigured, "manifest", message};
}
Error malformed() {
    return refuse("the ELF file is malformed");
}

// What the dynamic section says of the symbol table, as addresses.
struct Tables {
    std::uint64_t symbols = 0, strings = 0, strings_size = 0, symbol_size = 0;
    std::uint64_t hash = 0, gnu_hash = 0;
};

class ElfFile {
public:
    explicit ElfFile(int fd) : fd_(fd) {}

    Result<void> open() {
        struct stat status = {};
        if (::fstat(fd_, &status) != 0 || status.st_size < 0) return refuse("cannot be read");
        size_ = static_cast<std::uint64_t>(status.st_size);
        Header header = {};
        if (!read(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
            return refuse("not an ELF file");
        if (header.e_ident[EI_CLASS] != native_class || header.e_ident[EI_DATA] != native_order ||
            header.e_machine != native_machine)
            return refuse("built for another kind of machine");
        if (header.e_type != ET_DYN) return refuse("an ELF file, but not a shared library");
        if (header.e_phentsize != sizeof(Segment) || header.e_phnum == 0) return malformed();
        segments_.resize(header.e_phnum);  // 16 bits
        if (!read(header.e_phoff, segments_.data(), segments_.size() * sizeof(Segment)))
            return malformed();
        // Mapped all the same, and a SIGBUS on first touch.
        for (const Segment& segment : segments_)
            if (segment.p_type == PT_LOAD &&
                (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset))
                return refuse("the ELF file is truncated");
        return {};
    }

    Result<Tables> tables() const {
        const auto dynamic = std::find_if(segments_.begin(), segments_.end(),
                                          [](const Segment& s) { return s.p_type == PT_DYNAMIC; });
        if (dynamic == segments_.end()) return refuse("an ELF file without dynamic symbols");
        const std::uint64_t count = dynamic->p_filesz / sizeof(Dynamic);
        if (count > max_entries) return malformed();
        std::vector<Dynamic> entries(count);
        if (!read(dynamic->p_offset, entries.data(), count * sizeof(Dynamic))) return malformed();
        Tables tables;
        for (const Dynamic& entry : entries) {
            if (entry.d_tag == DT_NULL) break;
            const auto value = static_cast<std::uint64_t>(entry.d_un.d_val);
            if (entry.d_tag == DT_SYMTAB) tables.symbols = value;
            if (entry.d_tag == DT_SYMENT) tables.symbol_size = value;
            if (entry.d_tag == DT_STRTAB) tables.strings = value;
            if (entry.d_tag == DT_STRSZ) tables.strings_size = value;
            if (entry.d_tag == DT_HASH) tables.hash = value;
            if (entry.d_tag == DT_GNU_HASH) tables.gnu_hash = value;
        }
        if (tables.symbols == 0 || tables.strings == 0 || tables.symbol_size != sizeof(Symbol) ||
            tables.strings_size == 0 || tables.strings_size > max_strings)
            return malformed();
        return tables;
    }

    // How many symbols a lookup may reach. With both tables the larger: nothing is overlooked.
    std::optional<std::uint64_t> symbol_count(const Tables& tables) const {
        std::optional<std::uint64_t> most;
        for (const auto& count :
             {tables.hash != 0 ? count_sysv(tables.hash) : std::uint64_t{0},
              tables.gnu_hash != 0 ? count_gnu(tables.gnu_hash) : std::uint64_t{0}}) {
            if (!count || *count > max_entries) return std::nullopt;
            most = std::max(most.value_or(0), *count);
        }
        return most;
    }

    // Bytes at an address of the mapped library.
    bool read_mapped(std::uint64_t address, void* out, std::uint64_t size) const {
        for (const Segment& segment : segments_) {
            if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
            const std::uint64_t inside = address - segment.p_vaddr;
            if (inside > segment.p_filesz || size > segment.p_filesz - inside) continue;
            if (segment.p_offset > size_ - std::min<std::uint64_t>(inside, size_)) return false;
            return read(segment.p_offset + inside, out, size);
        }
        return false;
    }

private:
    bool read(std::uint64_t offset, void* out, std::uint64_t size) const {
        if (offset > size_ || size > size_ - offset) return false;
        auto* bytes = static_cast<char*>(out);
        while (size > 0) {
            const ssize_t got = ::pread(fd_, bytes, size, static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            bytes += got;
            offset += static_cast<std::uint64_t>(got);
            size -= static_cast<std::uint64_t>(got);
        }
        return true;
    }

    // {nbucket, nchain, ...}: one chain link a symbol.
    std::optional<std::uint64_t> count_sysv(std::uint64_t address) const {
        std::uint32_t words[2] = {};
        if (!read_mapped(address, words, sizeof words)) return std::nullopt;
        return words[1];
    }

    // {nbuckets, symoffset, bloom_size, bloom_shift, bloom[], buckets[], chains[]}: a chain ends at
    // an entry with the lowest bit set, so the last symbol is at the end of the highest chain.
    std::optional<std::uint64_t> count_gnu(std::uint64_t address) const {
        std::uint32_t words[4] = {};
        if (!read_mapped(address, words, sizeof words)) return std::nullopt;
        const std::uint64_t buckets_count = words[0], first = words[1], bloom = words[2];
        if (buckets_count > max_entries || bloom > max_entries) return std::nullopt;
        const std::uint64_t buckets_at = address + sizeof words + bloom * sizeof(ElfW(Addr));
        std::vector<std::uint32_t> buckets(buckets_count);
        if (!read_mapped(buckets_at, buckets.data(), buckets_count * sizeof(std::uint32_t)))
            return std::nullopt;
        std::uint64_t last = 0;
        for (const std::uint32_t bucket : buckets) last = std::max<std::uint64_t>(last, bucket);
        if (last < first) return first;  // empty
        const std::uint64_t chains_at = buckets_at + buckets_count * sizeof(std::uint32_t);
        for (; last <= max_entries; ++last) {
            std::uint32_t link = 0;
            if (!read_mapped(chains_at + (last - first) * sizeof link, &link, sizeof link))
                return std::nullopt;
            if ((link & 1) != 0) return last + 1;
        }
        return std::nullopt;
    }

    int fd_;
    std::uint64_t size_ = 0;
    std::vector<Segment> segments_;
};

bool is_exported(const Symbol& symbol) {
    const unsigned binding = symbol.st_info >> 4;
    const unsigned visibility = symbol.st_other & 3u;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) return false;
    return binding != STB_LOCAL && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(int fd) {
    ElfFile file(fd);
    if (auto opened = file.open(); !opened) return opened.error();
    const auto tables = file.tables();
    if (!tables) return tables.error();
    const auto count = file.symbol_count(*tables);
    if (!count) return malformed();
    std::vector<Symbol> symbols(*count);
    std::string strings(tables->strings_size, '\0');
    if (!file.read_mapped(tables->symbols, symbols.data(), symbols.size() * sizeof(Symbol)) ||
        !file.read_mapped(tables->strings, strings.data(), strings.size()))
        return malformed();
    std::vector<std::string> names;
    for (const Symbol& symbol : symbols) {
        if (!is_exported(symbol)) continue;
        if (symbol.st_name >= strings.size()) return malformed();
        const std::size_t end = strings.find('\0', symbol.st_name);
        if (end == std::string::npos) return malformed();
        names.push_back(strings.substr(symbol.st_name, end - symbol.st_name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace mcp_auth::host
