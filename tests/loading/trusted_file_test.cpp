// What may be opened: only what nobody but root and we can change.
#include "../support/temporary_directory.hpp"

#include "trusted_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

class TrustedFile : public ::testing::Test {
protected:
    std::string fault(const std::string& path, Identity us = Identity::of_process()) {
        const auto file = open_trusted(path, us);
        if (file) return "opened";
        EXPECT_EQ(file.status(), Status::misconfigured);
        EXPECT_EQ(file.error().leg, "manifest");
        return file.error().message;
    }
    bool opens(const std::string& path) {
        const auto file = open_trusted(path);
        if (!file) ADD_FAILURE() << file.error().message;
        return file && *read_all(file->get(), 100, path) == "text";
    }
    // Somebody to whom nothing of this test belongs. Root's things belong to nobody else, so as
    // root they are given away first.
    Identity stranger(const std::string& path) {
        const uid_t owner = ::geteuid() == 0 ? 12345 : ::geteuid();
        EXPECT_EQ(::lchown(path.c_str(), owner, ::getegid()), 0);
        return {::geteuid() + 1, ::getegid()};
    }
    TemporaryDirectory directory;
};

TEST_F(TrustedFile, OpensWhatIsOurs) {
    EXPECT_TRUE(opens(directory.write("file", "text", 0644)));
    EXPECT_TRUE(opens(directory.write("a/b/file", "text", 0400)));
}

TEST_F(TrustedFile, OpensWhatOurOwnGroupCanWrite) {
    EXPECT_TRUE(opens(directory.write("file", "text", 0664)));
}

TEST_F(TrustedFile, RefusesWhatAnotherGroupCanWrite) {
    const auto path = directory.write("file", "text", 0664);
    const Identity us = {::geteuid(), ::getegid() + 1};
    EXPECT_THAT(fault(path, us), HasSubstr(path + ": group "));
    EXPECT_THAT(fault(path, us), HasSubstr("chmod g-w " + path));
}

// A list as the kernel keeps it (version 2): the owner, user 12345, the group, the mask, others.
bool let_another_write(const std::string& path, std::uint16_t mask) {
    struct Entry {
        std::uint16_t tag, permissions;
        std::uint32_t id;
    };
    constexpr std::uint32_t none = 0xffffffff;
    const struct {
        std::uint32_t version;
        Entry entries[5];
    } list{2, {{1, 6, none}, {2, 6, 12345}, {4, 4, none}, {16, mask, none}, {32, 4, none}}};
    if (::setxattr(path.c_str(), "system.posix_acl_access", &list, sizeof list, 0) == 0)
        return true;
    EXPECT_EQ(errno, ENOTSUP);
    return false;
}

TEST_F(TrustedFile, RefusesWhatAnAccessListLetsAnotherWrite) {
    const auto path = directory.write("inner/file", "text", 0644);
    if (!let_another_write(path, 6)) {  // no lists here: what the mode says is all there is
        EXPECT_TRUE(opens(path));
        return;
    }
    EXPECT_EQ(fault(path), path +
                               ": has an access list that lets more than its owner write to it: "
                               "setfacl -b " +
                               path);
    EXPECT_TRUE(let_another_write(path, 4));  // the mask takes the right away again
    EXPECT_TRUE(opens(path));
    EXPECT_TRUE(let_another_write(directory / "inner", 7));
    EXPECT_THAT(fault(path), HasSubstr((directory / "inner") + ": has an access list"));
}

TEST_F(TrustedFile, RefusesWhatEveryoneCanWrite) {
    const auto path = directory.write("file", "text", 0646);
    EXPECT_EQ(fault(path), path + ": everyone can write to it: chmod o-w " + path);
}

TEST_F(TrustedFile, RefusesWhatBelongsToAnother) {
    const auto path = directory.write("file", "text", 0644);
    const Identity us = stranger(path);
    // Not as root: there the directory, which is ours, is at fault already.
    EXPECT_THAT(fault(path, us), HasSubstr(": belongs to user "));
    EXPECT_THAT(fault(path, us), HasSubstr(directory.path()));
}

TEST_F(TrustedFile, RefusesADirectoryOnTheWayThatEveryoneCanWrite) {
    const auto path = directory.write("open/inner/file", "text");
    ::chmod((directory / "open").c_str(), 0777);
    EXPECT_EQ(fault(path), (directory / "open") + ": everyone can write to it: chmod o-w " +
                               (directory / "open"));
}

TEST_F(TrustedFile, RefusesAStickyDirectoryThatIsNotRoots) {
    const auto path = directory.write("open/file", "text");
    ::chmod((directory / "open").c_str(), 01777);
    if (::geteuid() == 0) {
        EXPECT_EQ(::chown((directory / "open").c_str(), 12345, ::getegid()), 0);
        EXPECT_THAT(fault(path), HasSubstr(": belongs to user 12345"));
        EXPECT_THAT(fault(path, {12345, ::getegid()}), HasSubstr("everyone can write"));
    } else {
        EXPECT_THAT(fault(path), HasSubstr((directory / "open") + ": everyone can write"));
    }
}

TEST_F(TrustedFile, PassesAStickyDirectoryOfRoots) {
    // The temporary directory itself is one, on every machine that these tests run on; make sure.
    struct stat status = {};
    ASSERT_EQ(::stat("/tmp", &status), 0);
    ASSERT_TRUE((status.st_mode & S_ISVTX) != 0 && (status.st_mode & S_IWOTH) != 0);
    ASSERT_EQ(status.st_uid, 0u);
    std::string path = "/tmp/mcp-auth-test-XXXXXX";
    const FileDescriptor file(::mkstemp(path.data()));
    ASSERT_TRUE(file);
    ASSERT_EQ(::write(file.get(), "text", 4), 4);
    EXPECT_TRUE(opens(path));
    ::unlink(path.c_str());
}

TEST_F(TrustedFile, FollowsLinksAsMountedConfigurationMapsHaveThem) {
    directory.write("..2026/file", "text");
    ::symlink("..2026", (directory / "..data").c_str());
    ::symlink("..data/file", (directory / "file").c_str());
    EXPECT_TRUE(opens(directory / "file"));
    ::symlink((directory / "..data").c_str(), (directory / "absolute").c_str());
    EXPECT_TRUE(opens(directory / "absolute/file"));
    ::symlink("../..2026/../..data", (directory / "..2026/up").c_str());
    EXPECT_TRUE(opens(directory / "..2026/up/file"));
}

TEST_F(TrustedFile, ChecksWhereALinkLeads) {
    const auto target = directory.write("open/file", "text");
    ::chmod((directory / "open").c_str(), 0777);
    ::symlink("open/file", (directory / "link").c_str());
    EXPECT_THAT(fault(directory / "link"),
                HasSubstr((directory / "open") + ": everyone can write"));
    ::chmod((directory / "open").c_str(), 0755);
    ::chmod(target.c_str(), 0666);
    EXPECT_THAT(fault(directory / "link"), HasSubstr(target + ": everyone can write"));
}

TEST_F(TrustedFile, RefusesALinkThatBelongsToAnother) {
    // In a sticky directory anybody may leave a link; its owner may point it elsewhere later.
    directory.write("file", "text");
    ::symlink("file", (directory / "link").c_str());
    const Identity us = stranger(directory / "link");
    EXPECT_THAT(fault(directory / "link", us), HasSubstr(": belongs to user "));
}

TEST_F(TrustedFile, EndsARingOfLinks) {
    ::symlink("b", (directory / "a").c_str());
    ::symlink("a", (directory / "b").c_str());
    EXPECT_THAT(fault(directory / "a"), HasSubstr("symbolic links"));
}

TEST_F(TrustedFile, NamesWhatIsNotAFile) {
    EXPECT_THAT(fault(directory / "none"), HasSubstr((directory / "none") + ": No such file"));
    EXPECT_THAT(fault(directory.path()), HasSubstr("a directory, not a file"));
    ::mkfifo((directory / "fifo").c_str(), 0600);
    EXPECT_THAT(fault(directory / "fifo"), HasSubstr("not a regular file"));
    directory.write("file", "text");
    EXPECT_THAT(fault(directory / "file/more"), HasSubstr("not a directory"));
    EXPECT_NE(fault(""), "opened");
}

TEST_F(TrustedFile, StaysTheSameFileWhenItsNameIsTaken) {
    const auto path = directory.write("file", "text");
    const auto file = open_trusted(path);
    ASSERT_TRUE(file);
    ::unlink(path.c_str());
    directory.write("file", "other");
    EXPECT_EQ(*read_all(file->get(), 100, path), "text");
}

TEST_F(TrustedFile, OpensADirectoryToo) {
    EXPECT_TRUE(open_trusted_directory(directory.path()));
    EXPECT_FALSE(open_trusted_directory(directory.write("file", "text")));
    ::chmod(directory.path().c_str(), 0777);
    EXPECT_FALSE(open_trusted_directory(directory.path()));
}

TEST_F(TrustedFile, IsReadWholeOrNotAtAll) {
    const auto file = open_trusted(directory.write("file", std::string(1000, 'x')));
    ASSERT_TRUE(file);
    EXPECT_EQ(read_all(file->get(), 1000, "name")->size(), 1000u);
    EXPECT_EQ(read_all(file->get(), 1000, "name")->size(), 1000u);  // from its start, again
    const auto more = read_all(file->get(), 999, "name");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.status(), Status::misconfigured);
    EXPECT_THAT(more.error().message, HasSubstr("name: larger than"));
}

TEST_F(TrustedFile, HasTheSha256OfTheStandard) {
    const auto empty = open_trusted(directory.write("empty", ""));
    const auto abc = open_trusted(directory.write("abc", "abc"));
    ASSERT_TRUE(empty && abc);
    // FIPS 180-2, B.1, and the hash of nothing.
    EXPECT_EQ(*sha256_of(empty->get()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(*sha256_of(abc->get()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FileDescriptorMove, ClosesEachOnce) {
    FileDescriptor a(::dup(0));
    const int number = a.get();
    FileDescriptor b(std::move(a));
    EXPECT_EQ(b.get(), number);
    b = FileDescriptor(::dup(0));
    EXPECT_TRUE(b);
    const int last = b.release();
    EXPECT_FALSE(b);
    EXPECT_EQ(::close(last), 0);
}

}  // namespace
}  // namespace mcp_auth::host::testing
