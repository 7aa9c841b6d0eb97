// One acquisition for any number of callers; giving up disturbs nobody (design.md, Rules).
#include "core_fixture.hpp"

#include <condition_variable>

namespace mcp_auth::host::testing {
namespace {

// Lets a test hold an acquisition in the middle.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void until_arrived(int count = 1) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= count; });
    }
    int arrived() {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

class SharingTest : public CoreTest {
protected:
    SharingTest() {
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            gate.pass();
            return ask_token_endpoint(call, request);
        };
    }
    Gate gate;
};

TEST_F(SharingTest, ManyCallersCauseOneAcquisition) {
    grant_next("t1");
    const auto chat = connect();
    std::atomic<int> won{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&] {
            const auto token = chat.token();
            if (token && token->value() == "t1") ++won;
        });
    }
    gate.until_arrived();
    gate.open();
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(won, 16);
    EXPECT_EQ(acquisitions(), 1U);
    EXPECT_EQ(discoveries(), 1U);
}

TEST_F(SharingTest, CancellingTheFirstCallerLeavesTheOthers) {
    grant_next("t1");
    const auto chat = connect();
    Wait first;
    std::optional<Result<AccessToken>> cancelled, other;
    std::thread one([&] { cancelled.emplace(chat.token(first)); });
    gate.until_arrived();
    std::thread two([&] { other.emplace(chat.token()); });
    first.cancellation.cancel();
    one.join();
    EXPECT_EQ(cancelled->status(), Status::cancelled);
    gate.open();
    two.join();
    ASSERT_TRUE(other->ok());
    EXPECT_EQ((*other)->value(), "t1");
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(SharingTest, ACallersDeadlineIsItsOwn) {
    grant_next("t1");
    const auto chat = connect();
    Wait brief;
    brief.deadline = clock->now() + std::chrono::seconds(1);
    std::optional<Result<AccessToken>> late;
    std::thread one([&] { late.emplace(chat.token(brief)); });
    gate.until_arrived();
    clock->advance(std::chrono::seconds(2));
    one.join();
    EXPECT_EQ(late->status(), Status::deadline);
    gate.open();
    const auto token = chat.token();  // the acquisition went on
    ASSERT_TRUE(token);
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(SharingTest, AFailureIsSharedByThoseWhoWaitedAndTheNextTriesAnew) {
    http->on("POST", token_url).json(400, R"({"error": "invalid_scope"})");
    grant_next("t1");
    const auto chat = connect();
    std::atomic<int> denied{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            if (chat.token().status() == Status::denied) ++denied;
        });
    }
    gate.until_arrived();
    // Each caller that comes after the failure tries anew, so only those who joined are counted.
    gate.open();
    for (auto& caller : callers) caller.join();
    EXPECT_GE(denied, 1);
    EXPECT_TRUE(chat.token());
}

TEST_F(SharingTest, DiscoveryAndGrantShareOneLimit) {
    gate.open();
    const auto began = clock->now();
    Deadline discovery_ends, grant_ends;
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/slow")
        .answer([&](const HttpRequest&, const Bounds& bounds) {
            discovery_ends = bounds.deadline;
            clock->advance(std::chrono::seconds(40));
            HttpResponse response;
            response.status = 200;
            response.headers = {{"Content-Type", "application/json"}};
            response.body = R"({"resource": "https://mcp.example/slow",
                                "authorization_servers": ["https://auth.example"]})";
            return Result<HttpResponse>(response);
        });
    http->on("POST", token_url).answer([&](const HttpRequest&, const Bounds& bounds) {
        grant_ends = bounds.deadline;
        return Result<HttpResponse>(Error(Status::denied, "", "stop here"));
    });
    configuration.replace(configuration.find("https://mcp.example/mcp"), 23,
                          "https://mcp.example/slow");
    host_.emplace(open());
    const auto chat = host_->connection("https://mcp.example/slow");
    ASSERT_TRUE(chat);
    Wait patient;
    patient.deadline = began + std::chrono::hours(1);
    EXPECT_EQ(chat->token(patient).status(), Status::denied);
    EXPECT_EQ(discovery_ends, grant_ends);
    EXPECT_LE(grant_ends, began + std::chrono::seconds(60));
}

TEST_F(SharingTest, DifferentScopesAreDifferentTokens) {
    gate.open();
    grant_next("t1");
    grant_next("t2");
    const auto chat = connect();
    Wait wide;
    wide.scope = "write read";
    Wait same;
    same.scope = "read  write read";
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(chat.token(wide)->value(), "t2");
    EXPECT_EQ(chat.token(same)->value(), "t2");
    EXPECT_EQ(chat.token()->value(), "t1");
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(SharingTest, ABurstOf401sCausesOneAcquisition) {
    gate.open();
    grant_next("old");
    grant_next("new");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    std::vector<Request> calls;
    for (int i = 0; i < 8; ++i) {
        calls.push_back(chat.request());
        ASSERT_TRUE(calls.back().authorize("POST", server));
    }
    std::vector<std::thread> threads_running;
    std::atomic<int> fresh{0};
    for (auto& call : calls) {
        threads_running.emplace_back([&] {
            if (!call.again(401, unauthorized())) return;
            const auto headers = call.authorize("POST", server);
            if (headers && headers->at(0).second == "Bearer new") ++fresh;
        });
    }
    for (auto& thread : threads_running) thread.join();
    EXPECT_EQ(fresh, 8);
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(SharingTest, MoreColdKeysThanThreadsDoNotBlockEachOther) {
    gate.open();
    threads = 2;
    for (int i = 0; i < 32; ++i) grant_next("t");
    const auto chat = connect();
    std::atomic<int> won{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&, i] {
            Wait wait;
            wait.scope = "s" + std::to_string(i % 8);
            if (chat.token(wait)) ++won;
        });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(won, 16);
}

// One that cannot be begun soon is refused now: nobody waits in a queue without end, and who has a
// token is served all the while.
TEST_F(SharingTest, WhatFindsTheQueueFullIsUnavailableAtOnce) {
    constexpr std::size_t queue = 16'384;  // worker_pool.hpp
    threads = 1;
    const auto direct = grant.acquire;
    grant.acquire = ask_token_endpoint;
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());

    grant.acquire = direct;
    std::atomic<std::size_t> ended{0};
    const auto ask = [&](std::size_t n) {
        Wait wait;
        wait.user = host_->user("user-" + std::to_string(n), {});
        chat.authorize_async(wait, [&](const Result<AccessToken>&) { ++ended; });
    };
    ask(0);
    gate.until_arrived();
    for (std::size_t n = 1; n <= queue; ++n) ask(n);
    Wait wait;
    wait.user = host_->user("one more", {});
    const auto token = chat.token(wait);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().message, "too many acquisitions are waiting");
    const auto assertion = chat.assertion({"https://auth.example", "", ""}, wait);
    ASSERT_FALSE(assertion);
    EXPECT_EQ(assertion.status(), Status::unavailable);
    EXPECT_EQ(chat.token()->value(), "t1");
    EXPECT_EQ(ended, 0U);

    gate.open();
    host_->close();
    EXPECT_EQ(ended, queue + 1);  // nobody is left waiting
}

}  // namespace
}  // namespace mcp_auth::host::testing
