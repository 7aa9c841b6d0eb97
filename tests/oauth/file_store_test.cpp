// A store in files: what outlives the process, and who may not see it.
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/host/store.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class FileStore : public ::testing::Test {
protected:
    std::shared_ptr<Store> open(std::size_t max_entries = 100) {
        return Store::file(place, max_entries, clock);
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(place)) found.push_back(entry.path());
        return found;
    }
    fs::path only_file() const {
        EXPECT_EQ(files().size(), 1U);
        return files().at(0);
    }
    std::string text(const fs::path& file) const {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void written(const fs::path& file, const std::string& text) const {
        std::ofstream(file, std::ios::binary) << text;
    }
    // The status and message of get, "ok" if it succeeds.
    std::string fault() {
        const auto value = open()->get("key", 0);
        if (value) return "ok";
        EXPECT_EQ(value.status(), Status::misconfigured);
        EXPECT_EQ(value.error().leg, "state");
        EXPECT_THAT(value.error().message, HasSubstr(place));
        return value.error().message;
    }

    std::shared_ptr<host::testing::ManualClock> clock =
        std::make_shared<host::testing::ManualClock>();
    host::testing::TemporaryDirectory directory;
    const std::string place = directory / "state/store";
};

TEST_F(FileStore, KeepsWhatWasPutForTheNextProcess) {
    ASSERT_TRUE(open()->put("key", std::string("v\0al\nue", 7), 200));
    EXPECT_EQ(*open()->get("key", 199), std::string("v\0al\nue", 7));
    EXPECT_EQ(*open()->get("key", 200), "");
}

TEST_F(FileStore, TouchesNothingUntilSomethingIsKept) {
    EXPECT_EQ(*open()->get("key", 0), "");
    EXPECT_TRUE(open()->put("key", "", 0));
    EXPECT_TRUE(open()->erase_prefix("", ""));
    EXPECT_FALSE(fs::exists(directory / "state"));
}

TEST_F(FileStore, IsForItsOwnerAlone) {
    const mode_t before = ::umask(0);
    ASSERT_TRUE(open()->put("key", "value", 0));
    ::umask(before);
    for (const auto& made : {fs::path(directory / "state"), fs::path(place)})
        EXPECT_EQ(fs::status(made).permissions(), fs::perms::owner_all) << made;
    EXPECT_EQ(fs::status(only_file()).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileStore, LeavesNothingBesideAnEntryThatWasReplaced) {
    ASSERT_TRUE(open()->put("key", "first", 0));
    ASSERT_TRUE(open()->put("key", "second", 0));
    EXPECT_EQ(text(only_file()).find("first"), std::string::npos);
}

TEST_F(FileStore, DropsTheOldestFileWhenItIsFull) {
    ASSERT_TRUE(open()->put("oldest", "1", 0));
    const timespec long_ago[] = {{1000, 0}, {1000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, only_file().c_str(), long_ago, 0), 0);
    ASSERT_TRUE(open(2)->put("second", "2", 0));
    ASSERT_TRUE(open(2)->put("second", "replaced", 0));
    EXPECT_EQ(*open()->get("oldest", 0), "1");
    ASSERT_TRUE(open(2)->put("third", "3", 0));
    EXPECT_EQ(*open()->get("oldest", 0), "");
    EXPECT_EQ(*open()->get("second", 0), "replaced");
    EXPECT_EQ(*open()->get("third", 0), "3");
}

TEST_F(FileStore, RefusesAFileThatOthersCanRead) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    ASSERT_EQ(::chmod(only_file().c_str(), 0640), 0);
    EXPECT_THAT(fault(), HasSubstr("chmod 600 " + only_file().string()));
}

TEST_F(FileStore, RefusesADirectoryThatOthersCanEnter) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    ASSERT_EQ(::chmod(place.c_str(), 0711), 0);
    EXPECT_THAT(fault(), HasSubstr("chmod 700 " + place));
    EXPECT_EQ(open()->put("key", "other", 0).status(), Status::misconfigured);
}

TEST_F(FileStore, RefusesAFileThatAnotherOwns) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    if (::geteuid() != 0) return;  // only root can give a file away
    ASSERT_EQ(::chown(only_file().c_str(), 12345, ::getegid()), 0);
    EXPECT_THAT(fault(), HasSubstr("belongs to user 12345"));
}

TEST_F(FileStore, RefusesALinkInAFilesPlace) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    const auto file = only_file();
    fs::rename(file, directory / "elsewhere");
    fs::create_symlink(directory / "elsewhere", file);
    EXPECT_NE(fault(), "ok");
}

TEST_F(FileStore, NamesADamagedFileAndLosesNothingSilently) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    const auto file = only_file();
    const auto whole = text(file);
    for (const auto& damaged :
         {std::string(), whole.substr(0, whole.size() - 1), whole + "x", std::string("nonsense"),
          whole.substr(0, 20), "mcp-auth entry 2" + whole.substr(16),
          std::string("mcp-auth entry 1\n0\n99999999999999999999 5\nkeyvalue"),
          std::string(200'000, 'x')}) {
        written(file, damaged);
        EXPECT_THAT(fault(), HasSubstr(file.string())) << damaged.substr(0, 60);
    }
    written(file, whole);
    EXPECT_EQ(*open()->get("key", 0), "value");
}

TEST_F(FileStore, ErasesWhatItCanBesideADamagedFile) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    written(only_file(), "nonsense");
    ASSERT_TRUE(open()->put("alice/1", "value", 0));
    EXPECT_EQ(open()->erase_prefix("alice/", "").status(), Status::misconfigured);
    EXPECT_EQ(*open()->get("alice/1", 0), "");
}

TEST_F(FileStore, ReplacesADamagedFile) {
    ASSERT_TRUE(open()->put("key", "value", 0));
    written(only_file(), "nonsense");
    ASSERT_TRUE(open()->put("key", "again", 0));
    EXPECT_EQ(*open()->get("key", 0), "again");
}

TEST_F(FileStore, SaysWhereItCannotWrite) {
    written(directory / "state", "a file in the way");
    const auto put = open()->put("key", "value", 0);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.status(), Status::misconfigured);
    EXPECT_THAT(put.error().message, HasSubstr(directory / "state"));
}

}  // namespace
}  // namespace mcp_auth
