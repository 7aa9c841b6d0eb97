// The rules of a network all at once (protocol.md L1, L2): a private range that is listed, an
// authority of one's own, client certificates and a proxy, through the configuration of a host.
#include "fault.hpp"
#include "forward_proxy.hpp"

#include <mcp_auth/host.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mcp_auth::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The enterprise's servers have an address of a private network, which only the proxy reaches.
constexpr const char* address = "10.77.0.1";
constexpr const char* network = "10.77.0.0/16";

class PolicyTogether : public ::testing::Test {
protected:
    void start(const std::string& host) {
        demo::Options options;
        options.host = host;
        options.record = true;
        options.idp_client.method = options.mcp_client.method = demo::ClientMethod::tls_client_auth;
        auto started = Enterprise::start(options);
        ASSERT_TRUE(started) << started.error().message;
        enterprise = *std::move(started);
        ASSERT_TRUE(enterprise->sign_in());
    }
    // With `change` made to the configuration's policy.
    Result<AccessToken> token(const std::function<void(json::Value&)>& change = {}) {
        auto configuration = json::parse(enterprise->configuration());
        auto& policy = *configuration->find("policy");
        policy.set("private_networks", json::Value::array().push(network).push("127.0.0.0/8"));
        policy.set("proxy", proxy.url());
        if (change) change(policy);
        Options options;
        options.config_file = *enterprise->write_configuration({}, configuration->dump(2));
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        auto host = Host::open(options);
        if (!host) return std::move(host).error();
        return host->connection(enterprise->mcp_url())->token();
    }
    void expect_certificates_at_token_endpoints() const {
        for (const auto server : {Server::idp, Server::authorization_server}) {
            const auto requests = enterprise->requests(server, "/token");
            ASSERT_EQ(requests.size(), 1U);
            const auto& client =
                server == Server::idp ? enterprise->idp_client() : enterprise->mcp_client();
            EXPECT_EQ(requests.front().client_certificate, client.id);
        }
    }

    const ForwardProxy proxy;
    std::unique_ptr<Enterprise> enterprise;
};

TEST_F(PolicyTogether, ATokenIsWonWithARangeAnAuthorityCertificatesAndAProxy) {
    start(address);
    const auto won = token();
    ASSERT_TRUE(won) << won.error().message;
    expect_certificates_at_token_endpoints();
    ASSERT_THAT(proxy.requests(), Not(IsEmpty()));
    for (const auto& seen : proxy.requests())
        EXPECT_THAT(seen, ::testing::StartsWith("CONNECT 10.77.0.1:"));
    // Three servers, and at two of them a connection with a certificate beside one without.
    EXPECT_GE(proxy.requests().size(), 4U);
}

TEST_F(PolicyTogether, OnLoopbackTheSameGoesBesideTheProxy) {
    start("127.0.0.1");
    const auto won = token();
    ASSERT_TRUE(won) << won.error().message;
    expect_certificates_at_token_endpoints();
    EXPECT_THAT(proxy.requests(), IsEmpty());
}

TEST_F(PolicyTogether, WithoutTheRangeNobodyIsAsked) {
    start(address);
    const auto refused = token([](json::Value& policy) {
        policy.set("private_networks", json::Value::array().push("10.78.0.0/16"));
    });
    ASSERT_EQ(refused.status(), Status::misconfigured);
    EXPECT_THAT(refused.error().message, HasSubstr("policy.private_networks"));
    EXPECT_THAT(proxy.requests(), IsEmpty());
}

TEST_F(PolicyTogether, WithoutTheAuthorityNothingIsSentThroughTheTunnel) {
    start(address);
    const auto refused = token([](json::Value& policy) { policy.erase("ca_file"); });
    ASSERT_EQ(refused.status(), Status::misconfigured);
    EXPECT_THAT(refused.error().message, HasSubstr("policy.ca_file"));
    EXPECT_THAT(enterprise->requests(), IsEmpty());
}

TEST_F(PolicyTogether, WithoutTheProxyThereIsNoWayThere) {
    start(address);
    const auto refused = token([](json::Value& policy) {
        policy.set("proxy", "http://127.0.0.1:1");  // nobody listens there
    });
    ASSERT_EQ(refused.status(), Status::unavailable);
    EXPECT_THAT(enterprise->requests(), IsEmpty());
}

// A list that cannot be read is no reason to go without one.
TEST_F(PolicyTogether, WithARevocationListThatIsMissingTheHostDoesNotOpen) {
    start("127.0.0.1");
    const auto refused = token([&](json::Value& policy) {
        policy.set("crl_file", enterprise->directory() + "/missing.pem");
    });
    ASSERT_EQ(refused.status(), Status::misconfigured);
    EXPECT_THAT(refused.error().message, HasSubstr("policy.crl_file"));
    EXPECT_THAT(enterprise->requests(), IsEmpty());
}

}  // namespace
}  // namespace mcp_auth::integration
