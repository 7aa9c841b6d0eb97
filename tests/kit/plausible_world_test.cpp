// What the fake host can do for a suite that knows nothing of a plugin: answer anything, break any
// call, and say which duty was broken and where a secret shows.
#include <gmock/gmock.h>

#include <functional>
#include <mcp_auth/testing.hpp>
#include <thread>

namespace {

using namespace mcp_auth;
using namespace mcp_auth::testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using ValueWork = std::function<Result<std::string>(plugin::Call&)>;
thread_local const ValueWork* work_in_hand = nullptr;

// A provider that hands out what the test's function gives.
class ValueProvider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<Provider>> create(const plugin::Host&, const plugin::Instance&) {
        return std::unique_ptr<Provider>(std::make_unique<ValueProvider>());
    }
    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest&) override {
        auto token = (*work_in_hand)(call);
        if (!token) return token.error();
        return plugin::Token{call.keep(*std::move(token)), "Bearer"};
    }
};
MCP_AUTH_BUILTIN_PLUGIN(plausible_entry, ValueProvider, "handed", "1.0.0", MCP_AUTH_ROLE_TOKEN)

class PlausibleWorldTest : public ::testing::Test {
protected:
    Result<Token> acquire(const ValueWork& work) {
        work_in_hand = &work;
        return plugin.acquire(world.token_request());
    }
    FakeHost host;
    PlausibleWorld world{host};
    PluginUnderTest plugin{&plausible_entry, host};
};

TEST_F(PlausibleWorldTest, AnIdJagIsWhatAnExchangeForOneGives) {
    const auto token = acquire([](plugin::Call& call) -> Result<std::string> {
        const auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN});
        if (!subject) return subject.error();
        const auto answer = call.token_request(
            "idp", {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                    {"requested_token_type", MCP_AUTH_TYPE_ID_JAG},
                    {"audience", PlausibleWorld::authorization_server},
                    {"resource", PlausibleWorld::resource},
                    {"scope", "chat.read"},
                    {"subject_token", subject->assertion}});
        if (!answer) return answer.error();
        return std::string(answer->access_token);
    });
    ASSERT_TRUE(token) << token.error().message;
    const auto jws = Jws::decode(token->access_token);
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->header.string("typ"), "oauth-id-jag+jwt");
    EXPECT_EQ(jws->payload.string("aud"), PlausibleWorld::authorization_server);
    EXPECT_EQ(jws->payload.string("client_id"), world.assertion_request().client_id);
    EXPECT_THAT(world.secrets(), Contains(token->access_token));
    EXPECT_THAT(host.violations(), IsEmpty());
}

TEST_F(PlausibleWorldTest, EveryServiceHasAnAnswerAndNoTwoAreTheSame) {
    const auto token = acquire([](plugin::Call& call) -> Result<std::string> {
        const auto flow = call.browser_begin("mcp");
        if (!flow) return flow.error();
        const auto client = call.client({"mcp", flow->redirect_uri, "authorization_code", {}});
        if (!client) return client.error();
        const auto code = call.browser_finish(std::string(PlausibleWorld::authorization_server) +
                                              "/authorize?state=" + std::string(flow->state));
        if (!code) return code.error();
        const auto first =
            call.token_request("mcp", {{"grant_type", "authorization_code"}, {"code", code->code}});
        const auto second = call.token_request("other", {{"grant_type", "client_credentials"}});
        const auto http = call.http({"GET", "https://any.example/"});
        const auto peer = call.peer_assertion("any", {plugin::Reason::first, "https://a.example"});
        if (!first || !second || !http || !peer) return Error(Status::internal, "", "no answer");
        EXPECT_NE(first->access_token, second->access_token);
        EXPECT_NE(first->refresh_token, "");
        EXPECT_EQ(http->status, 200u);
        EXPECT_EQ(peer->token_type, MCP_AUTH_TYPE_ID_JAG);
        return std::string(first->access_token);
    });
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_THAT(host.violations(), IsEmpty());
}

TEST_F(PlausibleWorldTest, WhatATestScriptsByNameGoesFirst) {
    host.token_request("mcp").then(TokenAnswer::json(R"({"access_token":"scripted"})"));
    const ValueWork ask = [](plugin::Call& call) -> Result<std::string> {
        const auto answer = call.token_request("mcp", {{"grant_type", "client_credentials"}});
        if (!answer) return answer.error();
        return std::string(answer->access_token);
    };
    EXPECT_EQ(acquire(ask)->access_token, "scripted");
    EXPECT_THAT(world.secrets(), Contains(acquire(ask)->access_token));
}

TEST_F(PlausibleWorldTest, TheSameSeedGivesTheSameSecrets) {
    FakeHost other_host, third_host;
    PlausibleWorld same(other_host), other(third_host, 2);
    EXPECT_EQ(world.secret(), same.secret());
    EXPECT_NE(world.secret(), other.secret());
}

TEST_F(PlausibleWorldTest, ARuleBreaksWhichCallItLikes) {
    host.before_service([](const ServiceCall& called) -> Result<void> {
        if (called.function != "token_request" || called.number < 2) return {};
        return Error(Status::unavailable, "token", "from the third call on");
    });
    const auto token = acquire([](plugin::Call& call) -> Result<std::string> {
        for (int i = 0; i < 2; ++i)
            EXPECT_TRUE(call.token_request("mcp", {{"grant_type", "client_credentials"}}));
        return call.token_request("mcp", {{"grant_type", "client_credentials"}}).error();
    });
    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(to_string(host.service_calls().back()),
              "mcp.auth.oauth/1 token_request (mcp, client_credentials)");
    EXPECT_EQ(host.service_calls().back().number, 2u);
}

TEST_F(PlausibleWorldTest, AnotherUserFindsAnEmptyStoreAndHasAssertionsOfTheirOwn) {
    std::string first, second;
    const auto ask = [](std::string& into) -> ValueWork {
        return [&into](plugin::Call& call) -> Result<std::string> {
            into = call.subject({MCP_AUTH_TYPE_ID_TOKEN})->assertion;
            EXPECT_EQ(*call.load("mcp", "key"), "");
            EXPECT_TRUE(call.save("mcp", "key", "value", 0));
            return std::string("token");
        };
    };
    EXPECT_TRUE(acquire(ask(first)));
    world.another_user();
    EXPECT_TRUE(acquire(ask(second)));
    EXPECT_NE(first, second);
}

TEST_F(PlausibleWorldTest, LeaksAreFoundWhereTheyAre) {
    (void)acquire([](plugin::Call& call) -> Result<std::string> {
        const std::string secret(call.subject({MCP_AUTH_TYPE_REFRESH_TOKEN})->assertion);
        call.log(plugin::Level::info, "event", {{"token", secret}});
        (void)call.http({"GET", "https://any.example/?t=" + secret});
        (void)call.save("mcp", "key of " + secret, "value", 0);
        return Error(Status::denied, "token", "not with " + secret.substr(5, 14));
    });
    std::vector<Leak::Place> places;
    for (const Leak& leak : plugin.leaks(world.secrets())) places.push_back(leak.place);
    using Place = Leak::Place;
    EXPECT_THAT(places, ::testing::UnorderedElementsAre(Place::log, Place::failure, Place::url,
                                                        Place::store_key));
    EXPECT_THAT(host.service_calls(),
                Each(::testing::Field(&ServiceCall::about, Not(HasSubstr("s3cr3t")))));
    EXPECT_THAT(plugin.violations(), IsEmpty());
}

TEST_F(PlausibleWorldTest, ABrokenDutyHasAName) {
    (void)acquire([](plugin::Call& call) -> Result<std::string> {
        std::thread([&call] { (void)call.load("mcp", "key"); }).join();
        return std::string("\xff");
    });
    std::vector<Duty> duties;
    for (const Violation& broken : host.broken_duties()) duties.push_back(broken.duty);
    EXPECT_THAT(duties, ::testing::ElementsAre(Duty::thread, Duty::text));
}

std::vector<std::string>* strays = nullptr;

TEST_F(PlausibleWorldTest, AServiceThatIsCalledWhenNothingRunsIsNoticed) {
    std::vector<std::string> seen;
    strays = &seen;
    on_stray_service = [](const char* service) noexcept { strays->emplace_back(service); };
    const auto* log = static_cast<const mcp_auth_log_v1*>(
        host.raw()->service(host.raw(), MCP_AUTH_LIT(MCP_AUTH_SERVICE_LOG)));
    (void)acquire([](plugin::Call& call) -> Result<std::string> {
        call.log(plugin::Level::info, "within");
        return std::string("token");
    });
    EXPECT_THAT(seen, IsEmpty());
    log->write(nullptr, MCP_AUTH_LOG_INFO, MCP_AUTH_LIT("outside"), {nullptr, 0});
    on_stray_service = nullptr;
    EXPECT_THAT(seen, SizeIs(1));
}

}  // namespace
