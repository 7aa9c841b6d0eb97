// Programs at the authorization server: clients in their own right, and workloads of a platform.
#include "peer.hpp"

namespace mcp_auth::demo {
namespace {

constexpr auto jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

class ProgramTest : public ::testing::Test {
protected:
    Fields by_workload(const WorkloadOrder& order = {}) {
        return {{"grant_type", jwt_bearer},
                {"assertion", *peer.enterprise().issue_workload_assertion(order)},
                {"resource", peer.enterprise().mcp_url()},
                {"scope", "chat.read"}};
    }
    Fields by_client() { return {{"grant_type", "client_credentials"}, {"scope", "chat.read"}}; }
    Peer peer;
};

TEST_F(ProgramTest, AClientThatProvesWhoItIsGetsATokenOfItsOwn) {
    const Reply reply = peer.redeem(by_client());
    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto claims = claims_of(reply.text("access_token"));
    EXPECT_EQ(claims->getValue<std::string>("sub"), peer.enterprise().mcp_client().id);
    EXPECT_EQ(claims->getValue<std::string>("aud"), peer.enterprise().mcp_url());
    EXPECT_FALSE(reply.json()->has("refresh_token"));
}

TEST_F(ProgramTest, AWorkloadGetsATokenForItsAssertionAgainAndAgain) {
    const Fields fields = by_workload();
    for (int i = 0; i < 2; ++i) {
        const Reply reply = peer.redeem(fields);
        ASSERT_EQ(reply.status, 200) << reply.body;
        EXPECT_NE(claims_of(reply.text("access_token"))->getValue<std::string>("sub"), "");
    }
}

TEST_F(ProgramTest, NobodyIsAdministratorByHimself) {
    EXPECT_EQ(peer.redeem(with(by_client(), "scope", "chat.admin")).text("error"), "invalid_scope");
    EXPECT_EQ(peer.redeem(with(by_workload(), "scope", "chat.admin chat.read")).text("scope"),
              "chat.read");
}

TEST_F(ProgramTest, AnotherResourceIsRefused) {
    EXPECT_EQ(peer.redeem(with(by_client(), "resource", "https://other.example")).text("error"),
              "invalid_target");
    EXPECT_EQ(peer.redeem(with(by_workload(), "resource", "https://other.example")).text("error"),
              "invalid_target");
}

TEST_F(ProgramTest, AnAssertionWithOneThingWrongIsRefused) {
    for (const auto& order : {WorkloadOrder{.lifetime = -1},
                              {.issuer = "https://evil.example"},
                              {.subject = "system:other"},
                              {.audience = "https://wrong.example"}})
        EXPECT_EQ(peer.redeem(by_workload(order)).text("error"), "invalid_grant");
}

TEST_F(ProgramTest, AnAssertionThatAnotherSignedIsRefused) {
    Fields fields = by_workload();
    std::string& assertion = fields[1].second;
    assertion[assertion.rfind('.') + 1] ^= 1;
    EXPECT_EQ(peer.redeem(fields).text("error"), "invalid_grant");
    fields[1].second = *peer.enterprise().sign_in();  // the IdP's, of type JWT as well
    EXPECT_EQ(peer.redeem(fields).text("error"), "invalid_grant");
}

TEST(PublicClient, IsNobodyInItsOwnRight) {
    Options options;
    options.mcp_client.method = ClientMethod::none;
    Peer peer(options);
    const Reply reply = peer.form(
        peer.token_url(),
        {{"grant_type", "client_credentials"}, {"client_id", peer.enterprise().mcp_client().id}},
        {});
    EXPECT_EQ(reply.text("error"), "unauthorized_client");
}

}  // namespace
}  // namespace mcp_auth::demo
