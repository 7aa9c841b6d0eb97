// Plugins that do not come back when their time is up (P21): what becomes of the pool's threads, of
// other plugins' calls and of their own later ones.
#include "core/race_fixture.hpp"
#include "limits_fixture.hpp"
#include "worker_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

constexpr std::chrono::seconds grace{6};  // and a little

// Calls that begin and do not come back, of users of their own; their callers have gone by then.
class Overrun {
public:
    Overrun(const Deed& deed, unsigned threads) : limits(deed, threads) {}
    ~Overrun() { come_back(); }
    Overrun(const Overrun&) = delete;
    Overrun& operator=(const Overrun&) = delete;

    void begin(const std::string& name, unsigned count, const std::string& scope = {}) {
        const auto connection = limits.host->connection("https://" + name + ".example/mcp");
        ASSERT_TRUE(connection);
        for (unsigned i = 0; i < count; ++i) {
            Wait wait;
            wait.user = limits.host->user("user" + std::to_string(++users_), {});
            wait.scope = scope;
            connection->authorize_async(wait, [](const Result<AccessToken>&) {});
        }
        until_begun(count);
    }
    // Renewals in the background, of tokens that callers got and still use.
    void begin_renewals(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            const auto token = limits.token("bad", {}, "user" + std::to_string(++users_));
            ASSERT_TRUE(token) << token.error().message;
        }
        limits.clock->advance(std::chrono::seconds(241));  // of 300
        until_begun(count);
    }
    void until_begun(unsigned count) {
        EXPECT_EQ(limits.told.read(count), std::string(count, 'i'));
        begun_ += count;
    }
    // What has begun is overdue from here, and waits alone are over.
    void pass_their_time() { limits.clock->advance(std::chrono::seconds(60) + grace); }
    void come_back() {
        for (; begun_ > 0; --begun_) limits.go.write('g');
    }
    // Of a user who has not asked before.
    Result<AccessToken> ask(const std::string& name, const std::string& scope = {},
                            bool interaction = false) {
        return limits.token(name, scope, "user" + std::to_string(++users_), interaction);
    }
    void until_refused(const std::string& name) {
        while (ask(name).status() != Status::unavailable) std::this_thread::yield();
    }
    void until_served(const std::string& name) {
        while (!ask(name)) std::this_thread::yield();
    }

    LimitsHost limits;

private:
    unsigned users_ = 0, begun_ = 0;
};

void expect_refused(const Result<AccessToken>& answer) {
    ASSERT_EQ(answer.status(), Status::unavailable);
    EXPECT_NE(answer.error().message.find("\"misbehaving\" do not come back"), std::string::npos)
        << answer.error().message;
}
void expect_served(const Result<AccessToken>& answer) {
    EXPECT_TRUE(answer) << answer.error().message;
}

std::size_t threads_of_this_process() {
    const std::filesystem::directory_iterator all("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Each provider of it has had its share, else.
TEST(OverrunningPlugin, TwoProvidersOfOneThatHangsAreOnePlugin) {
    Overrun overrun({"overrun", "acquire"}, 2);
    overrun.begin("bad", 2);
    overrun.pass_their_time();
    expect_served(overrun.ask("good"));  // by a thread in the place of one of them
    expect_refused(overrun.ask("bad"));
    expect_refused(overrun.ask("worse"));
    expect_served(overrun.ask("good"));
}

TEST(OverrunningPlugin, OnceOneIsOverdueThoseThatStillRunCountToo) {
    Overrun overrun({"overrun", "acquire"}, 4);
    overrun.begin("bad", 1);
    overrun.limits.clock->advance(std::chrono::seconds(30));
    overrun.begin("bad", 3);
    overrun.limits.clock->advance(std::chrono::seconds(30) + grace);
    expect_served(overrun.ask("good"));  // by the thread in the place of the first
    expect_refused(overrun.ask("bad"));
    expect_refused(overrun.ask("worse"));
    expect_served(overrun.ask("good"));
}

// Somebody waits for these, and nobody for those.
TEST(OverrunningPlugin, RenewalsThatHangTakeNoCallersPlace) {
    Overrun overrun({"overrun_at_times", "acquire"}, 2);
    overrun.begin_renewals(2);
    overrun.pass_their_time();
    expect_served(overrun.ask("good"));
    expect_served(overrun.ask("bad"));
    expect_served(overrun.ask("worse"));
}

TEST(OverrunningPlugin, CallsThatHangAreNoReasonToRefuseOneThatMayOpenABrowser) {
    Overrun overrun({"overrun_at_times", "acquire", MISBEHAVING, true}, 2);
    overrun.begin_renewals(1);
    overrun.begin("bad", 1, "hang");
    overrun.pass_their_time();
    overrun.until_refused("bad");
    expect_served(overrun.ask("bad", {}, true));
}

// As many as the pool has threads, once in the background and once for callers.
TEST(OverrunningPlugin, OnesThatHangInTheBackgroundAndForCallersLeaveThreadsForOthers) {
    Overrun overrun({"overrun_at_times", "acquire"}, 1);
    overrun.begin_renewals(1);
    overrun.pass_their_time();
    overrun.begin("bad", 1, "hang");
    overrun.pass_their_time();
    expect_served(overrun.ask("good"));
    expect_refused(overrun.ask("bad"));
}

TEST(OverrunningPlugin, OneThatRecoversIsUsedAgainAndThePoolDoesNotGrow) {
    Overrun overrun({"overrun_at_times", "acquire"}, 2);
    std::size_t after_first = 0;
    for (int wave = 0; wave < 3; ++wave) {  // in less than the life of a token, which it renews
        overrun.begin("bad", 2, "hang");
        overrun.pass_their_time();
        expect_served(overrun.ask("good"));
        overrun.until_refused("bad");
        overrun.come_back();
        overrun.until_served("bad");
        overrun.until_served("worse");
        if (wave == 0) after_first = threads_of_this_process();
    }
    // Of two that are lent the first time one may not be needed; two more each time would be four.
    EXPECT_LE(threads_of_this_process(), after_first + 2);
}

// A thread that was lent is there still when it is taken back, and must not be used.
TEST(OverrunningPlugin, APoolThatHasItsThreadBackRunsNoMoreAtOnceThanBefore) {
    WorkerPool pool(1);
    Barrier both;
    both.close();
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.submit([&] { both.pass(); }));
    both.until_arrived(1);
    pool.lend();
    both.until_arrived(2);
    pool.take_back();
    both.open();
    std::atomic<int> running{0}, most{0}, ended{0};
    for (int i = 0; i < 500; ++i) {
        EXPECT_TRUE(pool.submit([&] {
            most = std::max(most.load(), ++running);
            std::this_thread::yield();
            --running;
            ++ended;
        }));
    }
    while (ended < 500) std::this_thread::yield();
    EXPECT_EQ(most, 1);
}

// peer/1: the one who hangs is the peer, and not the one who asked it.
TEST(OverrunningPlugin, APeerThatHangsIsNotHeldAgainstTheOneWhoAsks) {
    Overrun overrun({"overrun", "assertion"}, 2);
    overrun.begin("good", 2, "peer");
    overrun.pass_their_time();
    expect_served(overrun.ask("good"));
    Result<AccessToken> answer = Error{};
    do {  // until both are overdue
        answer = overrun.ask("good", "peer");
        ASSERT_TRUE(answer) << answer.error().message;
    } while (answer->scope() != "6-0");
    overrun.come_back();
}

// A caller without a deadline of its own has one thing left to say.
TEST(OverrunningPlugin, ACancelledOneWithoutDeadlineIsOverdueToo) {
    Overrun overrun({"overrun", "assertion"}, 1);
    Wait wait;
    wait.deadline = Deadline::max();
    Result<Assertion> answer = Error{};
    std::thread caller([&] { answer = overrun.limits.assertion(wait); });
    overrun.until_begun(1);
    wait.cancellation.cancel();
    caller.join();
    EXPECT_EQ(answer.status(), Status::cancelled);
    overrun.limits.clock->advance(grace);
    expect_served(overrun.ask("good"));
    const auto refused = overrun.limits.assertion();
    EXPECT_EQ(refused.status(), Status::unavailable);
}

TEST(OverrunningPlugin, AfterASignOutItHasItsGraceAndNotItsDeadline) {
    Overrun overrun({"overrun", "acquire"}, 1);
    overrun.begin("bad", 1);
    overrun.limits.host->user("user1", {}).sign_out();
    overrun.limits.clock->advance(grace);
    expect_served(overrun.ask("good"));
    expect_refused(overrun.ask("bad"));
}

// An assertion that waits for the pool's one thread until its caller has gone.
class AnAssertionInTheQueue : public CoreTest {
protected:
    AnAssertionInTheQueue() {
        threads = 1;
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest&) {
            thread_.pass();
            return Result<plugin::Token>(plugin::Token{call.keep("t"), "Bearer", {}, 0});
        };
        grant.assertion = [this](plugin::Call& call, const plugin::AssertionRequest&) {
            ++ran_;
            return Result<plugin::Assertion>(
                plugin::Assertion{call.keep("jag"), MCP_AUTH_TYPE_ID_JAG, {}, {}, 0});
        };
    }
    // `leave` makes its caller give up; the pool is free after that.
    template <class Leave>
    Status left_by(const Wait& wait, Leave leave) {
        thread_.close("");
        const auto chat = connect();
        chat.authorize_async({}, [](const Result<AccessToken>&) {});
        thread_.until_arrived();
        std::promise<Status> ended;
        std::thread caller([&] {
            ended.set_value(
                chat.assertion({issuer, "https://mcp.example/mcp", {}, {}}, wait).status());
        });
        clock->block_until_waiting();
        auto status = ended.get_future();
        leave();
        caller.join();
        thread_.open();
        Wait next;  // after it in the queue
        next.user = host_->user("alice", {});
        EXPECT_TRUE(chat.token(next));
        return status.get();
    }
    Barrier thread_;
    std::atomic<int> ran_{0};
};

TEST_F(AnAssertionInTheQueue, IsNotBegunWhenItsTimeIsUp) {
    Wait wait;
    wait.deadline = clock->now() + std::chrono::seconds(10);
    EXPECT_EQ(left_by(wait, [&] { clock->advance(std::chrono::seconds(10)); }), Status::deadline);
    EXPECT_EQ(ran_, 0);
}

TEST_F(AnAssertionInTheQueue, IsNotBegunWhenItsCallerHasCancelled) {
    Wait wait;
    EXPECT_EQ(left_by(wait, [&] { wait.cancellation.cancel(); }), Status::cancelled);
    EXPECT_EQ(ran_, 0);
}

}  // namespace
}  // namespace mcp_auth::host::testing
