// What a host owes a plugin (plugin_api/README.md) and no other test shows: H12 and H20.
#include "core/core_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

// Throws what is no std::exception, once it is told to, on the thread that told it.
class ThrowingClock final : public Clock {
public:
    explicit ThrowingClock(std::shared_ptr<ManualClock> manual) : manual_(std::move(manual)) {}
    void throws(bool on) { thread_ = on ? std::this_thread::get_id() : std::thread::id(); }

    std::int64_t wall() const override { return checked(), manual_->wall(); }
    Deadline now() const override { return checked(), manual_->now(); }
    void random(void* bytes, std::size_t size) override {
        checked();
        manual_->random(bytes, size);
    }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        manual_->wait(condition, lock, until);
    }

private:
    void checked() const {
        if (thread_.load() == std::this_thread::get_id()) throw 42;
    }
    std::shared_ptr<ManualClock> manual_;
    std::atomic<std::thread::id> thread_;
};

class ThrowingStore final : public Store {
public:
    Result<std::string> get(std::string_view, std::int64_t) override { throw 42; }
    Result<void> put(std::string_view, std::string_view, std::int64_t) override { throw 42; }
    Result<void> erase_prefix(std::string_view, std::string_view) override { return {}; }
    Result<std::shared_ptr<void>> lease(std::string_view, const Bounds&) override { throw 42; }
};

class WhatAHostOwes : public CoreTest {};

// H12: whatever the application's own parts throw.
TEST_F(WhatAHostOwes, NoExceptionReachesAPlugin) {
    const auto throwing = std::make_shared<ThrowingClock>(clock);
    hooked_clock = throwing;
    store = std::make_shared<ThrowingStore>();
    application_subject = [](std::string_view, const Bounds&) -> Result<SubjectAssertion> {
        throw 42;
    };
    http->on("POST", token_url)
        .answer([](const HttpRequest&, const Bounds&) -> Result<HttpResponse> { throw 42; });
    const std::string to = R"("plugin": "scripted", "clients")";
    configuration.replace(configuration.find(to), to.size(),
                          R"("plugin": "scripted",
                             "subject": {"type": "id_token", "from": "application"}, "clients")");
    std::vector<Status> seen;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        seen.push_back(call.load("mcp", "key").status());
        seen.push_back(call.save("mcp", "key", "value", 0).status());
        seen.push_back(call.lease("mcp", "key").status());
        seen.push_back(call.subject({MCP_AUTH_TYPE_ID_TOKEN}).status());
        seen.push_back(call.token_request("mcp", {{"grant_type", "x"}}).status());
        throwing->throws(true);
        seen.push_back(call.sleep(std::chrono::milliseconds(1)).status());
        (void)call.now();
        unsigned char bytes[16] = {};
        call.random(bytes, sizeof bytes);
        call.log(plugin::Level::info, "still here");
        throwing->throws(false);
        return plugin::Token{"t", "Bearer", {}, 0};
    };
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(seen, std::vector<Status>(6, Status::internal));
}

// H12: a role may take its time, and another thread of the application everything else: one that
// needs what this one holds would never come back.
TEST_F(WhatAHostOwes, NoLockIsHeldWhileARoleRuns) {
    std::atomic<bool> first{true};
    std::optional<Connection> chat;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        if (first.exchange(false)) {
            std::thread([&] {
                EXPECT_TRUE(host_->connection(server));
                const auto bob = host_->user("bob", {});
                Wait wait;
                wait.user = bob;
                EXPECT_TRUE(chat->token(wait));
                EXPECT_TRUE(chat->cached(bob));
                auto request = chat->request(bob);
                EXPECT_TRUE(request.authorize("POST", server));
                EXPECT_TRUE(request.again(401, unauthorized()));
                bob.sign_out();
                EXPECT_FALSE(chat->cached(bob));
                EXPECT_FALSE(host_->metrics().legs.empty());
                EXPECT_FALSE(host_->plugins().empty());
            }).join();
        }
        return plugin::Token{call.keep("t"), "Bearer", {}, 0};
    };
    chat = connect();
    EXPECT_TRUE(chat->token());
}

constexpr std::size_t owed = 256 * 1024;

// Uses all of what is owed, and asks the host for something from its end.
template <class Ask>
[[gnu::noinline]] auto at_the_end_of_the_stack(Ask ask) {
    volatile char stack[owed];
    for (std::size_t i = 0; i < owed; i += 1024) stack[i] = 1;
    auto answer = ask();
    stack[0] = stack[owed - 1];
    return answer;
}

// H20: and a peer, which runs inline, has as much.
TEST_F(WhatAHostOwes, ARoleHas256KibOfStackAndItsPeerToo) {
    grant.assertion = [](plugin::Call& call, const plugin::AssertionRequest&) {
        return at_the_end_of_the_stack([&] {
            EXPECT_TRUE(call.sleep(std::chrono::milliseconds(0)));
            return Result<plugin::Assertion>(
                plugin::Assertion{call.keep("jag"), MCP_AUTH_TYPE_ID_JAG, {}, {}, 0});
        });
    };
    grant.acquire = [](plugin::Call& call,
                       const plugin::TokenRequest& request) -> Result<plugin::Token> {
        return at_the_end_of_the_stack([&]() -> Result<plugin::Token> {
            EXPECT_TRUE(call.peer_assertion("peer", {}));
            return ask_token_endpoint(call, request);
        });
    };
    grant_next("t");
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
}

}  // namespace
}  // namespace mcp_auth::host::testing
