// What a library looks for beside itself, or by a path.
#include "loading_files.hpp"
#include "made_elf.hpp"

#include "elf_dependencies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> of(const std::string& path) {
    const auto file = open_trusted(path);
    if (!file) return {file.error().message};
    const auto places = placed_dependencies(file->get());
    return places ? *places : std::vector<std::string>{places.error().message};
}

TEST(ElfDependencies, AreNoneOfAPluginThatNeedsTheSystemsLibrariesAlone) {
    EXPECT_THAT(of(fixture("valid")), IsEmpty());
    EXPECT_THAT(of(fixture("absolute_run_path")), IsEmpty());
}

TEST(ElfDependencies, AreRunPathsFromItsOwnPlaceOnly) {
    EXPECT_THAT(of(fixture("origin")), ElementsAre("run path $ORIGIN/lib"));
    EXPECT_THAT(of(fixture("old_origin")), ElementsAre("run path ${ORIGIN}"));
}

TEST(ElfDependencies, AreRunPathsFromTheWorkingDirectory) {
    EXPECT_THAT(of(fixture("relative_run_path")), ElementsAre("run path lib"));
}

TEST(ElfDependencies, AreLibrariesThatAreNeededByPath) {
    EXPECT_THAT(of(fixture("needs_a_path")), ElementsAre("needs " + fixture("no_entry")));
}

// Each names the same ten thousand bytes.
TEST(ElfDependencies, AreRefusedWhereTheirTextIsMoreThanAnyLibraryHas) {
    const std::string machine = mcp_auth::testing::file_contents(fixture("valid"));
    const TemporaryDirectory directory;
    MadeElf made;
    made.strings += std::string(10'000, 'a') + '\0';
    for (const auto tag : {DT_NEEDED, DT_RUNPATH}) {
        made.more.assign(100, MadeElf::entry(tag, 1));
        EXPECT_THAT(of(directory.write("some.so", made.bytes(machine))),
                    ::testing::SizeIs(tag == DT_NEEDED ? 0 : 1));
        made.more.assign(110, MadeElf::entry(tag, 1));
        EXPECT_THAT(of(directory.write("many.so", made.bytes(machine))),
                    ElementsAre("the ELF file is malformed"));
    }
}

TEST(ElfDependencies, AreNoneOfAFileThatIsCutAnywhere) {
    const TemporaryDirectory directory;
    const std::string whole = mcp_auth::testing::file_contents(fixture("origin"));
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        const auto path = directory.write("cut.so", whole.substr(0, size));
        const auto file = open_trusted(path);
        ASSERT_TRUE(file);
        const auto places = placed_dependencies(file->get());  // reads nothing outside (asan)
        EXPECT_TRUE(!places || places->size() == 1) << size;
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
