// What users of other projects complain about, where it concerns caching or renewal: each test is
// named after the complaint, and would show it there.
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class ComplaintTest : public RaceTest {};

// Python, aws-sdk-cpp, Azure.
TEST_F(ComplaintTest, ALockHeldOverNetworkIoStallsEveryRequest) {
    const auto chat = connect();
    const auto served = user("served");
    (void)chat.token(as(served));
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto stuck = nth_user(i);
        std::string ended;
        gate.close(stuck.id());
        {
            Together together;
            together.run([&] { ended = text(chat.token(as(stuck))); });
            together.begin();
            gate.until_arrived();
            EXPECT_TRUE(chat.cached(served));
            EXPECT_FALSE(chat.cached(stuck));
            EXPECT_TRUE(chat.token(as(served)));
            auto call = chat.request(served);
            EXPECT_EQ(shown(call.authorize("POST", server)), text(chat.token(as(served))));
            stuck.sign_out();
            gate.open();
        }
        EXPECT_TRUE(ended.starts_with("(cancelled)")) << ended;
    }
}

// Python, aws-sdk-cpp; Go: the refresh was bound to the first caller's cancellation.
TEST_F(ComplaintTest, ARefreshBoundToTheFirstCallersCancellation) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        auto first = as(user);
        std::string ended;
        gate.close(user.id());
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            together.run([&] { ended = text(chat.token(first)); });
            together.begin();
            gate.until_arrived();
            first.cancellation.cancel();
            together.join();  // nobody waits any more, and it goes on
            gate.open();
            EXPECT_TRUE(text(chat.token(as(user))).starts_with(user.id()));
        });
        EXPECT_TRUE(ended.starts_with("(cancelled)")) << ended;
        EXPECT_EQ(count, 1);
    }
}

// TypeScript, C#, several agents.
TEST_F(ComplaintTest, TheLoserOfConcurrentRefreshesDeletesTheWinnersToken) {
    std::atomic<bool> lose{false};
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        auto token = grant_of(call, request);
        return lose ? Result<plugin::Token>(Error{Status::denied, "redemption", "invalid_grant"})
                    : token;
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user));
        auto loser = chat.request(user), winner = chat.request(user);
        (void)loser.authorize("POST", server), (void)winner.authorize("POST", server);
        ASSERT_TRUE(winner.again(401, unauthorized()));
        const auto won = shown(winner.authorize("POST", server));
        lose = true;  // whatever the loser would win now fails
        ASSERT_TRUE(loser.again(401, unauthorized()));
        EXPECT_EQ(shown(loser.authorize("POST", server)), won);
        clock->advance(std::chrono::seconds(850));
        EXPECT_EQ(text(chat.token(as(user))), won);  // and a renewal that fails takes nothing
        EXPECT_EQ(text(chat.token(as(user))), won);
        lose = false;
    }
    host_->close();  // renewals use what stands here
}

// Python, TypeScript, codex.
TEST_F(ComplaintTest, ExpiryIsCountedFromWhenItWasReadAndTheTokenUsedUntilItFails) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto expires_at = clock->wall() + life;
        gate.close(user.id());
        Result<AccessToken> token = Error();
        {
            Together together;
            together.run([&] { token = chat.token(as(user)); });
            together.begin();
            gate.until_arrived();
            gate.open();
        }
        ASSERT_TRUE(token);
        EXPECT_EQ(std::chrono::system_clock::to_time_t(token->expires_at()), expires_at);
        clock->advance(std::chrono::seconds(life - 1));
        EXPECT_NE(text(chat.token(as(user))), text(token));
    }
}

// C#, VS Code.
TEST_F(ComplaintTest, TheSecondServerWorksButWithTheFirstOnesToken) {
    const std::string second = "https://mcp.example/second";
    configuration.replace(configuration.find("\"connections\": ["), 16,
                          R"("connections": [
        { "name": "second", "server": "https://mcp.example/second", "provider": "acme",
          "issuer": "https://auth.example", "scopes": ["read"] },)");
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/second")
        .always()
        .json(200, R"({"resource": "https://mcp.example/second",
                       "authorization_servers": ["https://auth.example"]})");
    grant.acquire = [this](plugin::Call& call,
                           const plugin::TokenRequest& request) -> Result<plugin::Token> {
        auto token = grant_of(call, request);
        if (!token) return token;
        token->access_token =
            call.keep(std::string(request.resource.substr(20)) + "/" + std::to_string(serial));
        return token;
    };
    const auto chat = connect();
    const auto other = host_->connection(second);
    ASSERT_TRUE(other);
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        std::string one, two;
        {
            Together together;
            together.run([&] { one = text(chat.token(as(user))); });
            together.run([&] { two = text(other->token(as(user))); });
        }
        EXPECT_TRUE(one.starts_with("mcp/")) << one;
        EXPECT_TRUE(two.starts_with("second/")) << two;
        EXPECT_EQ(text(chat.token(as(user))), one);
        EXPECT_EQ(text(other->token(as(user))), two);
    }
}

// LiteLLM.
TEST_F(ComplaintTest, DeadOneIdTokenLifetimeAfterLogin) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto name = "user" + std::to_string(i);
        const auto asked = std::make_shared<std::atomic<int>>(0);
        const auto user = host_->user(name, [name, asked](std::string_view, const Bounds&) {
            SubjectAssertion assertion;
            assertion.value = name + "." + std::to_string(++*asked);  // a renewed one each time
            assertion.issuer = "https://idp.example";
            assertion.subject = name;
            return Result<SubjectAssertion>(std::move(assertion));
        });
        EXPECT_TRUE(text(chat.token(as(user))).starts_with(name + ".1/"));
        clock->advance(std::chrono::seconds(life));
        const auto later = text(chat.token(as(user)));
        EXPECT_TRUE(later.starts_with(name + ".") && !later.starts_with(name + ".1/")) << later;
    }
}

// LiteLLM: a refusal was taken for an outage, tried again and again, and held against everybody.
TEST_F(ComplaintTest, A4xxReadAsAnOutage) {
    http->on("POST", token_url).always().json(400, R"({"error": "access_denied"})");
    grant.acquire = ask_token_endpoint;
    const auto chat = connect();
    for (int i = 0; i < 50; ++i) {
        const auto asked = acquisitions();
        const auto token = chat.token(as(nth_user(i)));
        EXPECT_EQ(token.status(), Status::denied);
        EXPECT_EQ(acquisitions(), asked + 1);
    }
}

// TypeScript, claude-code.
TEST_F(ComplaintTest, AStepUpLoopsOrForgetsEarlierScopes) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user));
        for (const auto* scope : {"admin", "write"}) {
            auto call = chat.request(user);
            (void)call.authorize("POST", server);
            ASSERT_TRUE(call.again(403, insufficient(scope)));
            (void)call.authorize("POST", server);
        }
        EXPECT_TRUE(text(chat.token(as(user))).starts_with(user.id() + "/admin+read+write/"));

        auto endless = chat.request(user);
        int tries = 0;
        do {
            (void)endless.authorize("POST", server);
        } while (++tries < 20 && endless.again(403, insufficient("more" + std::to_string(tries))));
        EXPECT_LE(tries, 4);
    }
}

// Nobody has both at once: a renewal that fails takes nothing, and expiry is final all the same.
TEST_F(ComplaintTest, AFailingRenewalServesTheOldTokenUntilItsHardExpiryAndNotLonger) {
    std::atomic<bool> down{false};
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        auto token = grant_of(call, request);
        return down ? Result<plugin::Token>(Error{Status::unavailable, "redemption", "down"})
                    : token;
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto old = text(chat.token(as(user)));
        down = true;
        clock->advance(std::chrono::seconds(850));
        for (int n = 0; n < 3; ++n) {
            EXPECT_EQ(text(chat.token(as(user))), old);
            clock->advance(std::chrono::seconds(20));
        }
        clock->advance(std::chrono::seconds(80));  // 990: less than the margin is left
        EXPECT_FALSE(chat.cached(user));
        // It may have joined a renewal whose time ran out before it began.
        const auto status = chat.token(as(user)).status();
        EXPECT_TRUE(status == Status::unavailable || status == Status::deadline)
            << to_string(status);
        down = false;
        std::string fresh;
        for (int n = 0; n < 2 && !fresh.starts_with(user.id()); ++n) {
            clock->advance(std::chrono::minutes(2));  // longer than any back-off
            fresh = text(chat.token(as(user)));  // the first may have joined a renewal that fails
        }
        EXPECT_TRUE(fresh.starts_with(user.id() + "/")) << fresh;
        EXPECT_NE(fresh, old);
    }
    host_->close();  // renewals use what stands here
}

}  // namespace
}  // namespace mcp_auth::host::testing
