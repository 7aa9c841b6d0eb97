// A copy that nobody can change.
#include "loading_files.hpp"

#include "mapped_file.hpp"
#include "sealed_file.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mcp_auth::host::testing {
namespace {

FileDescriptor copy_of(const std::string& path) {
    const auto file = open_trusted(path);
    if (!file) return {};
    auto copy = sealed_copy(file->get(), path);
    if (!copy) {
        ADD_FAILURE() << copy.error().message;
        return {};
    }
    return std::move(*copy);
}

TEST(SealedFile, HoldsAllThatTheFileHeld) {
    const auto copy = copy_of(fixture("valid"));
    EXPECT_EQ(*sha256_of(copy.get()), sha256_of_file(fixture("valid")));
}

TEST(SealedFile, CanBeWrittenToByNobody) {
    const TemporaryDirectory directory;
    const auto copy = copy_of(directory.write("file", "text"));
    EXPECT_TRUE(is_sealed(copy.get()));
    EXPECT_EQ(::pwrite(copy.get(), "x", 1, 0), -1);
    EXPECT_EQ(::ftruncate(copy.get(), 0), -1);
    EXPECT_EQ(::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, copy.get(), 0), MAP_FAILED);
    // By a descriptor of its own, too.
    const std::string again = "/proc/self/fd/" + std::to_string(copy.get());
    const FileDescriptor writing(::open(again.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_TRUE(!writing || ::pwrite(writing.get(), "x", 1, 0) == -1);
    EXPECT_EQ(*read_all(copy.get(), 10, "copy"), "text");
}

TEST(SealedFile, IsNoOrdinaryFile) {
    const auto file = open_trusted(fixture("valid"));
    ASSERT_TRUE(file);
    EXPECT_FALSE(is_sealed(file->get()));
}

TEST(MappedFile, IsKnownByItsOwnDescriptorAlone) {
    const TemporaryDirectory directory;
    const auto one = open_trusted(directory.write("one", "same text"));
    const auto other = open_trusted(directory.write("other", "same text"));
    ASSERT_TRUE(one && other);
    void* mapped = ::mmap(nullptr, 9, PROT_READ, MAP_PRIVATE, one->get(), 0);
    ASSERT_NE(mapped, MAP_FAILED);
    EXPECT_TRUE(is_mapped_from(mapped, one->get()));
    EXPECT_FALSE(is_mapped_from(mapped, other->get()));
    ::munmap(mapped, 9);
}

TEST(MappedFile, IsNoMemoryOfNoFile) {
    const TemporaryDirectory directory;
    const auto file = open_trusted(directory.write("file", "text"));
    ASSERT_TRUE(file);
    int local = 0;
    EXPECT_FALSE(is_mapped_from(&local, file->get()));
    EXPECT_FALSE(is_mapped_from(nullptr, file->get()));
    EXPECT_FALSE(is_mapped_from(&local, -1));
}

}  // namespace
}  // namespace mcp_auth::host::testing
