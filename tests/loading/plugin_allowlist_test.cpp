// The administrator's list: who is on it, and one thing wrong with it at a time.
#include "loading_files.hpp"

#include "plugin_allowlist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <ostream>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

const std::string hash(64, 'a'), other(64, 'b');

class Allowlist : public ::testing::Test {
protected:
    std::string fault_of(const std::string& text, mode_t mode = 0644) {
        const auto list = PluginAllowlist::read(directory.write("list.json", text, mode));
        return list ? "read" : list.error().message;
    }
    PluginAllowlist list(const std::string& plugins) {
        const auto path = directory.write("list.json", R"({"version": 1, "x-note": "ours",
                                                           "plugins": )" +
                                                           plugins + "}");
        auto read = PluginAllowlist::read(path);
        if (!read) ADD_FAILURE() << read.error().message;
        return read ? std::move(*read) : PluginAllowlist();
    }
    TemporaryDirectory directory;
};

TEST_F(Allowlist, HasAPluginByIdAndHash) {
    const auto ours = list(R"([{"id": "other", "sha256": ")" + other +
                           R"("}, {"id": "fixture", "sha256": ")" + hash + "\"}]");
    const auto entry = ours.find("fixture", hash);
    ASSERT_TRUE(entry) << entry.error().message;
    EXPECT_EQ(*entry, (directory / "list.json") + " at /plugins/1");
    EXPECT_FALSE(ours.find("fixture", other));
    EXPECT_FALSE(ours.find("other", hash));
}

TEST_F(Allowlist, MayHaveTwoBuildsOfOnePlugin) {
    const auto ours = list(R"([{"id": "fixture", "sha256": ")" + other +
                           R"("}, {"id": "fixture", "sha256": ")" + std::string(64, 'A') + "\"}]");
    EXPECT_TRUE(ours.find("fixture", hash));  // written with large letters
    EXPECT_TRUE(ours.find("fixture", other));
}

TEST_F(Allowlist, SaysWhatToAddForOneThatIsNotOnIt) {
    const auto entry = list("[]").find("fixture", hash);
    ASSERT_FALSE(entry);
    EXPECT_EQ(entry.status(), Status::misconfigured);
    EXPECT_EQ(entry.error().message,
              R"(not on the allowlist; to let it in, add {"id": "fixture", "sha256": ")" + hash +
                  "\"} to " + (directory / "list.json"));
}

TEST_F(Allowlist, SaysThatItHasAnotherBuild) {
    const auto entry =
        list(R"([{"id": "fixture", "sha256": ")" + other + "\"}]").find("fixture", hash);
    ASSERT_FALSE(entry);
    EXPECT_THAT(entry.error().message, HasSubstr("another build than the allowlist has"));
}

TEST_F(Allowlist, MustBeTrustedItself) {
    const std::string good = R"({"version": 1, "plugins": []})";
    EXPECT_EQ(fault_of(good), "read");
    EXPECT_THAT(fault_of(good, 0666), HasSubstr("everyone can write to it"));
    const auto missing = PluginAllowlist::read(directory / "none.json");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr("none.json: No such file"));
}

struct ListFault {
    const char* name;
    const char* text;
    const char* says;
};
void PrintTo(const ListFault& fault, std::ostream* out) {
    *out << fault.name;
}
class AllowlistFault : public Allowlist, public ::testing::WithParamInterface<ListFault> {};

TEST_P(AllowlistFault, IsNamed) {
    EXPECT_THAT(fault_of(GetParam().text), HasSubstr((directory / "list.json")));
    EXPECT_THAT(fault_of(GetParam().text), HasSubstr(GetParam().says));
}
constexpr ListFault list_faults[] = {
    {"NotJson", "fixture", "JSON"},
    {"NoVersion", R"({"plugins": []})", "\"version\" is missing"},
    {"LaterVersion", R"({"version": 2, "plugins": []})", "the version of this format: 1"},
    {"NoPlugins", R"({"version": 1})", "\"plugins\" is missing"},
    {"UnknownKey", R"({"version": 1, "plugins": [], "pluggins": []})", "/pluggins: unknown key"},
    {"NoHash", R"({"version": 1, "plugins": [{"id": "a"}]})", "/plugins/0: \"sha256\" is missing"},
    {"NoId", R"({"version": 1, "plugins": [{"sha256": "a"}]})", "/plugins/0"},
    {"ShortHash", R"({"version": 1, "plugins": [{"id": "a", "sha256": "aaaa"}]})",
     "/plugins/0/sha256: expected the SHA-256"},
};
INSTANTIATE_TEST_SUITE_P(Each, AllowlistFault, ::testing::ValuesIn(list_faults),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::host::testing
