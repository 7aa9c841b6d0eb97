// That the load test would see what it looks for: each right outcome with one thing wrong.
#include "verdict.hpp"

#include "enterprise.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace mcp_auth::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;
constexpr Time issued{milliseconds(1'764'180'000'000)};

struct WrongToken {
    const char* name;
    std::function<void(Marks& marks, Handed& handed, Time& now)> spoil;
    const char* complaint;
};

// User 7 at r3 with s2, since the fifth sign-in.
std::vector<std::string> judged(const WrongToken& one) {
    Marks marks{{7, 3, 2}, 5, 1'764'180'000'000, 123};
    Handed handed{{7, 3, 2}, 5, {}, "s2", issued + seconds(token_life)};
    auto now = issued + seconds(1);
    one.spoil(marks, handed, now);
    if (handed.token.empty()) handed.token = marks.text();
    return wrong_with(handed, now);
}

TEST(VerdictOfLoad, ATokenThatIsRightIsRight) {
    EXPECT_EQ(judged({"", [](auto&, auto&, auto&) {}, ""}), std::vector<std::string>{});
    // Of a later sign-in than the call's, and one that lives its last second.
    EXPECT_EQ(judged({"", [](Marks& marks, auto&, auto&) { marks.generation = 6; }, ""}),
              std::vector<std::string>{});
    EXPECT_EQ(judged({"", [](auto&, auto&, Time& now) { now = issued + seconds(token_life); }, ""}),
              std::vector<std::string>{});
}

TEST(VerdictOfLoad, ATokenWithOneThingWrongIsComplainedOf) {
    const WrongToken wrong[] = {
        {"another user's", [](Marks& m, auto&, auto&) { m.key.user = 8; }, "user 7 asked for"},
        {"another server's", [](Marks& m, auto&, auto&) { m.key.resource = 4; }, "user 7 asked"},
        {"another scope's", [](Marks& m, auto&, auto&) { m.key.scope = 1; }, "user 7 asked for"},
        {"a scope that is not said", [](auto&, Handed& h, auto&) { h.scope = ""; }, "user 7 asked"},
        {"a wider scope", [](auto&, Handed& h, auto&) { h.scope = "s2 s3"; }, "user 7 asked for"},
        {"of the former sign-in", [](Marks& m, auto&, auto&) { m.generation = 4; },
         "from before the sign-in 5"},
        {"expired at its server",
         [](auto&, Handed& h, Time& now) {
             now = issued + seconds(token_life + 4);
             h.expires_at = now;
         },
         "is dead"},
        {"expired by its own word",
         [](auto&, Handed& h, Time& now) { now = (h.expires_at = issued) + slack + seconds(1); },
         "is dead"},
        {"garbage", [](auto&, Handed& h, auto&) { h.token = "<html>"; }, "nobody issued"},
        {"cut short", [](Marks& m, Handed& h, auto&) { h.token = m.text().substr(0, 12); },
         "nobody issued"},
        {"two in one", [](Marks& m, Handed& h, auto&) { h.token = m.text() + "." + m.text(); },
         "nobody issued"},
    };
    for (const auto& one : wrong) {
        SCOPED_TRACE(one.name);
        const auto complaints = judged(one);
        ASSERT_EQ(complaints.size(), 1U);
        EXPECT_NE(complaints[0].find(one.complaint), std::string::npos) << complaints[0];
    }
}

TEST(VerdictOfLoad, AFailureIsExplainedByWhatCausesItAndByNothingElse) {
    for (std::uint32_t number = 1; number <= 10; ++number) {
        Refused refused;
        refused.status = static_cast<Status>(number);
        SCOPED_TRACE(to_string(refused.status));
        EXPECT_FALSE(explained(refused));
        for (std::uint32_t fault = 0; fault < fault_count; ++fault) {
            refused.behind = bit(static_cast<Fault>(fault));
            EXPECT_EQ(explained(refused), (causes_of(refused.status) & refused.behind) != 0);
        }
        refused.behind = ~causes_of(refused.status);  // all that do not cause it
        EXPECT_FALSE(explained(refused));
        for (bool Refused::*circumstance :
             {&Refused::signed_out, &Refused::cancelled, &Refused::time_is_up}) {
            auto with = refused;
            with.*circumstance = true;
            EXPECT_EQ(explained(with),
                      refused.status == (circumstance == &Refused::time_is_up ? Status::deadline
                                                                              : Status::cancelled));
        }
    }
    // No fault of a peer is the host's own mistake, or its caller's.
    for (const auto status :
         {Status::internal, Status::invalid_argument, Status::cancelled, Status::unsupported})
        EXPECT_EQ(causes_of(status), 0U) << to_string(status);
}

TEST(VerdictOfLoad, ARequestThatIsNotServedShowsItsFault) {
    using std::nullopt;
    const struct {
        Unserved unserved;
        std::optional<Fault> fault;
    } table[] = {
        {{Status::ok, 401, milliseconds(1)}, Fault::challenge},
        {{Status::ok, 503, milliseconds(1)}, Fault::unavailable},
        {{Status::unavailable, 0, milliseconds(999)}, Fault::reset},
        {{Status::unavailable, 0, request_limit}, Fault::stall},
        {{Status::deadline, 0, request_limit}, Fault::stall},
        {{Status::protocol, 0, milliseconds(1)}, Fault::truncated},
        {{Status::protocol, 0, request_limit}, Fault::truncated},
        // Neither an MCP server nor a busy machine does this.
        {{Status::ok, 400, milliseconds(1)}, nullopt},
        {{Status::ok, 429, milliseconds(1)}, nullopt},
        {{Status::ok, 500, request_limit}, nullopt},
        {{Status::deadline, 0, milliseconds(999)}, nullopt},  // unless its caller's time is up
        {{Status::internal, 0, request_limit}, nullopt},
        {{Status::invalid_argument, 0, milliseconds(1)}, nullopt},
        {{Status::misconfigured, 0, milliseconds(1)}, nullopt},
        {{Status::denied, 0, milliseconds(1)}, nullopt},
        {{Status::cancelled, 0, request_limit}, nullopt},
    };
    for (const auto& one : table) {
        SCOPED_TRACE(to_string(one.unserved.status));
        EXPECT_EQ(shown_by(one.unserved), one.fault) << one.unserved.http_status;
    }
}

TEST(VerdictOfLoad, ARequestThatIsNotServedWithoutAFaultOfItsOwnIsComplainedOf) {
    constexpr std::uint64_t callers = 8;
    Answered servers;
    CountByFault shown{};
    for (const auto fault : kinds_of(Leg::resource))
        servers.by_fault[static_cast<std::size_t>(fault)] = 5;
    EXPECT_EQ(wrong_with_unserved(shown, servers, callers), std::vector<std::string>{});
    for (std::size_t i = 0; i < fault_count; ++i) {
        SCOPED_TRACE(fault_names[i]);
        auto most = shown;
        most[i] = servers.by_fault[i] + (static_cast<Fault>(i) == Fault::stall ? callers : 0);
        EXPECT_EQ(wrong_with_unserved(most, servers, callers), std::vector<std::string>{});
        ++most[i];
        const auto complaints = wrong_with_unserved(most, servers, callers);
        ASSERT_EQ(complaints.size(), 1U);
        EXPECT_NE(complaints[0].find(fault_names[i]), std::string::npos) << complaints[0];
    }
}

// Of 10,000 answers at each leg so many faults, each kind as often as it is likely.
AnsweredLegs legs_with(std::size_t faults) {
    AnsweredLegs legs;
    for (std::size_t leg = 0; leg < leg_count; ++leg) {
        legs[leg].answers = 10'000;
        const auto kinds = kinds_of(static_cast<Leg>(leg));
        for (std::size_t i = 0; i < faults; ++i)
            ++legs[leg].by_fault[static_cast<std::size_t>(kinds[i % kinds.size()])];
    }
    return legs;
}

TEST(VerdictOfLoad, FaultsThatAreNotATenthAreComplainedOf) {
    for (const std::size_t faults : {700U, 1000U, 1300U})
        EXPECT_EQ(wrong_with_faults(legs_with(faults)), std::vector<std::string>{}) << faults;
    EXPECT_EQ(wrong_with_faults(legs_with(699)),
              std::vector<std::string>{"2796 faults in 40000 answers"});
    EXPECT_EQ(wrong_with_faults(legs_with(1301)),
              std::vector<std::string>{"5204 faults in 40000 answers"});
    // None at all: then no kind came at any leg either.
    const auto complaints = wrong_with_faults(legs_with(0));
    ASSERT_FALSE(complaints.empty());
    EXPECT_EQ(complaints.back(), "0 faults in 40000 answers");
    // So few answers may be without.
    AnsweredLegs few;
    few[0].answers = 999;
    EXPECT_EQ(wrong_with_faults(few), std::vector<std::string>{});
    ++few[0].answers;
    EXPECT_EQ(wrong_with_faults(few), std::vector<std::string>{"0 faults in 1000 answers"});
}

TEST(VerdictOfLoad, AKindOfFaultThatDoesNotComeIsComplainedOf) {
    for (std::size_t leg = 0; leg < leg_count; ++leg)
        for (const auto kind : kinds_of(static_cast<Leg>(leg))) {
            const auto fault = static_cast<std::size_t>(kind);
            auto legs = legs_with(1000);
            legs[leg].by_fault[fault] = 0;
            const std::string complaint = std::string("no ") + fault_names[fault] +
                                          " in 10000 answers of the leg " + leg_names[leg];
            EXPECT_EQ(wrong_with_faults(legs), std::vector<std::string>{complaint});
        }
    // Half of the faults of an MCP server are challenges, so twenty of 400 answers.
    AnsweredLegs few;
    few[static_cast<std::size_t>(Leg::resource)].answers = 399;
    EXPECT_EQ(wrong_with_faults(few), std::vector<std::string>{});
    few[static_cast<std::size_t>(Leg::resource)].answers = 400;
    EXPECT_EQ(wrong_with_faults(few),
              std::vector<std::string>{"no 401 challenge in 400 answers of the leg resource"});
}

TEST(VerdictOfLoad, TheEnterpriseItselfInjectsATenthOfEachKind) {
    const auto ledger = std::make_unique<Ledger>();
    Enterprise enterprise("http://127.0.0.1:1", 7, *ledger);
    for (int i = 0; i < 4000; ++i)
        (void)enterprise.answer({"GET", "/.well-known/oauth-protected-resource/r0", "", ""});
    EXPECT_EQ(sum(ledger->answered()).answers, 4000U);
    EXPECT_EQ(sum(ledger->answered()).faults(), 400U);
    EXPECT_EQ(wrong_with_faults(ledger->answered()), std::vector<std::string>{});
}

TEST(VerdictOfLoad, ACallThatIsLostOrEndsTwiceCounts) {
    EXPECT_EQ(lost(100, 100), 0U);
    EXPECT_EQ(lost(100, 99), 1U);
    EXPECT_EQ(lost(100, 101), 1U);
}

// While a row runs, and when the host is gone.
TEST(VerdictOfLoad, WhatGrowsIsComplainedOf) {
    const Held flat{100, 50, 40, 40};
    EXPECT_EQ(wrong_with_growth(flat, flat, true), std::vector<std::string>{});
    EXPECT_EQ(wrong_with_rest(flat, flat), std::vector<std::string>{});
    EXPECT_EQ(wrong_with_growth(flat, {100, 50, 43, 40}, false),
              std::vector<std::string>{"threads grow"});
    EXPECT_EQ(wrong_with_growth(flat, {100, 50, 40, 59}, false),
              std::vector<std::string>{"descriptors grow"});
    EXPECT_EQ(wrong_with_growth(flat, {115, 50, 40, 40}, true),
              std::vector<std::string>{"memory grows"});
    EXPECT_EQ(wrong_with_rest(flat, {100, 50, 41, 40}),
              std::vector<std::string>{"threads are left behind"});
    EXPECT_EQ(wrong_with_rest(flat, {100, 50, 40, 41}),
              std::vector<std::string>{"descriptors are left behind"});
    EXPECT_EQ(wrong_with_rest(flat, {100, 50.5, 40, 40}),
              std::vector<std::string>{"memory is left behind"});
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MCP_AUTH_OTHER_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MCP_AUTH_OTHER_MALLOC 1
#endif
#endif

// A kilobyte for each of a thousand faults, a descriptor, a thread.
TEST(VerdictOfLoad, WhatThisProcessHoldsIsSeen) {
    const auto before = Held::now();
    EXPECT_EQ(wrong_with_rest(before, Held::now()), std::vector<std::string>{});
#ifndef MCP_AUTH_OTHER_MALLOC  // there it is LeakSanitizer that complains, at the end
    std::vector<std::unique_ptr<char[]>> buffers(1000);
    for (auto& buffer : buffers) buffer = std::make_unique<char[]>(1024);
    EXPECT_EQ(wrong_with_rest(before, Held::now()),
              std::vector<std::string>{"memory is left behind"});
    buffers.clear();
#endif
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(wrong_with_rest(before, Held::now()),
              std::vector<std::string>{"descriptors are left behind"});
    close(descriptor);
    std::promise<void> over;
    std::thread thread([ends = over.get_future()]() mutable { ends.wait(); });
    EXPECT_EQ(wrong_with_rest(before, Held::now()),
              std::vector<std::string>{"threads are left behind"});
    over.set_value();
    thread.join();
}

}  // namespace
}  // namespace mcp_auth::load
