// The fault table through the command, the plugin's shared library and real TLS: the exit code is
// the status, the error names the leg and the fault, nothing was sent that should not have been,
// and no byte that the command wrote holds a secret (protocol.md L4).
#include "canaries.hpp"
#include "fault_case.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::integration {
namespace {

class FaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultTest, EndsAsItShould) {
    const auto& fault = GetParam();
    const auto set_up = arranged(fault);
    ASSERT_TRUE(set_up.enterprise);
    auto& enterprise = *set_up.enterprise;

    const auto outcome = set_up.run({"token", enterprise.mcp_url(), "--format", "json", "--trace"});

    EXPECT_EQ(outcome.exit_code, static_cast<int>(fault.status)) << outcome.err;
    expect_no_secret(enterprise, outcome.err, "stderr");
    expect_no_secret(enterprise, mcp_auth::testing::file_contents(set_up.audit), "the audit file");
    if (fault.status == Status::ok) {
        auto token = json::parse(outcome.out);
        ASSERT_TRUE(token) << outcome.out << outcome.err;
        EXPECT_FALSE(token->string("access_token").empty());
        EXPECT_EQ(token->string("token_type"), fault.options.dpop ? "DPoP" : "Bearer");
        if (fault.look) {
            EXPECT_NO_THROW(fault.look(enterprise, *token)) << outcome.out;
        }
    } else {
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find("mcp-auth: " + fault.leg), std::string::npos) << outcome.err;
        EXPECT_NE(outcome.err.find(fault.says), std::string::npos) << outcome.err;
    }
    if (fault.exchanges) {
        EXPECT_EQ(set_up.token_requests(Server::idp), *fault.exchanges);
    }
    if (fault.redemptions) {
        EXPECT_EQ(set_up.token_requests(Server::authorization_server), *fault.redemptions);
    }
    EXPECT_TRUE(enterprise.requests(Server::stranger).empty());
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Challenge, FaultTest, ::testing::ValuesIn(challenge_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Client, FaultTest, ::testing::ValuesIn(client_faults()), name_of);
INSTANTIATE_TEST_SUITE_P(Dpop, FaultTest, ::testing::ValuesIn(dpop_faults()), name_of);
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
