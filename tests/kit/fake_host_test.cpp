// The fake host answers as the test says, and as a host must.
#include <gmock/gmock.h>

#include <functional>
#include <mcp_auth/testing.hpp>
#include <thread>

#include "obedient_plugin.hpp"

namespace {

using namespace mcp_auth;
using namespace mcp_auth::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A provider that does what the test hands it.
using Work = std::function<void(plugin::Call&)>;
thread_local const Work* handed = nullptr;

class Handed final : public plugin::Provider {
public:
    static Result<std::unique_ptr<Provider>> create(const plugin::Host&, const plugin::Instance&) {
        return std::unique_ptr<Provider>(std::make_unique<Handed>());
    }
    Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest&) override {
        (*handed)(call);
        return plugin::Token{"done", "Bearer"};
    }
};
MCP_AUTH_BUILTIN_PLUGIN(handed_entry, Handed, "handed", "1.0.0", MCP_AUTH_ROLE_TOKEN)

class FakeHostTest : public ::testing::Test {
protected:
    void in_call(const Work& work) {
        PluginUnderTest plugin(&handed_entry, host);
        const Work* outer = std::exchange(handed, &work);
        ASSERT_TRUE(plugin.acquire(typical_token_request()));
        handed = outer;
    }
    FakeHost host;
};

TEST_F(FakeHostTest, AnswersAreUsedUpInOrderAndThenTheRuleApplies) {
    host.http().then(HttpAnswer{500}).then(Error(Status::unavailable, "http", "down"));
    host.http().otherwise([](const SentHttpRequest& asked) -> Result<HttpAnswer> {
        return HttpAnswer{200, {}, "answer to " + asked.body};
    });
    in_call([](plugin::Call& call) {
        EXPECT_EQ(call.http({"GET", "https://a.example"})->status, 500u);
        EXPECT_EQ(call.http({"GET", "https://a.example"}).status(), Status::unavailable);
        EXPECT_EQ(call.http({"POST", "https://a.example", {}, "x"})->body, "answer to x");
        EXPECT_EQ(call.http({"POST", "https://a.example", {}, "y"})->body, "answer to y");
    });
    EXPECT_THAT(host.http_requests(), SizeIs(4));
    EXPECT_EQ(host.http().left(), 0u);
    EXPECT_THAT(host.violations(), IsEmpty());
}

TEST_F(FakeHostTest, TheClockStandsUntilItIsSet) {
    host.set_now(1000);
    in_call([this](plugin::Call& call) {
        EXPECT_EQ(call.now(), 1000);
        host.advance(std::chrono::seconds(30));
        EXPECT_EQ(call.now(), 1030);
    });
}

TEST_F(FakeHostTest, AWaitMovesTheClockAndTakesNoTime) {
    host.set_now(1000);
    in_call([](plugin::Call& call) {
        EXPECT_TRUE(call.sleep(std::chrono::milliseconds(1500)));
        EXPECT_EQ(call.now(), 1001);
        EXPECT_TRUE(call.sleep(std::chrono::milliseconds(-1)));
        EXPECT_TRUE(call.sleep(std::chrono::milliseconds(500)));
        EXPECT_EQ(call.now(), 1002);
    });
    using std::chrono::milliseconds;
    EXPECT_THAT(host.sleeps(), ElementsAre(milliseconds(1500), milliseconds(0), milliseconds(500)));
    host.fails(MCP_AUTH_SERVICE_CLOCK, Error(Status::cancelled, "host", "cancelled"));
    in_call([](plugin::Call& call) {
        EXPECT_EQ(call.sleep(std::chrono::seconds(1)).status(), Status::cancelled);
        EXPECT_EQ(call.now(), 1002);
    });
}

TEST_F(FakeHostTest, RandomBytesFollowTheSeedAndDoNotRepeat) {
    const auto draw = [this] {
        std::string bytes(16, '\0');
        in_call([&](plugin::Call& call) { call.random(bytes.data(), bytes.size()); });
        return bytes;
    };
    const std::string first = draw(), second = draw();
    EXPECT_NE(first, second);
    host.set_seed(1);
    EXPECT_EQ(draw(), first);
}

TEST_F(FakeHostTest, ASubjectIsTheFirstAcceptedTypeThatTheUserHas) {
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "id token", 5);
    host.subject(MCP_AUTH_TYPE_SAML2, Error(Status::interaction_required, "subject", "sign in"));
    in_call([](plugin::Call& call) {
        auto subject = call.subject({MCP_AUTH_TYPE_REFRESH_TOKEN, MCP_AUTH_TYPE_ID_TOKEN});
        ASSERT_TRUE(subject);
        EXPECT_EQ(subject->assertion, "id token");
        EXPECT_EQ(subject->token_type, MCP_AUTH_TYPE_ID_TOKEN);
        EXPECT_EQ(subject->expires_at, 5);
        EXPECT_EQ(call.subject({MCP_AUTH_TYPE_SAML2}).status(), Status::interaction_required);
        EXPECT_EQ(call.subject({MCP_AUTH_TYPE_JWT}).status(), Status::unsupported);
    });
}

TEST_F(FakeHostTest, AnEntryIsGoneOnceItExpires) {
    host.put("mcp", "key", {"value", host.now() + 10});
    in_call([this](plugin::Call& call) {
        EXPECT_EQ(*call.load("mcp", "key"), "value");
        host.advance(std::chrono::seconds(10));
        EXPECT_EQ(*call.load("mcp", "key"), "");
        ASSERT_TRUE(call.save("mcp", "key", "again", 0));
        EXPECT_EQ(*call.load("mcp", "key"), "again");
        ASSERT_TRUE(call.save("mcp", "key", "", 0));
    });
    EXPECT_EQ(host.stored_count(), 0u);
}

TEST_F(FakeHostTest, AnEntryBelongsToTheIssuerOfItsClient) {
    host.client("mcp", {"client", "https://one.example"});
    in_call([](plugin::Call& call) { ASSERT_TRUE(call.save("mcp", "key", "grant", 0)); });
    host.client("mcp", {"client", "https://two.example"});
    in_call([](plugin::Call& call) { EXPECT_EQ(*call.load("mcp", "key"), ""); });
    host.client("mcp", {"client", "https://one.example"});
    EXPECT_EQ(host.stored("mcp", "key")->value, "grant");
}

TEST_F(FakeHostTest, ALeaseIsTheCallsOwnAndTheOnlyOne) {
    host.set_lease_patience(std::chrono::milliseconds(0));
    in_call([this](plugin::Call& call) {
        EXPECT_TRUE(call.lease("mcp", "key"));
        EXPECT_TRUE(call.lease("mcp", "key")) << "again in one call";
        EXPECT_EQ(call.lease("mcp", "other").status(), Status::internal);
        in_call([](plugin::Call& another) {
            EXPECT_EQ(another.lease("mcp", "key").status(), Status::deadline);
        });
        call.release("mcp", "key");
        in_call([](plugin::Call& another) { EXPECT_TRUE(another.lease("mcp", "key")); });
        EXPECT_TRUE(call.lease("mcp", "key")) << "the other call's end has released it";
    });
    EXPECT_THAT(host.violations(), ElementsAre("store: a second lease in one call"));
}

// Whose an entry is can come to be known while a lease is held: another call asks for the client.
TEST_F(FakeHostTest, ALeaseIsReleasedByTheNamesThatItWasTakenBy) {
    in_call([this](plugin::Call& call) {
        EXPECT_TRUE(call.lease("mcp", "key"));
        host.client("mcp", {"client", "https://as.example"});
        EXPECT_TRUE(call.lease("mcp", "key")) << "it still holds it";
        call.release("mcp", "key");
        EXPECT_TRUE(call.lease("mcp", "other"));
    });
    EXPECT_THAT(host.violations(), IsEmpty());
}

TEST_F(FakeHostTest, TheBrowserGoesToTheIssuersEndpointAlone) {
    host.client("mcp", {"client", "https://as.example",
                        R"({"authorization_endpoint":"https://as.example/authorize"})"});
    host.browser().always(BrowserCode{"code", "verifier"});
    in_call([](plugin::Call& call) {
        ASSERT_TRUE(call.browser_begin("mcp"));
        EXPECT_EQ(call.browser_finish("https://as.example.evil/authorize?x").status(),
                  Status::invalid_argument);
        auto answer = call.browser_finish("https://as.example/authorize?x=y");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->code, "code");
        EXPECT_EQ(call.browser_finish("https://as.example/authorize?x=y").status(),
                  Status::internal)
            << "each flow needs its begin";
    });
    EXPECT_THAT(host.browser_urls(), ElementsAre("https://as.example/authorize?x=y"));
    EXPECT_THAT(host.violations(), SizeIs(2));
}

TEST_F(FakeHostTest, WithoutInteractionTheBrowserIsRefused) {
    host.allow_interaction(false);
    in_call([](plugin::Call& call) {
        EXPECT_EQ(call.browser_begin("mcp").status(), Status::interaction_required);
    });
}

TEST_F(FakeHostTest, AnExpiryCountsFromTheHostsClock) {
    const auto expiry = [this](const std::string& member) {
        host.token_request("mcp").then(TokenAnswer::json(R"({"access_token":"t")" + member + "}"));
        std::int64_t at = -1;
        in_call([&](plugin::Call& call) { at = call.token_request("mcp", {})->expires_at; });
        return at;
    };
    EXPECT_EQ(expiry(R"(,"expires_in":60)"), host.now() + 60);
    EXPECT_EQ(expiry(R"(,"expires_in":"60")"), host.now() + 60);
    EXPECT_EQ(expiry(R"(,"expires_in":0)"), 0);
    EXPECT_EQ(expiry(R"(,"expires_in":"soon")"), 0);
    EXPECT_EQ(expiry(""), 0);
}

TEST_F(FakeHostTest, AServiceCalledFromACatchBlockIsAViolation) {
    host.token_request("mcp").always(TokenAnswer::json("{}"));
    in_call([](plugin::Call& call) {
        try {
            throw 1;
        } catch (int) {
            (void)call.token_request("mcp", {});
        }
    });
    EXPECT_THAT(host.violations(), ElementsAre(HasSubstr("called from a catch block")));
}

TEST_F(FakeHostTest, ACallBelongsToTheThreadOfItsAcquisition) {
    host.token_request("mcp").always(TokenAnswer::json("{}"));
    in_call([](plugin::Call& call) {
        std::thread([&] {
            EXPECT_EQ(call.token_request("mcp", {}).status(), Status::internal);
        }).join();
    });
    EXPECT_THAT(host.violations(), ElementsAre(HasSubstr("another call's thread")));
}

TEST_F(FakeHostTest, AnAnswerThatIsNoJsonIsProtocol) {
    host.token_request("mcp").then(TokenAnswer::json("<html>")).then(TokenAnswer::json("[]"));
    in_call([](plugin::Call& call) {
        EXPECT_EQ(call.token_request("mcp", {}).status(), Status::protocol);
        EXPECT_EQ(call.token_request("mcp", {}).status(), Status::protocol);
    });
}

}  // namespace
