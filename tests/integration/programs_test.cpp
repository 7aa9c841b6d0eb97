// A gateway's programs: no user, so one token for all who ask; and an assertion that the platform
// replaces under the host.
#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/host.hpp>
#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::integration {
namespace {

using demo::Enterprise;
using demo::Server;

class Programs : public ::testing::Test {
protected:
    Programs() {
        demo::Options options;
        options.record = true;
        options.token_lifetime = 3600;
        auto started = Enterprise::start(options);
        EXPECT_TRUE(started);
        enterprise = std::move(*started);
        EXPECT_TRUE(enterprise->issue_workload_assertion());
    }
    Host open(const std::string& provider) {
        auto configuration = *json::parse(enterprise->configuration());
        configuration.set("providers", json::Value::object().set("acme", *json::parse(provider)));
        Options options;
        options.config_file = *enterprise->write_configuration({}, configuration.dump(2));
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        auto host = Host::open(options);
        EXPECT_TRUE(host) << (host ? "" : host.error().message);
        return std::move(*host);
    }
    std::string workload() const {
        return R"({"plugin": "workload-identity", "subject": {"type": "jwt", "from": {"file": ")" +
               enterprise->workload_file() + R"("}}})";
    }
    std::vector<demo::RecordedRequest> sent() const {
        return enterprise->requests(Server::authorization_server, "/token");
    }

    std::unique_ptr<Enterprise> enterprise;
};

TEST_F(Programs, ShareOneTokenAmongAllWhoAsk) {
    const auto host = open(R"({"plugin": "client-credentials"})");
    const auto chat = host.connection(enterprise->mcp_url());
    ASSERT_TRUE(chat);
    std::vector<std::thread> callers;
    for (int i = 0; i < 8; ++i)
        callers.emplace_back([&] {
            const auto token = chat->token();
            EXPECT_TRUE(token) << (token ? "" : token.error().message);
        });
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(sent().size(), 1U);
}

TEST_F(Programs, ReadTheirAssertionAnewForEachUse) {
    const auto host = open(workload());
    const auto chat = host.connection(enterprise->mcp_url());
    ASSERT_TRUE(chat);
    auto call = chat->request();
    ASSERT_TRUE(chat->token());
    ASSERT_TRUE(call.authorize("POST", enterprise->mcp_url()));
    const auto replaced = enterprise->issue_workload_assertion();
    ASSERT_TRUE(replaced);
    ASSERT_TRUE(call.again(401, {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}));
    ASSERT_TRUE(call.authorize("POST", enterprise->mcp_url()));
    ASSERT_EQ(sent().size(), 2U);
    EXPECT_EQ(sent()[1].field("assertion"), *replaced);
    EXPECT_NE(sent()[0].field("assertion"), *replaced);
}

}  // namespace
}  // namespace mcp_auth::integration
