// Issue 3, points 5, 7 and 9: users who change or leave, steps up, and the end of the host, at the
// worst moment. Each race is played `repetitions` times.
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class UserRaceTest : public RaceTest {};

TEST_F(UserRaceTest, ATokenThatLandsWhileItsUserSignsOutIsNotKept) {
    grant.acquire = [this](plugin::Call& call,
                           const plugin::TokenRequest& request) -> Result<plugin::Token> {
        const auto kept = call.load("mcp", "kept");
        if (!kept) return kept.error();
        const std::string left(*kept);
        auto token = grant_of(call, request);
        (void)call.save("mcp", "kept", "from before", 0);
        if (token) token->scope = left.empty() ? "clean" : "left";
        return token;
    };
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        std::string ended;
        gate.close(user.id());
        {
            Together together;
            together.run([&] { ended = text(chat.token(as(user))); });
            together.begin();
            gate.until_arrived();
            together.run([&] { user.sign_out(); });
            gate.open();
        }
        EXPECT_FALSE(chat.cached(user)) << ended;
        EXPECT_TRUE(ended.starts_with(user.id()) || ended.starts_with("(cancelled)")) << ended;
        const auto next = chat.token(as(user));
        ASSERT_TRUE(next) << next.error().message;
        EXPECT_NE(text(next), ended);
        EXPECT_EQ(next->scope(), "clean");
    }
}

TEST_F(UserRaceTest, AnotherSubjectDuringAnAcquisitionLeavesNothingOfTheFormer) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto changed = std::make_shared<std::atomic<bool>>(false);
        const auto tag = std::to_string(i);
        const auto user = host_->user(
            "desk" + tag, source([changed, tag] { return (*changed ? "bob" : "alice") + tag; }));
        ASSERT_TRUE(text(chat.token(as(user))).starts_with("alice" + tag + "/"));
        gate.close("alice" + tag);
        {
            Together together;  // begun as alice, over when bob sits there
            together.run([&] { (void)chat.token(as(user, "one")); });
            together.begin();
            gate.until_arrived();
            together.run([&] {
                *changed = true;
                (void)chat.token(as(user, "two"));
            });
            gate.open();
        }
        *changed = true;
        // Whatever was noticed when, the first acquisition as bob ends all that was alice's.
        const auto third = text(chat.token(as(user, "three")));
        EXPECT_TRUE(third.starts_with("bob" + tag + "/")) << third;
        for (const auto* scope : {"", "one", "two"}) {
            const auto token = text(chat.token(as(user, scope)));
            EXPECT_TRUE(token.starts_with("bob" + tag + "/")) << scope << ": " << token;
        }
    }
}

TEST_F(UserRaceTest, AnAssertionFromBeforeAChangeOfUserCausesNoThirdGeneration) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto tag = std::to_string(i);
        // Alice's assertion was on its way when bob's arrived; bob's is what the source has since.
        const auto asked = std::make_shared<std::atomic<int>>(0);
        const auto on_its_way = std::make_shared<Barrier>();
        const auto user = host_->user("desk" + tag, source([asked, on_its_way, tag] {
                                          if (const int n = (*asked)++; n != 1)
                                              return (n == 0 ? "alice" : "bob") + tag;
                                          on_its_way->pass();
                                          return "alice" + tag;
                                      }));
        ASSERT_TRUE(text(chat.token(as(user))).starts_with("alice" + tag + "/"));
        std::string late;
        {
            Together together;
            together.run([&] { late = text(chat.token(as(user, "late"))); });
            together.begin();
            on_its_way->until_arrived();
            EXPECT_TRUE(text(chat.token(as(user, "prompt"))).starts_with("bob" + tag + "/"));
            on_its_way->open();
        }
        EXPECT_TRUE(late.starts_with("bob" + tag + "/") || late.starts_with("(cancelled)")) << late;
        const int count =
            acquisitions_of("bob" + tag, [&] { (void)chat.token(as(user, "after")); });
        EXPECT_EQ(count, 1);
    }
}

TEST_F(UserRaceTest, TwoStepsUpAtOnceBothGetWhatTheyWereAskedFor) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user));
        std::string admin, write;
        const auto step_up = [&](const char* scope, std::string& token) {
            auto call = chat.request(user);
            (void)call.authorize("POST", server);
            if (call.again(403, insufficient(scope))) token = shown(call.authorize("POST", server));
        };
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            together.run([&] { step_up("admin", admin); });
            together.run([&] { step_up("write", write); });
        });
        EXPECT_LE(count, 2);
        EXPECT_NE(admin.find("admin"), std::string::npos) << admin;
        EXPECT_NE(write.find("write"), std::string::npos) << write;
    }
}

TEST_F(UserRaceTest, ClosingCompletesEachAsynchronousCallOnceWhateverLands) {
    constexpr int calls = 4;
    threads = 2;
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto chat = connect();
        const auto user = nth_user(i);
        std::atomic<int> completed{0}, strange{0};
        gate.close(user.id());
        for (int n = 0; n < calls; ++n) {
            chat.authorize_async(as(user, n % 2 == 0 ? "" : "other"),
                                 [&](Result<AccessToken> token) {
                                     ++completed;
                                     if (!token && token.status() != Status::cancelled) ++strange;
                                 });
        }
        {
            Together together;
            together.run([&] { gate.open(); });
            together.run([&] { host_->close(); });
        }
        EXPECT_EQ(completed, calls);
        EXPECT_EQ(strange, 0);
        EXPECT_EQ(chat.token(as(user)).status(), Status::cancelled);
    }
}

TEST_F(UserRaceTest, AnAsynchronousCallEndsOnceOfAnswerCancellationAndDeadline) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        auto wait = as(nth_user(i));
        wait.deadline = clock->now() + std::chrono::seconds(1);
        std::atomic<int> completed{0};
        gate.close(wait.user->id());
        chat.authorize_async(wait, [&](Result<AccessToken>) { ++completed; });
        gate.until_arrived();
        {
            Together together;
            together.run([&] { gate.open(); });
            together.run([&] { wait.cancellation.cancel(); });
            together.run([&] { clock->advance(std::chrono::seconds(1)); });
        }
        (void)chat.token(as(*wait.user));  // what ran has landed
        while (completed == 0) std::this_thread::yield();
        EXPECT_EQ(completed, 1);
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
