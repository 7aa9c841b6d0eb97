// A shared library that has no code: one segment, a dynamic section, and tables as they are asked
// for. What no linker would write, and the dynamic linker would take.
#pragma once

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {

struct MadeElf {
    std::string strings = std::string(1, '\0');  // what places in it name
    std::vector<std::uint32_t> symbols;          // places of names, all of them exported
    std::vector<ElfW(Dyn)> more;                 // of the dynamic section
    unsigned segments = 2;

    static ElfW(Dyn) entry(std::int64_t tag, std::uint64_t value) {
        ElfW(Dyn) one{};
        one.d_tag = static_cast<decltype(one.d_tag)>(tag);
        one.d_un.d_val = static_cast<decltype(one.d_un.d_val)>(value);
        return one;
    }

    // `machine`: any library of this one.
    std::string bytes(const std::string& machine) const {
        std::string out(sizeof(ElfW(Ehdr)) + segments * sizeof(ElfW(Phdr)), '\0');
        const auto append = [&out](const auto* data, std::size_t count) {
            const std::size_t at = out.size();
            out.append(reinterpret_cast<const char*>(data), count * sizeof *data);
            return at;
        };
        std::vector<ElfW(Sym)> table(1 + symbols.size());
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            table[1 + i].st_name = symbols[i];
            table[1 + i].st_info = (STB_GLOBAL << 4) | STT_FUNC;
            table[1 + i].st_shndx = 1;
        }
        std::vector<Elf_Symndx> hash(2 + 1 + table.size());  // one bucket, which is empty
        hash[0] = 1;
        hash[1] = static_cast<Elf_Symndx>(table.size());

        std::vector<ElfW(Dyn)> dynamic = more;
        dynamic.push_back(entry(DT_SYMENT, sizeof(ElfW(Sym))));
        dynamic.push_back(entry(DT_SYMTAB, append(table.data(), table.size())));
        dynamic.push_back(entry(DT_HASH, append(hash.data(), hash.size())));
        dynamic.push_back(entry(DT_STRSZ, strings.size()));
        dynamic.push_back(entry(DT_STRTAB, append(strings.data(), strings.size())));
        dynamic.push_back(entry(DT_NULL, 0));
        const auto dynamic_at = append(dynamic.data(), dynamic.size());

        ElfW(Ehdr) header;
        std::memcpy(&header, machine.data(), sizeof header);
        header.e_phoff = sizeof header;
        header.e_phnum = static_cast<decltype(header.e_phnum)>(segments);
        ElfW(Phdr) all{}, its_dynamic{};
        all.p_type = PT_LOAD;
        all.p_filesz = all.p_memsz = out.size();
        its_dynamic.p_type = PT_DYNAMIC;
        its_dynamic.p_offset = its_dynamic.p_vaddr = dynamic_at;
        its_dynamic.p_filesz = its_dynamic.p_memsz = dynamic.size() * sizeof dynamic[0];
        std::memcpy(out.data(), &header, sizeof header);
        std::memcpy(out.data() + sizeof header, &all, sizeof all);
        std::memcpy(out.data() + sizeof header + sizeof all, &its_dynamic, sizeof its_dynamic);
        return out;
    }
};

}  // namespace mcp_auth::host::testing
