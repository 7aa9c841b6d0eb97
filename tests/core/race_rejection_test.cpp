// Issue 3, points 3 and 4: many callers, one acquisition; a rejection drops what it proves wrong
// and nothing else (protocol.md I3). Each race is played `repetitions` times.
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class RejectionRaceTest : public RaceTest {};

TEST_F(RejectionRaceTest, ABurstOf401sCausesOneAcquisition) {
    constexpr int burst = 6;
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        const auto old = text(chat.token(as(user)));
        std::vector<Request> calls;
        for (int n = 0; n < burst; ++n) {
            calls.push_back(chat.request(user));
            ASSERT_EQ(shown(calls.back().authorize("POST", server)), old);
        }
        gate.close(user.id());
        std::vector<std::string> fresh(burst);
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            for (std::size_t n = 0; n < burst; ++n) {
                together.run([&, n] {
                    if (calls[n].again(401, unauthorized()))
                        fresh[n] = shown(calls[n].authorize("POST", server));
                });
            }
            together.begin();
            waits->until_waiting(burst);  // all of them wait for the one that runs
            gate.open();
        });
        EXPECT_EQ(count, 1);
        EXPECT_NE(fresh[0], old);
        for (const auto& one : fresh) EXPECT_EQ(one, fresh[0]);
    }
}

TEST_F(RejectionRaceTest, ALate401NeverDropsTheNewToken) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        auto prompt = chat.request(user), late = chat.request(user);
        (void)chat.token(as(user));
        ASSERT_EQ(shown(prompt.authorize("POST", server)), shown(late.authorize("POST", server)));
        ASSERT_TRUE(prompt.again(401, unauthorized()));
        gate.close(user.id());
        std::string fresh;
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            together.run([&] { fresh = shown(prompt.authorize("POST", server)); });
            together.begin();
            gate.until_arrived();
            // The late answer comes at any moment of the other's landing.
            together.run([&] { (void)late.again(401, unauthorized()); });
            gate.open();
        });
        EXPECT_EQ(count, 1);
        EXPECT_EQ(text(chat.token(as(user))), fresh);
        EXPECT_EQ(shown(late.authorize("POST", server)), fresh);
    }
}

TEST_F(RejectionRaceTest, ARejectionDuringASoftRenewalJoinsIt) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        auto call = chat.request(user);
        const auto old = text(chat.token(as(user)));
        ASSERT_EQ(shown(call.authorize("POST", server)), old);
        gate.close(user.id());
        std::string renewing, rejected;
        const int count = acquisitions_of(user.id(), [&] {
            clock->advance(std::chrono::seconds(850));  // the timer may begin to renew from here
            Together together;
            together.run([&] { renewing = text(chat.token(as(user))); });
            together.run([&] {
                if (call.again(401, unauthorized()))
                    rejected = shown(call.authorize("POST", server));
            });
            together.begin();
            gate.until_arrived();
            waits->until_waiting(1);
            gate.open();
        });
        EXPECT_EQ(count, 1);
        EXPECT_NE(rejected, old);
        EXPECT_TRUE(renewing == old || renewing == rejected) << renewing;
        EXPECT_EQ(text(chat.token(as(user))), rejected);
    }
}

TEST_F(RejectionRaceTest, ASecond401IsFinalWhateverOthersDo) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        (void)chat.token(as(user));
        std::atomic<int> final_answers{0};
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            for (int n = 0; n < 3; ++n) {
                together.run([&] {
                    auto call = chat.request(user);
                    int tries = 0;
                    do {
                        (void)call.authorize("POST", server);
                        ++tries;
                    } while (call.again(401, unauthorized()) && tries < 10);
                    if (tries == 2 && call.error()->status == Status::denied) ++final_answers;
                });
            }
        });
        EXPECT_EQ(final_answers, 3);
        EXPECT_LE(count, 6);  // two refused tokens a request at most
    }
}

TEST_F(RejectionRaceTest, CancellingTheFirstWaiterLeavesTheOthers) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        auto first = as(user);
        std::string cancelled, other;
        gate.close(user.id());
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            together.run([&] { cancelled = text(chat.token(first)); });
            together.begin();
            gate.until_arrived();
            together.run([&] { other = text(chat.token(as(user))); });
            waits->until_waiting(2);
            together.run([&] { first.cancellation.cancel(); });
            gate.open();
        });
        EXPECT_EQ(count, 1);
        EXPECT_EQ(other, text(chat.token(as(user))));
        EXPECT_TRUE(cancelled == other || cancelled.starts_with("(cancelled)")) << cancelled;
    }
}

TEST_F(RejectionRaceTest, ADeadlineAndAnAnswerAtOnceIsOneOrTheOther) {
    const auto chat = connect();
    for (int i = 0; i < repetitions && !HasFailure(); ++i) {
        const auto user = nth_user(i);
        auto brief = as(user);
        brief.deadline = clock->now() + std::chrono::seconds(1);
        std::string ended;
        gate.close(user.id());
        const int count = acquisitions_of(user.id(), [&] {
            Together together;
            together.run([&] { ended = text(chat.token(brief)); });
            together.begin();
            gate.until_arrived();
            waits->until_waiting(1);
            together.run([&] { clock->advance(std::chrono::seconds(1)); });
            gate.open();
        });
        const auto after = text(chat.token(as(user)));  // the acquisition went on
        EXPECT_TRUE(ended == after || ended.starts_with("(deadline)")) << ended;
        EXPECT_EQ(count, 1);
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
