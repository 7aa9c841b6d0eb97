// Reading an ELF file's exports, whatever its bytes are.
#include "loading_files.hpp"
#include "made_elf.hpp"

#include "elf_symbols.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

// The bytes as a file in memory.
Result<std::vector<std::string>> symbols_of(const std::string& bytes) {
    const FileDescriptor file(::memfd_create("library", MFD_CLOEXEC));
    EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return exported_symbols(file.get());
}

std::string fault_of(const std::string& bytes) {
    const auto symbols = symbols_of(bytes);
    if (symbols) return "accepted";
    EXPECT_EQ(symbols.status(), Status::misconfigured);
    return symbols.error().message;
}

template <class T>
std::string with(std::string bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return bytes;
}

TEST(ElfSymbols, AreTheEntryAloneInAGoodPlugin) {
    for (const char* name : {"valid", "named_version", "sysv_hash", "both_hashes"}) {
        const auto symbols = symbols_of(mcp_auth::testing::file_contents(fixture(name)));
        ASSERT_TRUE(symbols) << name << ": " << symbols.error().message;
        EXPECT_THAT(*symbols, ElementsAre("mcp_auth_plugin_entry_v1")) << name;
    }
}

TEST(ElfSymbols, AreAllOfThemInOneThatHidesNothing) {
    const auto symbols = symbols_of(mcp_auth::testing::file_contents(fixture("exports_more")));
    ASSERT_TRUE(symbols) << symbols.error().message;
    EXPECT_THAT(*symbols, IsSupersetOf({"fixture_extra_function", "fixture_extra_variable",
                                        "mcp_auth_plugin_entry_v1"}));
}

TEST(ElfSymbols, AreThoseThatTheLinkerWouldFindWithoutSectionHeaders) {
    // Section headers may say anything; the dynamic linker never looks at them.
    std::string bytes = mcp_auth::testing::file_contents(fixture("valid"));
    bytes = with(bytes, offsetof(ElfW(Ehdr), e_shoff), std::uint64_t{0});
    bytes = with(bytes, offsetof(ElfW(Ehdr), e_shnum), std::uint16_t{0});
    const auto symbols = symbols_of(bytes);
    ASSERT_TRUE(symbols);
    EXPECT_THAT(*symbols, ElementsAre("mcp_auth_plugin_entry_v1"));
}

TEST(ElfSymbols, NeedAnElfFileOfThisMachine) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    EXPECT_EQ(fault_of(""), "not an ELF file");
    EXPECT_EQ(fault_of("\x7f"
                       "ELF"),
              "not an ELF file");
    EXPECT_EQ(fault_of(std::string(1000, '\0')), "not an ELF file");
    EXPECT_EQ(fault_of(with(good, EI_CLASS, char{ELFCLASSNONE})),
              "built for another kind of machine");
    EXPECT_EQ(fault_of(with(good, EI_DATA, char{ELFDATANONE})),
              "built for another kind of machine");
    EXPECT_EQ(fault_of(with(good, offsetof(ElfW(Ehdr), e_machine), std::uint16_t{EM_SPARC})),
              "built for another kind of machine");
    EXPECT_THAT(fault_of(with(good, offsetof(ElfW(Ehdr), e_type), std::uint16_t{ET_REL})),
                HasSubstr("not a shared library"));
}

TEST(ElfSymbols, NeedADynamicSection) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    ElfW(Ehdr) header;
    std::memcpy(&header, good.data(), sizeof header);
    std::string bytes = good;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const std::size_t at = header.e_phoff + i * sizeof(ElfW(Phdr));
        ElfW(Phdr) segment;
        std::memcpy(&segment, good.data() + at, sizeof segment);
        if (segment.p_type == PT_DYNAMIC) bytes = with(bytes, at, std::uint32_t{PT_NULL});
    }
    EXPECT_EQ(fault_of(bytes), "an ELF file without dynamic symbols");
}

// Where the headers of the type `type` are in the file.
std::vector<std::size_t> places_of(const std::string& bytes, std::uint32_t type) {
    std::vector<std::size_t> places;
    ElfW(Ehdr) header;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const std::size_t at = header.e_phoff + i * sizeof(ElfW(Phdr));
        ElfW(Phdr) segment;
        std::memcpy(&segment, bytes.data() + at, sizeof segment);
        if (segment.p_type == type) places.push_back(at);
    }
    return places;
}

// The linker goes by the address: a second table at the place in the file would be seen here alone.
TEST(ElfSymbols, AreThoseAtTheAddressOfTheDynamicSectionWhateverItsPlaceIsSaidToBe) {
    const std::string good = mcp_auth::testing::file_contents(fixture("exports_more"));
    const auto all = symbols_of(good);
    const auto dynamic = places_of(good, PT_DYNAMIC);
    ASSERT_TRUE(all);
    ASSERT_EQ(dynamic.size(), 1U);
    for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{64}, UINT64_MAX}) {
        const auto symbols =
            symbols_of(with(good, dynamic[0] + offsetof(ElfW(Phdr), p_offset), place));
        ASSERT_TRUE(symbols) << symbols.error().message;
        EXPECT_EQ(*symbols, *all);
    }
    EXPECT_EQ(fault_of(with(good, dynamic[0] + offsetof(ElfW(Phdr), p_vaddr), UINT64_MAX)),
              "the ELF file is malformed");
}

TEST(ElfSymbols, AreOfTheLastDynamicSectionAsTheLinkerHasIt) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    const auto later = places_of(good, PT_GNU_STACK);
    const auto dynamic = places_of(good, PT_DYNAMIC);
    ASSERT_EQ(later.size(), 1U);
    ASSERT_LT(dynamic.at(0), later[0]);
    EXPECT_EQ(fault_of(with(good, later[0], std::uint32_t{PT_DYNAMIC})),
              "the ELF file is malformed");  // that one is empty
}

TEST(ElfSymbols, NeedADynamicSectionThatEnds) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    const auto dynamic = places_of(good, PT_DYNAMIC);
    EXPECT_EQ(fault_of(with(good, dynamic.at(0) + offsetof(ElfW(Phdr), p_filesz),
                            std::uint64_t{2 * sizeof(ElfW(Dyn))})),
              "the ELF file is malformed");
}

// Mapped one over the other, the second would be in memory and the first be read here.
TEST(ElfSymbols, NeedSegmentsThatDoNotShareAPage) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    const auto loads = places_of(good, PT_LOAD);
    ASSERT_GE(loads.size(), 2U);
    EXPECT_EQ(fault_of(with(good, loads[1] + offsetof(ElfW(Phdr), p_vaddr), std::uint64_t{0})),
              "the ELF file is malformed");
    EXPECT_EQ(fault_of(with(good, loads[0] + offsetof(ElfW(Phdr), p_memsz), UINT64_MAX - 4096)),
              "the ELF file is malformed");
    // One at the end of all addresses, after which "so far" would be nothing again.
    ASSERT_GE(loads.size(), 3U);
    auto wrapped = with(good, loads[1] + offsetof(ElfW(Phdr), p_vaddr), UINT64_MAX - 0x7ff);
    for (const auto member : {offsetof(ElfW(Phdr), p_memsz), offsetof(ElfW(Phdr), p_filesz)})
        wrapped = with(wrapped, loads[1] + member, std::uint64_t{0x100});
    EXPECT_EQ(fault_of(with(wrapped, loads[2] + offsetof(ElfW(Phdr), p_vaddr), std::uint64_t{0})),
              "the ELF file is malformed");
}

// Where the last entry `tag` of the dynamic section is in the file, and what it says. The tables
// that these tests change are in the first segment, where an address is a place in the file.
std::size_t place_of_entry(const std::string& bytes, std::int64_t tag, std::uint64_t& value) {
    ElfW(Phdr) dynamic;
    std::memcpy(&dynamic, bytes.data() + places_of(bytes, PT_DYNAMIC).at(0), sizeof dynamic);
    std::size_t place = 0;
    for (std::size_t at = dynamic.p_offset; at < dynamic.p_offset + dynamic.p_filesz;
         at += sizeof(ElfW(Dyn))) {
        ElfW(Dyn) entry;
        std::memcpy(&entry, bytes.data() + at, sizeof entry);
        if (entry.d_tag != tag) continue;
        place = at;
        value = entry.d_un.d_val;
    }
    EXPECT_NE(place, 0U) << tag;
    return place;
}

std::string with_word(const std::string& bytes, std::uint64_t table, std::size_t word,
                      std::uint32_t value) {
    return with(bytes, table + word * sizeof value, value);
}

// The linker follows buckets and links without reading how many there are said to be.
TEST(ElfSymbols, BehindTheCountThatTheHashTableGivesAreRefusedNotOverlooked) {
    const std::string good = mcp_auth::testing::file_contents(fixture("sysv_hash"));
    std::uint64_t table = 0;
    place_of_entry(good, DT_HASH, table);
    std::uint32_t links = 0;
    std::memcpy(&links, good.data() + table + sizeof links, sizeof links);
    ASSERT_GT(links, 1U);
    for (std::uint32_t fewer = 0; fewer < links; ++fewer)
        EXPECT_EQ(fault_of(with_word(good, table, 1, fewer)), "the ELF file is malformed") << fewer;

    const TemporaryDirectory directory;
    const auto path = directory.write("fewer.so", with_word(good, table, 1, 1));
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << ::dlerror();
    EXPECT_NE(::dlsym(library, "mcp_auth_plugin_entry_v1"), nullptr);
    ::dlclose(library);
}

TEST(ElfSymbols, OfAGnuHashTableThatTheLinkerWouldReadOutsideOfAreRefused) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    std::uint64_t table = 0;
    place_of_entry(good, DT_GNU_HASH, table);
    std::uint32_t words[4];
    std::memcpy(words, good.data() + table, sizeof words);
    EXPECT_EQ(fault_of(with_word(good, table, 1, words[1])), "accepted");
    // The one chain begins before the first link.
    EXPECT_EQ(fault_of(with_word(good, table, 1, words[1] + 1)), "the ELF file is malformed");
    // A division by nothing, and an assertion of the linker's.
    EXPECT_EQ(fault_of(with_word(good, table, 0, 0)), "the ELF file is malformed");
    for (const std::uint32_t bloom : {0U, 3U})
        EXPECT_EQ(fault_of(with_word(good, table, 2, bloom)), "the ELF file is malformed");
}

// Two hundred names of a megabyte, all of them the same one: a small file, and 200 MB to read.
TEST(ElfSymbols, CannotTakeMoreMemoryThanTheFileBearsOut) {
    const std::string machine = mcp_auth::testing::file_contents(fixture("valid"));
    MadeElf made;
    made.strings += std::string(1u << 20, 'a') + '\0';
    made.symbols.assign(60, 1);
    EXPECT_EQ(fault_of(made.bytes(machine)), "accepted");
    made.symbols.assign(200, 1);
    EXPECT_EQ(fault_of(made.bytes(machine)), "the ELF file is malformed");
}

TEST(ElfSymbols, OfAFileWithMoreSegmentsThanAnyLibraryHasAreRefused) {
    const std::string machine = mcp_auth::testing::file_contents(fixture("valid"));
    MadeElf made;
    made.segments = 64;
    EXPECT_EQ(fault_of(made.bytes(machine)), "accepted");
    made.segments = 65;
    EXPECT_EQ(fault_of(made.bytes(machine)), "the ELF file is malformed");
}

// A hundred bytes that say they have gigabytes cost nothing.
TEST(ElfSymbols, OfATableLargerThanTheFileAreRefusedBeforeItIsRead) {
    const std::string good = mcp_auth::testing::file_contents(fixture("sysv_hash"));
    std::uint64_t size = 0;
    const auto place = place_of_entry(good, DT_STRSZ, size);
    const auto bytes = with(good, place, MadeElf::entry(DT_STRSZ, good.size() + 1));
    EXPECT_EQ(fault_of(bytes), "the ELF file is malformed");
}

TEST(ElfSymbols, OfATruncatedFileAreRefusedAtEveryLength) {
    const std::string good = mcp_auth::testing::file_contents(fixture("valid"));
    std::size_t mapped = 0;
    ElfW(Ehdr) header;
    std::memcpy(&header, good.data(), sizeof header);
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        ElfW(Phdr) segment;
        std::memcpy(&segment, good.data() + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD)
            mapped = std::max<std::size_t>(mapped, segment.p_offset + segment.p_filesz);
    }
    ASSERT_GT(mapped, header.e_phoff);
    for (std::size_t size = 0; size < mapped; size += size < 1024 ? 1 : 61)
        EXPECT_NE(fault_of(good.substr(0, size)), "accepted") << size;
    EXPECT_EQ(fault_of(good.substr(0, mapped - 1)), "the ELF file is truncated");
    EXPECT_EQ(fault_of(good.substr(0, mapped)), "accepted");  // only section headers are gone
}

// No input may do more than be refused; the sanitizers watch.
TEST(ElfSymbols, OfADamagedFileDoNoHarm) {
    const std::string good = mcp_auth::testing::file_contents(fixture("both_hashes"));
    std::mt19937 random(1);
    const std::size_t interesting = std::min<std::size_t>(good.size(), 4096);
    constexpr unsigned char extremes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (int round = 0; round < 3000; ++round) {
        std::string bytes = good;
        for (unsigned i = 0; i < 1 + random() % 8; ++i)
            bytes[random() % interesting] = static_cast<char>(extremes[random() % 5]);
        const auto symbols = symbols_of(bytes);
        EXPECT_TRUE(symbols || symbols.status() == Status::misconfigured);
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
