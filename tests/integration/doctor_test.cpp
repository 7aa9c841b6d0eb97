// `mcp-auth doctor` on every row of the fault table: it says what the acquisition would have said,
// before anything is sent where that can be seen, and else once it is allowed to acquire.
#include "canaries.hpp"
#include "fault_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <fstream>

namespace mcp_auth::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What can be known without sending an assertion, a credential or a plugin's own request.
bool seen_without_sending(const Fault& fault) {
    for (const auto* leg : {"challenge", "resource_metadata", "server_metadata", "subject", "peer",
                            "configuration", "http", "dpop"})
        if (fault.leg == leg) return true;
    if (fault.leg.empty()) return fault.status == Status::misconfigured;
    if (fault.leg == "exchange") return fault.exchanges == 0U;
    return (fault.leg == "token" || fault.leg == "redemption") && fault.redemptions == 0U &&
           fault.exchanges.value_or(0) == 0;
}

class DoctorFaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(DoctorFaultTest, IsExplained) {
    const auto& fault = GetParam();
    const auto set_up = arranged(fault);
    ASSERT_TRUE(set_up.enterprise);

    auto outcome = set_up.run({"doctor", set_up.enterprise->mcp_url()});

    expect_no_secret(*set_up.enterprise,
                     outcome.out + outcome.err + mcp_auth::testing::file_contents(set_up.audit),
                     "doctor");
    EXPECT_EQ(outcome.err, "");
    // Not even a request that its server would refuse, and none to anybody else.
    EXPECT_EQ(set_up.token_requests(Server::idp), 0U);
    EXPECT_EQ(set_up.token_requests(Server::authorization_server), 0U);
    EXPECT_TRUE(set_up.enterprise->requests(Server::idp, "/broker").empty());
    EXPECT_TRUE(set_up.enterprise->requests(Server::stranger).empty());
    const bool seen = fault.status != Status::ok && seen_without_sending(fault);
    EXPECT_EQ(outcome.exit_code, seen ? static_cast<int>(fault.status) : 0) << outcome.out;
    if (seen) {
        EXPECT_THAT(outcome.out, HasSubstr(fault.leg + (fault.leg.empty() ? "" : ": ")));
        EXPECT_THAT(outcome.out, HasSubstr(fault.says));
    } else {
        EXPECT_THAT(outcome.out, HasSubstr("No fault was found."));
    }

    outcome = set_up.run({"doctor", set_up.enterprise->mcp_url(), "--acquire"});

    expect_no_secret(*set_up.enterprise,
                     outcome.out + outcome.err + mcp_auth::testing::file_contents(set_up.audit),
                     "--acquire");
    EXPECT_EQ(outcome.exit_code, static_cast<int>(fault.status)) << outcome.out;
    if (fault.status != Status::ok) {
        EXPECT_THAT(outcome.out, HasSubstr(fault.leg + (fault.leg.empty() ? "" : ": ")));
        EXPECT_THAT(outcome.out, HasSubstr(fault.says));
    }
}

INSTANTIATE_TEST_SUITE_P(Row, DoctorFaultTest, ::testing::ValuesIn(all_faults()),
                         [](const auto& row) { return row.param.name; });

TEST(Doctor, ShowsWhatNearlyMatched) {
    const auto set_up = arranged({});
    ASSERT_TRUE(set_up.enterprise);
    const auto outcome = set_up.run({"doctor", set_up.enterprise->mcp_url() + "/"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.out, HasSubstr("! connection"));
    EXPECT_THAT(outcome.out, HasSubstr("nearly: " + set_up.enterprise->mcp_url() +
                                       " (differs by a final slash)"));
}

// Without a connection there is no plugin to ask; what the server publishes is still of use to
// whoever writes one.
TEST(Doctor, LooksAtAServerThatIsNotConfigured) {
    Fault fault;
    fault.configure = [](json::Value& all) {
        change_connection(
            all, [](json::Value& one) { one.set("server", "https://localhost/elsewhere"); });
    };
    const auto set_up = arranged(fault);
    ASSERT_TRUE(set_up.enterprise);
    const auto outcome = set_up.run({"doctor", set_up.enterprise->mcp_url()});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.out, HasSubstr("(has another port, 443)"));
    EXPECT_THAT(outcome.out, HasSubstr("authorization servers: " +
                                       set_up.enterprise->authorization_server_issuer()));
    EXPECT_THAT(outcome.out, HasSubstr("grant profiles: "
                                       "urn:ietf:params:oauth:grant-profile:id-jag"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("+ client")));
}

TEST(Doctor, GoesOnAfterAFaultAndNamesTheFirstInItsExitCode) {
    Fault fault;
    fault.arrange = with(Document::resource_metadata, "resource", std::string("https://x.example"));
    fault.configure = [](json::Value& all) {
        provider(all).find("subject")->set("from",
                                           json::Value::object().set("env", "NO_SUCH_VARIABLE"));
    };
    const auto set_up = arranged(fault);
    ASSERT_TRUE(set_up.enterprise);
    const auto outcome = set_up.run({"doctor", set_up.enterprise->mcp_url()});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.out, HasSubstr("! resource_metadata"));
    EXPECT_THAT(outcome.out, HasSubstr("+ server_metadata"));
    EXPECT_THAT(outcome.out, HasSubstr("! subject"));
    EXPECT_THAT(outcome.out, HasSubstr("+ client"));
    EXPECT_THAT(outcome.out, HasSubstr("2 faults; begin with resource_metadata"));
}

// What would be asked for, by whom and with what, is said; what it would be asked with is not.
TEST(Doctor, SaysWhichRequestComesNext) {
    const auto set_up = arranged({});
    ASSERT_TRUE(set_up.enterprise);
    auto& enterprise = *set_up.enterprise;
    const auto outcome = set_up.run({"doctor", enterprise.mcp_url()});
    EXPECT_EQ(outcome.exit_code, 0);
    for (const std::string& line : std::vector<std::string>{
             "request: POST " + enterprise.idp_issuer() + "/token",
             "client authentication: client_secret_basic",
             "audience: " + enterprise.authorization_server_issuer(),
             "resource: " + enterprise.mcp_url(), "scope: chat.read", "subject_token: (not shown)",
             "secret from: the file ", "plugin's info: id_token checked iss aud exp",
             "aud: " + enterprise.idp_client().id})
        EXPECT_THAT(outcome.out, HasSubstr(line));
}

TEST(Doctor, WritesOneJsonDocument) {
    Fault fault;
    demo::SignIn expired;
    expired.lifetime = -3600;
    fault.arrange = signed_in(expired);
    const auto set_up = arranged(fault);
    ASSERT_TRUE(set_up.enterprise);
    const auto outcome = set_up.run({"doctor", set_up.enterprise->mcp_url(), "--json"});
    EXPECT_EQ(outcome.exit_code, 5);
    const auto report = json::parse(outcome.out);
    ASSERT_TRUE(report) << outcome.out;
    EXPECT_EQ(report->string("status"), "interaction_required");
    const json::Value* first = nullptr;
    for (const auto& finding : report->find("findings")->items())
        if (first == nullptr && finding.string("verdict") == "fault") first = &finding;
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->string("step"), "request");
    EXPECT_EQ(first->find("error")->string("leg"), "subject");
    EXPECT_EQ(first->find("error")->string("status"), "interaction_required");
    EXPECT_THAT(std::string(first->find("error")->string("advice")), HasSubstr("sign in"));
}

}  // namespace
}  // namespace mcp_auth::integration
