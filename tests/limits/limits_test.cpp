// Issue 6, point 6: a plugin that misbehaves is contained as far as one process allows. Each line
// of the table is one misdeed in one function of a plugin that was loaded through its manifest.
#include "limits_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

struct Line {
    std::string where, deed;
    Status status = Status::internal;  // of the caller
    std::string says;                  // of the error's message; of an answer: its scope
};

const std::vector<Line> lines{
    // exceptions
    {"entry", "throw", Status::misconfigured, "let an exception out of its entry"},
    {"entry", "throw_int", Status::misconfigured, "let an exception out of its entry"},
    {"create", "throw", Status::internal, "let an exception out of \"create\""},
    {"create", "throw_int", Status::internal, "let an exception out of \"create\""},
    {"create", "throw_own", Status::internal, "let an exception out of \"create\""},
    {"extension", "throw", Status::internal, "let an exception out of \"extension\""},
    {"acquire", "throw", Status::internal, "it let an exception out"},
    {"acquire", "throw_int", Status::internal, "it let an exception out"},
    {"acquire", "throw_own", Status::internal, "it let an exception out"},
    {"acquire", "throw_after_answer", Status::internal, "it let an exception out"},
    {"assertion", "throw", Status::internal, "it let an exception out"},
    {"assertion", "throw_int", Status::internal, "it let an exception out"},
    {"assertion", "throw_after_answer", Status::internal, "it let an exception out"},
    {"destroy", "throw", Status::ok, ""},
    {"destroy", "throw_int", Status::ok, ""},
    // statuses, and what goes with them
    {"create", "status_77", Status::internal, "gave no reason"},
    {"create", "status_max", Status::internal, "gave no reason"},
    {"create", "ok_without", Status::internal, "no usable provider"},
    {"create", "wild_failure", Status::misconfigured, "ab[2J"},  // stripped
    {"extension", "hollow_role", Status::internal, "a role without its function"},
    {"extension", "no_role", Status::ok, ""},
    {"acquire", "status_77", Status::internal, "gave no reason"},
    {"acquire", "status_max", Status::internal, "gave no reason"},
    {"acquire", "ok_without", Status::internal, "without handing out exactly one token"},
    {"acquire", "ok_twice", Status::internal, "without handing out exactly one token"},
    {"acquire", "answer_and_fail", Status::internal, "it failed and yet handed out an answer"},
    {"acquire", "wild_failure", Status::unavailable, ""},
    {"acquire", "another_status", Status::internal, "not that of the failure it reported"},
    {"acquire", "no_reason_of_its_own", Status::invalid_argument, "client authentication"},
    {"assertion", "status_77", Status::internal, "gave no reason"},
    {"assertion", "ok_without", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "ok_twice", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "answer_and_fail", Status::internal, "it failed and yet handed out an answer"},
    // what is handed out
    {"acquire", "empty_answer", Status::internal, "without handing out exactly one token"},
    {"acquire", "null_text", Status::internal, "without handing out exactly one token"},
    {"acquire", "null_answer", Status::internal, "without handing out exactly one token"},
    {"acquire", "no_size", Status::internal, "without handing out exactly one token"},
    {"acquire", "huge_size", Status::ok, ""},
    {"acquire", "line_break", Status::protocol, "characters that no token may"},
    {"acquire", "not_utf8", Status::protocol, "characters that no token may"},
    {"acquire", "nul_in_answer", Status::protocol, "characters that no token may"},
    {"acquire", "strange_type", Status::protocol, "neither Bearer nor DPoP"},
    {"acquire", "long_answer", Status::internal, "more than 256 KiB"},
    {"acquire", "length_of_all_memory", Status::internal, "more than 256 KiB"},
    {"acquire", "expired_long_ago", Status::ok, ""},
    {"acquire", "never_expires", Status::ok, ""},
    {"assertion", "empty_answer", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "null_text", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "null_answer", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "no_size", Status::internal, "without handing out exactly one assertion"},
    {"assertion", "line_break", Status::protocol, "characters that no assertion may"},
    {"assertion", "not_utf8", Status::protocol, "characters that no assertion may"},
    {"assertion", "nul_in_answer", Status::protocol, "characters that no assertion may"},
    {"assertion", "long_answer", Status::internal, "more than 256 KiB"},
    {"assertion", "length_of_all_memory", Status::internal, "more than 256 KiB"},
    {"assertion", "expired_long_ago", Status::ok, ""},
    {"assertion", "never_expires", Status::ok, ""},
    // services: `internal` from each, and the plugin goes on
    {"create", "kept_call", Status::unavailable, "gave no reason"},
    {"acquire", "own_thread", Status::ok, "1-1-1-1"},
    {"acquire", "own_thread_answers", Status::internal, "without handing out exactly one token"},
    {"acquire", "invented_call", Status::ok, "1-1-1-1-1-1-1-1-1-1-1-1"},
    {"acquire", "bad_arguments", Status::ok, "1-1-1-1-1-1-1-1-1-1-0-9"},
    {"assertion", "own_thread", Status::ok, "1-1-1-1"},
    {"assertion", "own_thread_answers", Status::internal, "exactly one assertion"},
    {"assertion", "invented_call", Status::ok, "1-1-1-1-1-1-1-1-1-1-1-1"},
    {"assertion", "bad_arguments", Status::ok, "1-1-1-1-1-1-1-1-1-1-0-9"},
};

void print(const std::string& where, const std::string& deed, const std::string& caller,
           const char* verdict) {
    fmt::print("  {:<10} {:<22} {:<28} {}\n", where, deed, caller, verdict);
}
std::string name_of(Status status) {
    return std::string(to_string(status));
}

// That nobody else noticed: the other plugin's users, the host's end, the next host.
void expect_contained(LimitsHost& limits, const Deed& deed) {
    const auto good = limits.token("good");
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->value(), "good");
    limits.host.reset();
    const LimitsHost next({"nothing", "nowhere", deed.library});
    const auto token = next.token("bad");
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->value(), "t");
}

// A message is one line of printable text, and short.
void expect_harmless(const Error& error) {
    EXPECT_LE(error.message.size(), 2048u);
    for (const auto* text : {&error.message, &error.description, &error.oauth_error}) {
        EXPECT_EQ(text->find_first_of("\n\r\x1b"), std::string::npos);
        EXPECT_EQ(text->find("secret-canary"), std::string::npos);
    }
}

void expect_line(const Line& line, const std::string& library) {
    SCOPED_TRACE(line.where + ": " + line.deed);
    const Deed deed{line.deed, line.where, library};
    LimitsHost limits(deed);
    const auto answer = limits.ask(line.where);
    EXPECT_EQ(answer.status(), line.status) << (answer ? "" : answer.error().message);
    if (answer) {
        EXPECT_EQ(*answer, line.says);
    } else {
        expect_harmless(answer.error());
        EXPECT_NE(answer.error().message.find(line.says), std::string::npos)
            << answer.error().message;
    }
    expect_contained(limits, deed);
    print(line.where, line.deed, name_of(answer.status()),
          ::testing::Test::HasFailure() ? "WRONG" : "contained");
}

TEST(LimitsOfAPlugin, AMisdeedIsTheCallersErrorAndNobodyElses) {
    fmt::print("  {:<10} {:<22} {:<28}\n", "where", "misdeed", "the caller gets");
    for (const auto& line : lines) expect_line(line, MISBEHAVING);
    fmt::print("  tried {}, contained {}\n", lines.size(), HasFailure() ? 0 : lines.size());
}

#ifdef MISBEHAVING_LIBCXX
TEST(LimitsOfAPlugin, AnExceptionOfAnotherStandardLibraryIsContainedToo) {
    for (const auto& line : lines)
        if (line.deed.starts_with("throw")) expect_line(line, MISBEHAVING_LIBCXX);
}
#endif

// peer/1 runs the other one inline: what it does ends there, and its caller goes on as itself.
TEST(LimitsOfAPlugin, APeersMisdeedIsTheFailureOfThatServiceAlone) {
    for (const std::string deed : {"throw", "throw_int", "throw_after_answer", "status_77",
                                   "ok_without", "ok_twice", "long_answer", "own_thread_answers"}) {
        SCOPED_TRACE(deed);
        LimitsHost limits({deed, "assertion"});
        const auto answer = limits.ask("peer");
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(*answer, "1-0");
        expect_contained(limits, {});
        print("peer", deed, "internal from the service", "contained");
    }
}

TEST(LimitsOfAPlugin, ACallThatIsOverIsRefusedWhileAnotherRuns) {
    const LimitsHost limits({"kept_call", "acquire"});
    ASSERT_TRUE(limits.token("bad", {}, "alice"));
    const auto bob = limits.token("bad", {}, "bob");  // in whose call alice's is used
    ASSERT_TRUE(bob) << bob.error().message;
    EXPECT_EQ(bob->scope(), "1-1-1-1");
    print("acquire", "another's call", "ok", "contained");
}

TEST(LimitsOfAPlugin, AnAnswerToACallThatIsOverGoesNowhere) {
    const LimitsHost limits({"late_answer", "acquire"});
    ASSERT_TRUE(limits.token("bad", {}, "alice"));
    const auto bob = limits.token("bad", {}, "bob");
    ASSERT_TRUE(bob) << bob.error().message;  // else it would have handed out two
    print("acquire", "answers another's call", "ok", "contained");
}

TEST(LimitsOfAPlugin, ACallIsRefusedWhenItsProviderIsDestroyed) {
    LimitsHost limits({"kept_call", "destroy"});
    ASSERT_TRUE(limits.token("bad"));
    limits.host.reset();
    EXPECT_EQ(limits.told.read(7), "1-1-1-1");
    print("destroy", "an ended call", "", "contained");
}

TEST(LimitsOfAPlugin, AThreadThatItLeavesIsRefusedWhenTheHostIsGone) {
    LimitsHost limits({"leave_a_thread", "acquire"});
    ASSERT_TRUE(limits.token("bad"));
    limits.host.reset();
    limits.go.write('g');
    EXPECT_EQ(limits.told.read(7), "1-1-1-1");
    print("acquire", "a thread after the host", "ok", "contained");
}

// A caller waits for as long as it said, whatever the plugin does; a thread of the pool is gone for
// so long.
TEST(LimitsOfAPlugin, OneThatOverrunsItsDeadlineKeepsNoCaller) {
    for (const std::string where : {"acquire", "assertion"}) {
        LimitsHost limits({"overrun", where});
        Result<std::string> answer = Error{};
        std::thread caller([&] { answer = limits.ask(where); });
        EXPECT_EQ(limits.told.read(1), "i");
        const auto good = limits.token("good");  // meanwhile
        EXPECT_TRUE(good) << good.error().message;
        limits.clock->advance(std::chrono::seconds(61));
        caller.join();
        EXPECT_EQ(answer.status(), Status::deadline);
        limits.go.write('g');
        expect_contained(limits, {});
        print(where, "overruns its deadline", name_of(answer.status()), "contained");
    }
}

TEST(LimitsOfAPlugin, TheLateAnswerForAUserWhoHasSignedOutIsDropped) {
    LimitsHost limits({"overrun", "acquire"});
    const auto connection = limits.host->connection("https://bad.example/mcp");
    const auto alice = limits.host->user("alice", {});
    Wait wait;
    wait.user = alice;
    Result<AccessToken> answer = Error{};
    std::thread caller([&] { answer = connection->token(wait); });
    EXPECT_EQ(limits.told.read(1), "i");
    alice.sign_out();
    limits.go.write('g');
    caller.join();
    EXPECT_EQ(answer.status(), Status::cancelled);
    EXPECT_FALSE(connection->cached(alice));
    print("acquire", "answers after a sign-out", name_of(answer.status()), "contained");
}

// Without threads to spare, those that never come back would be the end of everybody's.
TEST(LimitsOfAPlugin, OnesThatOverrunLeaveThreadsForOthers) {
    constexpr unsigned threads = 1;
    LimitsHost limits({"overrun", "acquire"}, threads);
    const auto bad = limits.host->connection("https://bad.example/mcp");
    std::atomic<unsigned> released{0};
    const auto ask_for = [&](unsigned user) {
        Wait wait;
        wait.user = limits.host->user("user" + std::to_string(user), {});
        bad->authorize_async(wait, [&](const Result<AccessToken>& token) {
            EXPECT_EQ(token.status(), Status::deadline);
            ++released;
        });
    };
    for (unsigned user = 0; user < threads; ++user) ask_for(user);
    EXPECT_EQ(limits.told.read(threads), std::string(threads, 'i'));
    limits.clock->advance(std::chrono::seconds(61));
    while (released < threads) std::this_thread::yield();
    limits.clock->advance(std::chrono::seconds(10));
    const auto good = limits.token("good");  // by a thread in the place of one that overruns
    EXPECT_TRUE(good) << good.error().message;
    // And no more of them are begun: this one is told so at once.
    const auto refused = limits.token("bad", {}, "one more");
    EXPECT_EQ(refused.status(), Status::unavailable);
    EXPECT_NE(refused.error().message.find("do not come back"), std::string::npos)
        << refused.error().message;
    for (unsigned i = 0; i < threads; ++i) limits.go.write('g');
    expect_contained(limits, {});
    print("acquire", "overruns on every thread", "deadline, then unavailable", "contained");
}

}  // namespace
}  // namespace mcp_auth::host::testing
