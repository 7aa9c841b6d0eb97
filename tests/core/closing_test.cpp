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
    for (;; std::this_thread::yield()) {
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
    while (cancelled == 0) std::this_thread::yield();
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

TEST_F(ClosingTest, AnAsynchronousCallIsNotCompletedOnTheThreadThatMakesIt) {
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    std::atomic<bool> done{false};
    std::thread::id where, called_executor;
    chat.authorize_async(
        {},
        [&](const Result<AccessToken>&) {
            where = std::this_thread::get_id();
            done = true;
        },
        [&](const std::function<void()>& task) {  // one that hands nothing on
            called_executor = std::this_thread::get_id();
            task();
        });
    while (!done) std::this_thread::yield();
    EXPECT_NE(where, std::this_thread::get_id());
    EXPECT_EQ(where, called_executor);
}

TEST_F(ClosingTest, AnAsynchronousCallIsNotCompletedOnTheThreadThatCancelsIt) {
    never_granted();
    const auto chat = connect();
    Wait wait;
    std::atomic<bool> done{false};
    std::thread::id where;
    chat.authorize_async(wait, [&](const Result<AccessToken>&) {
        where = std::this_thread::get_id();
        done = true;
    });
    until_running();
    wait.cancellation.cancel();
    while (!done) std::this_thread::yield();
    EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(ClosingTest, ACompletionThatBlocksHoldsUpNeitherTimersNorAcquisitions) {
    never_granted();
    const auto chat = connect();
    Wait wait;
    wait.deadline = clock->now() + std::chrono::seconds(1);
    std::atomic<bool> blocked{false}, go_on{false}, late{false};
    chat.authorize_async(wait, [&](const Result<AccessToken>&) {
        blocked = true;
        while (!go_on) std::this_thread::yield();
    });
    until_running();
    clock->advance(std::chrono::seconds(2));
    while (!blocked) std::this_thread::yield();  // by the timer; it must not be stuck there
    wait.deadline = clock->now() + std::chrono::seconds(1);
    chat.authorize_async(wait, [&](const Result<AccessToken>&) { late = true; });
    clock->advance(std::chrono::seconds(2));
    while (!late) std::this_thread::yield();
    go_on = true;
    host_->close();  // what runs uses what stands here
}

TEST_F(ClosingTest, MoreCompletionsThatBlockThanThereAreThreadsHoldUpNoToken) {
    threads = 1;
    const auto chat = connect();
    std::atomic<bool> go_on{false};
    std::atomic<int> completed{0};
    constexpr int calls = 8;
    for (int i = 0; i < calls; ++i) {
        grant_next("t" + std::to_string(i));
        Wait wait;
        wait.scope = "s" + std::to_string(i);
        chat.authorize_async(wait, [&](const Result<AccessToken>& token) {
            EXPECT_TRUE(token);
            while (!go_on) std::this_thread::yield();
            ++completed;
        });
    }
    grant_next("last");
    EXPECT_EQ(chat.token()->value(), "last");
    go_on = true;
    host_->close();
    EXPECT_EQ(completed, calls);
}

TEST_F(ClosingTest, AClosedHostCompletesAtOnce) {
    const auto chat = connect();
    host_->close();
    Status status = Status::ok;
    chat.authorize_async({}, [&](const Result<AccessToken>& token) { status = token.status(); });
    EXPECT_EQ(status, Status::cancelled);
}

TEST_F(ClosingTest, ACachedTokenNeverBlocks) {
    const auto chat = connect();
    EXPECT_FALSE(chat.cached());
    EXPECT_TRUE(http->sent().empty());
}

}  // namespace
}  // namespace mcp_auth::host::testing
