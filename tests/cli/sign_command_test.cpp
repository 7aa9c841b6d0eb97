// mcp-auth sign: what it writes, and where.
#include "command_fixture.hpp"
#include "support/file_contents.hpp"

#include <sys/stat.h>

#include <sstream>

namespace mcp_auth::testing {
namespace {

class Sign : public CommandTest {
protected:
    Sign() {
        const std::string shipped =
            (std::filesystem::path(MCP_AUTH_COMMAND).parent_path().parent_path() /
             "share/mcp-auth/plugins.d/client-credentials.json")
                .string();
        for (const auto& file :
             std::filesystem::directory_iterator(std::filesystem::path(shipped).parent_path()))
            std::filesystem::copy_file(file.path(), home + "/" + file.path().filename().string());
        manifest = home + "/client-credentials.json";
        key = home + "/key";
        const Subprocess made(
            {"/usr/bin/openssl", "genpkey", "-algorithm", "ed25519", "-out", key});
        EXPECT_EQ(made.exit_code(), 0) << made.err();
    }
    std::string manifest, key;
};

TEST_F(Sign, WritesTheSignatureBesideTheManifest) {
    const auto sign = run({"sign", manifest, "--key", key});
    EXPECT_EQ(sign->exit_code(), 0) << sign->err();
    EXPECT_EQ(sign->out(), "");
    EXPECT_NE(sign->err().find("signed " + manifest + ".sig, key "), std::string::npos)
        << sign->err();
    EXPECT_EQ(mcp_auth::testing::file_contents(manifest + ".sig").size(), 89u);
    struct stat status {};
    EXPECT_EQ(::stat((manifest + ".sig").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0644u);
}

TEST_F(Sign, WritesItWhereItIsTold) {
    const auto out = run({"sign", manifest, "--key", key, "--output", "-"});
    EXPECT_EQ(out->exit_code(), 0) << out->err();
    EXPECT_EQ(out->out().size(), 89u);
    EXPECT_EQ(run({"sign", manifest, "--key", key, "--output", home + "/there"})->exit_code(), 0);
    EXPECT_EQ(mcp_auth::testing::file_contents(home + "/there"), out->out());
    EXPECT_FALSE(std::filesystem::exists(manifest + ".sig"));
}

TEST_F(Sign, PrintsWhatIsToBeSignedByAnother) {
    const auto statement = run({"sign", manifest, "--statement"});
    EXPECT_EQ(statement->exit_code(), 0) << statement->err();
    EXPECT_EQ(statement->out().find("mcp-auth plugin signature 1\nmanifest "), 0u);
}

TEST_F(Sign, NeedsAKey) {
    const auto sign = run({"sign", manifest});
    EXPECT_EQ(sign->exit_code(), 2);
    EXPECT_NE(sign->err().find("--key"), std::string::npos) << sign->err();
    EXPECT_EQ(run({"sign", manifest, "--key", key, "--statement"})->exit_code(), 2);
    EXPECT_EQ(run({"sign", manifest, "--key", home + "/none"})->exit_code(), 3);
}

TEST_F(Sign, SaysWhatIsWrongWithTheManifest) {
    const auto sign = run({"sign", write("broken.json", "{"), "--key", key});
    EXPECT_EQ(sign->exit_code(), 3);
    EXPECT_NE(sign->err().find("manifest: misconfigured: "), std::string::npos) << sign->err();
    EXPECT_FALSE(std::filesystem::exists(home + "/broken.json.sig"));
}

}  // namespace
}  // namespace mcp_auth::testing
