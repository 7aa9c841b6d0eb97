#include "elf_file.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mcp_auth::host {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);

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

}  // namespace

Error ElfFile::malformed() {
    return refuse("the ELF file is malformed");
}

Result<ElfFile> ElfFile::open(int fd) {
    ElfFile file(fd);
    if (auto read = file.read_segments(); !read) return read.error();
    return file;
}

Result<void> ElfFile::read_segments() {
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
    // Before memory is taken for what the file only says it has.
    if (header.e_phnum > max_segments || header.e_phnum * sizeof(Segment) > size_)
        return malformed();
    segments_.resize(header.e_phnum);
    if (!read(header.e_phoff, segments_.data(), segments_.size() * sizeof(Segment)))
        return malformed();
    // Mapped all the same, and a SIGBUS on first touch.
    for (const Segment& segment : segments_)
        if (segment.p_type == PT_LOAD &&
            (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset))
            return refuse("the ELF file is truncated");
    return is_mapped_in_order() ? Result<void>() : malformed();
}

// The ELF specification has them ascend. Where two share a page, the later one is mapped over what
// the other has there, and what was read here would not be what is in memory.
bool ElfFile::is_mapped_in_order() const {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::uint64_t end = 0;  // of the pages so far
    for (const Segment& segment : segments_) {
        if (segment.p_type != PT_LOAD) continue;
        const std::uint64_t size = std::max(segment.p_memsz, segment.p_filesz);
        const std::uint64_t start = segment.p_vaddr / page * page;
        if (start < end || segment.p_vaddr > UINT64_MAX - page ||
            size > UINT64_MAX - page - segment.p_vaddr)
            return false;
        end = (segment.p_vaddr + size + page - 1) / page * page;
    }
    return true;
}

Result<std::vector<ElfFile::Dynamic>> ElfFile::dynamic() const {
    // Of several the last one counts.
    const auto section = std::find_if(segments_.rbegin(), segments_.rend(),
                                      [](const Segment& s) { return s.p_type == PT_DYNAMIC; });
    if (section == segments_.rend()) return refuse("an ELF file without dynamic symbols");
    const std::uint64_t count = section->p_filesz / sizeof(Dynamic);
    if (count > max_entries || section->p_filesz > size_) return malformed();
    std::vector<Dynamic> entries(count);
    if (!read_mapped(section->p_vaddr, entries.data(), count * sizeof(Dynamic))) return malformed();
    const auto end = std::find_if(entries.begin(), entries.end(),
                                  [](const Dynamic& entry) { return entry.d_tag == DT_NULL; });
    // The linker would go on reading behind what is said to be all.
    if (end == entries.end()) return malformed();
    entries.erase(end, entries.end());
    return entries;
}

bool ElfFile::read_mapped(std::uint64_t address, void* out, std::uint64_t size) const {
    for (const Segment& segment : segments_) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
        const std::uint64_t inside = address - segment.p_vaddr;
        if (inside > segment.p_filesz || size > segment.p_filesz - inside) continue;
        if (segment.p_offset > size_ - std::min<std::uint64_t>(inside, size_)) return false;
        return read(segment.p_offset + inside, out, size);
    }
    return false;
}

bool ElfFile::read(std::uint64_t offset, void* out, std::uint64_t size) const {
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

Result<ElfStrings> ElfStrings::read(const ElfFile& file, std::uint64_t address, std::uint64_t size,
                                    std::uint64_t most) {
    if (address == 0 || size == 0 || size > ElfFile::max_strings || size > file.size())
        return ElfFile::malformed();
    std::string bytes(size, '\0');
    if (!file.read_mapped(address, bytes.data(), size) || bytes.back() != '\0')
        return ElfFile::malformed();
    return ElfStrings(std::move(bytes), most);
}

std::optional<std::string_view> ElfStrings::at(std::uint64_t place) {
    if (place >= bytes_.size()) return std::nullopt;
    const std::string_view text = bytes_.data() + place;
    if (text.size() >= left_) return std::nullopt;
    left_ -= text.size() + 1;
    return text;
}

}  // namespace mcp_auth::host
