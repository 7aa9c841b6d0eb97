// What lands under a key is what the key says: its scope, its user's presence (H4, issue 3 point
// 7).
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class KeyRaceTest : public RaceTest {};

TEST_F(KeyRaceTest, ACallerWhoNamedAScopeNeverGetsAStepUpsToken) {
    Barrier discovery;
    discovery.open();
    auto held = std::make_shared<ScriptedTransport>();
    held->on("GET", resource_url).always().answer([&](const HttpRequest&, const Bounds&) {
        discovery.pass();
        HttpResponse response;
        response.status = 200;
        response.body = R"({"resource": "https://mcp.example/mcp",
                            "authorization_servers": ["https://auth.example"]})";
        response.headers = {{"Content-Type", "application/json"}};
        return Result<HttpResponse>(response);
    });
    held->on("GET", issuer_url).always().json(200, R"({"issuer": "https://auth.example",
                       "token_endpoint": "https://auth.example/token"})");
    http = held;
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user)), (void)chat.token(as(user, "admin read"));
        auto step_up = chat.request(user), refused = chat.request(user);
        (void)step_up.authorize("POST", server), (void)refused.authorize("POST", server);
        ASSERT_TRUE(refused.again(401, unauthorized()));
        std::string named;
        discovery.close();
        {
            Together together;
            together.run([&] { (void)refused.authorize("POST", server); });
            together.begin();
            discovery.until_arrived();
            together.run([&] { named = text(chat.token(as(user, "read"))); });
            waits->until_waiting(2);
            EXPECT_TRUE(step_up.again(403, insufficient("admin")));
            EXPECT_TRUE(step_up.authorize("POST", server));  // there already; now remembered
            discovery.open();
        }
        EXPECT_TRUE(named.starts_with(user.id() + "/read/")) << named;
        EXPECT_TRUE(text(chat.token(as(user, "read"))).starts_with(user.id() + "/read/"));
    }
}

TEST_F(KeyRaceTest, ASignOutEndsWhatIsStillWaitingForAThread) {
    threads = 1;
    const auto chat = connect();
    (void)chat.token(as(user("first")));
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto busy = this->user("busy");
        std::string ended;
        gate.close("busy");
        {
            Together together;
            together.run([&] { (void)chat.token(as(busy, "s" + std::to_string(i))); });
            together.begin();
            gate.until_arrived();
            together.run([&] { ended = text(chat.token(as(user))); });
            waits->until_waiting(2);
            user.sign_out();
            gate.open();
        }
        EXPECT_TRUE(ended.starts_with("(cancelled)")) << ended;
        EXPECT_FALSE(chat.cached(user));
        EXPECT_EQ(acquired(user.id()), 0);  // its assertion was not even used
    }
}

TEST_F(KeyRaceTest, OfTwoStepsUpAtOnceBothAreRemembered) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user));
        auto one = chat.request(user), two = chat.request(user);
        (void)one.authorize("POST", server), (void)two.authorize("POST", server);
        ASSERT_TRUE(one.again(403, insufficient("admin")));
        ASSERT_TRUE(two.again(403, insufficient("write")));
        {
            Together together;
            together.run([&] { (void)one.authorize("POST", server); });
            together.run([&] { (void)two.authorize("POST", server); });
        }
        EXPECT_TRUE(text(chat.token(as(user))).starts_with(user.id() + "/admin+read+write/"));
    }
}

TEST_F(KeyRaceTest, EveryCallOfCloseReturnsWhenAllIsOver) {
    for (int i = 0; i < 100 && !HasFailure(); ++i) {
        const auto chat = connect();
        const auto user = nth_user(i);
        std::atomic<bool> over{false};
        gate.close(user.id());
        chat.authorize_async(as(user), [&](Result<AccessToken>) { over = true; });
        gate.until_arrived();
        std::atomic<int> early{0};
        {
            Together together;
            for (int n = 0; n < 2; ++n) {
                together.run([&] {
                    host_->close();
                    if (!over) ++early;
                });
            }
            together.begin();
            while (host_->connection(server)) std::this_thread::yield();
            for (int n = 0; n < 100; ++n) std::this_thread::yield();
            gate.open();
        }
        EXPECT_EQ(early, 0);
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
