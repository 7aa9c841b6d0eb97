#include "elf_symbols.hpp"

#include "elf_file.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

namespace mcp_auth::host {
namespace {

using Symbol = ElfW(Sym);

// What the dynamic section says of the symbol table, as addresses.
struct Tables {
    std::uint64_t symbols = 0, strings = 0, strings_size = 0, symbol_size = 0;
    std::uint64_t hash = 0, gnu_hash = 0;
};

Result<Tables> tables_of(const ElfFile& file) {
    const auto dynamic = file.dynamic();
    if (!dynamic) return dynamic.error();
    Tables tables;
    for (const ElfFile::Dynamic& entry : *dynamic) {
        const auto value = static_cast<std::uint64_t>(entry.d_un.d_val);
        if (entry.d_tag == DT_SYMTAB) tables.symbols = value;
        if (entry.d_tag == DT_SYMENT) tables.symbol_size = value;
        if (entry.d_tag == DT_STRTAB) tables.strings = value;
        if (entry.d_tag == DT_STRSZ) tables.strings_size = value;
        if (entry.d_tag == DT_HASH) tables.hash = value;
        if (entry.d_tag == DT_GNU_HASH) tables.gnu_hash = value;
    }
    if (tables.symbols == 0 || tables.symbol_size != sizeof(Symbol)) return ElfFile::malformed();
    return tables;
}

// {nbucket, nchain, bucket[], chain[]}: one chain link a symbol. The linker does not read nchain,
// it goes where buckets and links point.
std::optional<std::uint64_t> count_sysv(const ElfFile& file, std::uint64_t address) {
    Elf_Symndx words[2] = {};
    if (!file.read_mapped(address, words, sizeof words)) return std::nullopt;
    const std::uint64_t buckets = words[0], links = words[1];
    if (buckets == 0 || buckets > ElfFile::max_entries || links > ElfFile::max_entries ||
        (buckets + links) * sizeof(Elf_Symndx) > file.size())
        return std::nullopt;
    std::vector<Elf_Symndx> table(buckets + links);
    if (!file.read_mapped(address + sizeof words, table.data(), table.size() * sizeof(Elf_Symndx)))
        return std::nullopt;
    const bool all_inside = std::all_of(table.begin(), table.end(),
                                        [links](Elf_Symndx symbol) { return symbol < links; });
    return all_inside ? std::optional(links) : std::nullopt;
}

// {nbuckets, symoffset, bloom_size, bloom_shift, bloom[], buckets[], chains[]}: a chain ends at
// an entry with the lowest bit set, so the last symbol is at the end of the highest chain.
std::optional<std::uint64_t> count_gnu(const ElfFile& file, std::uint64_t address) {
    std::uint32_t words[4] = {};
    if (!file.read_mapped(address, words, sizeof words)) return std::nullopt;
    const std::uint64_t buckets_count = words[0], first = words[1], bloom = words[2];
    // The linker divides by the one, and ends the process where the other is no power of two.
    if (buckets_count == 0 || buckets_count > ElfFile::max_entries || !std::has_single_bit(bloom) ||
        bloom > ElfFile::max_entries)
        return std::nullopt;
    const std::uint64_t buckets_at = address + sizeof words + bloom * sizeof(ElfW(Addr));
    std::vector<std::uint32_t> buckets(buckets_count);
    if (!file.read_mapped(buckets_at, buckets.data(), buckets_count * sizeof(std::uint32_t)))
        return std::nullopt;
    std::uint64_t last = 0;
    for (const std::uint32_t bucket : buckets) {
        if (bucket != 0 && bucket < first) return std::nullopt;  // its chain begins before all
        last = std::max<std::uint64_t>(last, bucket);
    }
    if (last < first) return first;  // empty
    const std::uint64_t chains_at = buckets_at + buckets_count * sizeof(std::uint32_t);
    for (; last <= ElfFile::max_entries; ++last) {
        std::uint32_t link = 0;
        if (!file.read_mapped(chains_at + (last - first) * sizeof link, &link, sizeof link))
            return std::nullopt;
        if ((link & 1) != 0) return last + 1;
    }
    return std::nullopt;
}

// How many symbols a lookup may reach. With both tables the larger: nothing is overlooked.
std::optional<std::uint64_t> symbol_count(const ElfFile& file, const Tables& tables) {
    std::optional<std::uint64_t> most;
    for (const auto& count :
         {tables.hash != 0 ? count_sysv(file, tables.hash) : std::uint64_t{0},
          tables.gnu_hash != 0 ? count_gnu(file, tables.gnu_hash) : std::uint64_t{0}}) {
        if (!count || *count > ElfFile::max_entries) return std::nullopt;
        most = std::max(most.value_or(0), *count);
    }
    return most;
}

bool is_exported(const Symbol& symbol) {
    const unsigned binding = symbol.st_info >> 4;
    const unsigned visibility = symbol.st_other & 3u;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) return false;
    return binding != STB_LOCAL && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(int fd) {
    const auto file = ElfFile::open(fd);
    if (!file) return file.error();
    const auto tables = tables_of(*file);
    if (!tables) return tables.error();
    const auto count = symbol_count(*file, *tables);
    // Before memory is taken for what the file only says it has.
    if (!count || *count * sizeof(Symbol) > file->size()) return ElfFile::malformed();
    std::vector<Symbol> symbols(*count);
    if (!file->read_mapped(tables->symbols, symbols.data(), symbols.size() * sizeof(Symbol)))
        return ElfFile::malformed();
    auto strings =
        ElfStrings::read(*file, tables->strings, tables->strings_size, ElfFile::max_strings);
    if (!strings) return strings.error();
    std::vector<std::string> names;
    for (const Symbol& symbol : symbols) {
        if (!is_exported(symbol)) continue;
        const auto name = strings->at(symbol.st_name);
        if (!name) return ElfFile::malformed();
        names.emplace_back(*name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace mcp_auth::host
