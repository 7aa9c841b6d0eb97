// Which plugin a connection's provider is, and what is said where there is none that can be it.
#include "core_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PluginChoice : public CoreTest {
protected:
    void replace(const std::string& what, const std::string& by) {
        configuration.replace(configuration.find(what), what.size(), by);
    }
    std::string fault(const Options& options, const std::string& url = server) {
        auto host = Host::open(options);
        if (!host) return host.error().message;
        const auto connection = host->connection(url);
        if (connection) return "a connection";
        EXPECT_EQ(connection.status(), Status::misconfigured);
        EXPECT_TRUE(http->sent().empty());
        return connection.error().message;
    }
};

// Its query may hold what the application would not have logged.
TEST_F(PluginChoice, AServerOfNoConnectionIsNamedWithoutItsQuery) {
    EXPECT_THAT(fault(options(), "https://other.example/mcp?code=canary"),
                AllOf(HasSubstr("no connection has a \"server\" that matches "
                                "https://other.example/mcp"),
                      Not(HasSubstr("canary"))));
}

TEST_F(PluginChoice, AProviderWhosePluginIsNotThereIsNamedByItsPlace) {
    replace("scripted", "absent");
    EXPECT_THAT(fault(options()),
                HasSubstr("/providers/acme/plugin: no manifest has the id \"absent\""));
}

// Not "there is none": what is wrong with the one that was given.
TEST_F(PluginChoice, AGivenManifestThatCannotBeReadIsWhatIsWrong) {
    const TemporaryDirectory directory;
    replace("scripted", "absent");
    auto given = options();
    given.manifest_file = directory.write("absent.json", "{\"manifest_version\": 1");
    EXPECT_THAT(fault(given), AllOf(HasSubstr(given.manifest_file), Not(HasSubstr("no manifest"))));
}

TEST_F(PluginChoice, SettingsForAPluginThatHasNoneAreNamedByTheirPlace) {
    replace("\"scripted\",", R"("scripted", "settings": { "tenant": "x" },)");
    EXPECT_THAT(fault(options()),
                HasSubstr("at /providers/acme/settings: the plugin \"scripted\" has no settings"));
}

TEST_F(PluginChoice, APluginThatNeedsAServiceOfALaterHostIsNotRun) {
    required = R"(["mcp.auth.oauth/1", "mcp.auth.telepathy/1"])";
    EXPECT_THAT(fault(options()), HasSubstr("requires the service mcp.auth.telepathy/1"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
