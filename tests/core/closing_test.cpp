// Asynchronous use, and the order of close() (design.md, Rules).
#include "core_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class ClosingTest : public CoreTest {
protected:
    // An acquisition that lasts until it is cancelled.
    void never_granted() {
        grant.acquire = [this](plugin::Call& call,
                               const plugin::TokenRequest&) -> Result<plugin::Token> {
            ++running;
            for (;;) {
                const auto loaded = call.load("mcp", "key");
                if (!loaded) return loaded.error();
                std::this_thread::yield();
            }
        };
    }
    void until_running() {
        while (running == 0) std::this_thread::yield();
    }
    std::atomic<int> running{0};
};

TEST_F(ClosingTest, AHandleOutlivesTheHostAndAnswersCancelled) {
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    host_->close();
    EXPECT_EQ(chat.token().status(), Status::cancelled);
    EXPECT_FALSE(chat.cached());
    EXPECT_EQ(chat.request().authorize("POST", server).status(), Status::cancelled);
    EXPECT_EQ(host_->connection(server).status(), Status::cancelled);
    host_.reset();
    EXPECT_EQ(chat.token().status(), Status::cancelled);
}

TEST_F(ClosingTest, ClosingEndsWhatIsInFlight) {
    never_granted();
    const auto chat = connect();
    std::optional<Result<AccessToken>> result;
    std::thread caller([&] { result.emplace(chat.token()); });
    until_running();
    host_->close();
    caller.join();
    EXPECT_EQ(result->status(), Status::cancelled);
}

TEST_F(ClosingTest, ClosingCompletesEveryAsynchronousCallOnce) {
    never_granted();
    const auto chat = connect();
    std::atomic<int> completed{0}, cancelled{0};
    for (int i = 0; i < 20; ++i) {
        chat.authorize_async({}, [&](Result<AccessToken> token) {
            ++completed;
            if (token.status() == Status::cancelled) ++cancelled;
        });
    }
    until_running();
    host_->close();
    EXPECT_EQ(completed, 20);
    EXPECT_EQ(cancelled, 20);
}

TEST_F(ClosingTest, AnAsynchronousCallCompletesWithTheTokenOnTheCallersExecutor) {
    grant_next("t1");
    const auto chat = connect();
    std::mutex mutex;
    std::vector<std::function<void()>> queue;
    std::string token;
    chat.authorize_async(
        {}, [&](Result<AccessToken> result) { token = result->value(); },
        [&](std::function<void()> task) {
            const std::lock_guard lock(mutex);
            queue.push_back(std::move(task));
        });
    for (;;) {
        const std::lock_guard lock(mutex);
        if (!queue.empty()) break;
    }
    EXPECT_EQ(token, "");
    queue.at(0)();
    EXPECT_EQ(token, "t1");
}

TEST_F(ClosingTest, AnAsynchronousCallCanBeCancelledAndDisturbsNobody) {
    std::atomic<bool> go_on{false};
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        ++running;
        while (!go_on) std::this_thread::yield();
        return ask_token_endpoint(call, request);
    };
    grant_next("t1");
    const auto chat = connect();
    Wait wait;
    std::atomic<int> cancelled{0}, won{0};
    const auto count = [&](Result<AccessToken> token) {
        if (token) ++won;
        if (token.status() == Status::cancelled) ++cancelled;
    };
    chat.authorize_async(wait, count);
    chat.authorize_async({}, count);
    until_running();
    wait.cancellation.cancel();
    EXPECT_EQ(cancelled, 1);
    go_on = true;
    while (won == 0) std::this_thread::yield();
    host_->close();
    EXPECT_EQ(cancelled, 1);
    EXPECT_EQ(won, 1);
}

TEST_F(ClosingTest, AnAsynchronousCallEndsAtItsDeadline) {
    never_granted();
    const auto chat = connect();
    Wait wait;
    wait.deadline = clock->now() + std::chrono::seconds(1);
    std::atomic<int> late{0};
    chat.authorize_async(wait, [&](Result<AccessToken> token) {
        if (token.status() == Status::deadline) ++late;
    });
    until_running();
    clock->advance(std::chrono::seconds(2));
    while (late == 0) std::this_thread::yield();
    EXPECT_EQ(late, 1);
}

TEST_F(ClosingTest, ACachedTokenNeverBlocks) {
    const auto chat = connect();
    EXPECT_FALSE(chat.cached());
    EXPECT_TRUE(http->sent().empty());
}

}  // namespace
}  // namespace mcp_auth::host::testing
