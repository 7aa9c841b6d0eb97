// The fault table through the command, the plugin's shared library and real TLS: the exit code is
// the status, the error names the leg and the fault, nothing was sent that should not have been,
// and no byte that the command wrote holds a secret (protocol.md L4).
#include "fault.hpp"
#include "canaries.hpp"
#include "command.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace mcp_auth::integration {
namespace {

class FaultTest : public ::testing::TestWithParam<Fault> {};

std::size_t token_requests(const Enterprise& enterprise, Server server) {
    const auto requests = enterprise.requests(server);
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const demo::RecordedRequest& request) {
            const auto path = request.path();
            return request.method == "POST" && path.size() >= 6 &&
                   path.compare(path.size() - 6, 6, "/token") == 0;
        }));
}

TEST_P(FaultTest, EndsAsItShould) {
    const auto& fault = GetParam();
    auto options = fault.options;
    options.record = true;
    auto started = Enterprise::start(options);
    ASSERT_TRUE(started) << started.error().message;
    auto& enterprise = **started;
    ASSERT_TRUE(enterprise.sign_in());
    if (fault.arrange) fault.arrange(enterprise);

    auto configuration = json::parse(enterprise.configuration());
    ASSERT_TRUE(configuration) << configuration.error().message;
    if (fault.configure) fault.configure(*configuration);
    const auto path = enterprise.write_configuration({}, configuration->dump(2));
    ASSERT_TRUE(path) << path.error().message;
    const auto audit = enterprise.directory() + "/audit.jsonl";

    const auto outcome =
        run_command({MCP_AUTH_COMMAND, "token", enterprise.mcp_url(), "--format", "json",
                     "--config", *path, "--trace", "--audit", audit, "--timeout", "20"},
                    {{"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS ":" MCP_AUTH_VENDOR_PLUGINS}});

    EXPECT_EQ(outcome.exit_code, static_cast<int>(fault.status)) << outcome.err;
    expect_no_secret(enterprise, outcome.err, "stderr");
    expect_no_secret(enterprise, read_file(audit), "the audit file");
    if (fault.status == Status::ok) {
        auto token = json::parse(outcome.out);
        ASSERT_TRUE(token) << outcome.out << outcome.err;
        EXPECT_FALSE(token->string("access_token").empty());
        EXPECT_EQ(token->string("token_type"), "Bearer");
        if (fault.look) {
            EXPECT_NO_THROW(fault.look(enterprise, *token)) << outcome.out;
        }
    } else {
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find("mcp-auth: " + fault.leg), std::string::npos) << outcome.err;
        EXPECT_NE(outcome.err.find(fault.says), std::string::npos) << outcome.err;
    }
    if (fault.exchanges) {
        EXPECT_EQ(token_requests(enterprise, Server::idp), *fault.exchanges);
    }
    if (fault.redemptions) {
        EXPECT_EQ(token_requests(enterprise, Server::authorization_server), *fault.redemptions);
    }
    EXPECT_TRUE(enterprise.requests(Server::stranger).empty());
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Challenge, FaultTest, ::testing::ValuesIn(challenge_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Client, FaultTest, ::testing::ValuesIn(client_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Metadata, FaultTest, ::testing::ValuesIn(metadata_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Subject, FaultTest, ::testing::ValuesIn(subject_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(SubjectType, FaultTest, ::testing::ValuesIn(subject_type_faults()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Composition, FaultTest, ::testing::ValuesIn(composition_faults()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Quirk, FaultTest, ::testing::ValuesIn(quirks()), name_of);
INSTANTIATE_TEST_SUITE_P(ClientCredentials, FaultTest,
                         ::testing::ValuesIn(client_credentials_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Workload, FaultTest, ::testing::ValuesIn(workload_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Exchange, FaultTest, ::testing::ValuesIn(exchange_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(IdJag, FaultTest, ::testing::ValuesIn(id_jag_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Redemption, FaultTest, ::testing::ValuesIn(redemption_faults()), name_of);

}  // namespace
}  // namespace mcp_auth::integration
