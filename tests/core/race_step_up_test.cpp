// Steps up that are refused or narrowed take nothing away (protocol.md I2, peers.md).
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class StepUpRaceTest : public RaceTest {};

TEST_F(StepUpRaceTest, ARefusedStepUpLeavesTheUserWhatTheyHad) {
    grant.acquire = [this](plugin::Call& call,
                           const plugin::TokenRequest& request) -> Result<plugin::Token> {
        if (request.scope.find("admin") != std::string_view::npos)
            return Error{Status::denied, "exchange", "the policy says no"};
        return grant_of(call, request);
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto kept = text(chat.token(as(user)));
        {
            Together together;
            for (int n = 0; n < 2; ++n) {
                together.run([&] {
                    auto call = chat.request(user);
                    (void)call.authorize("POST", server);
                    ASSERT_TRUE(call.again(403, insufficient("admin")));
                    EXPECT_EQ(call.authorize("POST", server).status(), Status::denied);
                });
            }
        }
        auto next = chat.request(user);
        EXPECT_EQ(shown(next.authorize("POST", server)), kept);
        EXPECT_EQ(acquired(user.id()), 1);
    }
}

TEST_F(StepUpRaceTest, AGrantThatNarrowsTheChallengedScopeAwayIsDeniedAtOnce) {
    grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
        auto token = grant_of(call, request);
        if (token) token->scope = "read";  // whatever was asked for
        return token;
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto kept = text(chat.token(as(user)));
        auto call = chat.request(user);
        (void)call.authorize("POST", server);
        ASSERT_TRUE(call.again(403, insufficient("admin")));
        EXPECT_EQ(call.authorize("POST", server).status(), Status::denied);
        EXPECT_EQ(acquired(user.id()), 2);
        EXPECT_EQ(text(chat.token(as(user))), kept);
    }
}

// The user's assertion goes through another provider, which alone sees whose it is (D4).
TEST_F(StepUpRaceTest, AChangeOfUserThatAPeerNoticesEndsWhatWasDerivedFromIt) {
    grant.acquire = [this](plugin::Call& call,
                           const plugin::TokenRequest& request) -> Result<plugin::Token> {
        const auto assertion = call.peer_assertion("peer", {});
        if (!assertion) return assertion.error();
        std::string token(assertion->assertion);
        token += "/" + std::string(request.scope) + "/" + std::to_string(++serial);
        return plugin::Token{call.keep(std::move(token)), "Bearer", {}, 0};
    };
    grant.assertion = [](plugin::Call& call,
                         const plugin::AssertionRequest&) -> Result<plugin::Assertion> {
        const auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN});
        if (!subject) return subject.error();
        return plugin::Assertion{
            subject->assertion, MCP_AUTH_TYPE_ID_JAG, "https://idp.example", {}, call.now() + 300};
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto tag = std::to_string(i);
        const auto changed = std::make_shared<std::atomic<bool>>(false);
        const auto user = host_->user(
            "desk" + tag, source([changed, tag] { return (*changed ? "bob" : "alice") + tag; }));
        ASSERT_TRUE(text(chat.token(as(user))).starts_with("alice" + tag + "/"));
        *changed = true;
        EXPECT_TRUE(text(chat.token(as(user, "other"))).starts_with("bob" + tag + "/"));
        EXPECT_TRUE(text(chat.token(as(user))).starts_with("bob" + tag + "/"));
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
