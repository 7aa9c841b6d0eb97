#include "elf_module.hpp"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace mcp_auth {

namespace {

class Image {
public:
    explicit Image(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
    }

    // The object of that type at that offset; zeros beyond the end.
    template <class T>
    T at(std::size_t offset) const {
        T value{};
        if (offset <= bytes_.size() && sizeof(T) <= bytes_.size() - offset)
            std::memcpy(&value, bytes_.data() + offset, sizeof(T));
        return value;
    }
    std::string text(std::size_t offset) const {
        if (offset >= bytes_.size()) return {};
        return bytes_.data() + offset;
    }

private:
    std::string bytes_;  // ends with a NUL, so text() does too
};

bool is_exported(const Elf64_Sym& symbol) {
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS &&
           (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

ElfModule ElfModule::read(const std::string& path) {
    const Image image(path);
    const auto header = image.at<Elf64_Ehdr>(0);
    ElfModule module;
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
        return module;
    const auto section = [&](std::size_t index) {
        return image.at<Elf64_Shdr>(header.e_shoff + index * header.e_shentsize);
    };
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        const auto table = section(i);
        const auto names = section(table.sh_link).sh_offset;
        for (std::size_t at = 0; at < table.sh_size; at += table.sh_entsize) {
            if (table.sh_type == SHT_DYNSYM) {
                const auto symbol = image.at<Elf64_Sym>(table.sh_offset + at);
                if (is_exported(symbol))
                    module.exported.push_back(image.text(names + symbol.st_name));
            } else if (table.sh_type == SHT_DYNAMIC) {
                const auto entry = image.at<Elf64_Dyn>(table.sh_offset + at);
                if (entry.d_tag == DT_NEEDED)
                    module.libraries.push_back(image.text(names + entry.d_un.d_val));
            } else {
                break;
            }
        }
    }
    return module;
}

}  // namespace mcp_auth
