// Every leg and every fault: the outcome is right, in time, and what is cached stays right.
//
// The table that this prints is counted here: how often each fault was tried on each leg, how often
// what came of it was wrong, and how often it was never met, which is a failure too. Each of these
// is named so that it can be repeated alone:
//
//     MCP_AUTH_WIRE_LEG=exchange MCP_AUTH_WIRE_FAULT=close MCP_AUTH_WIRE_AT=17 wire_test
//     MCP_AUTH_WIRE_PLACES=0 wire_test       every byte; else so many, by MCP_AUTH_WIRE_SEED,
//                                            and from two to ten of a fault that is waited for
#include "journey.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

namespace mcp_auth::wire {
namespace {

using host::testing::WirePeer;
using host::testing::WireServer;

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}
std::size_t number(const char* name, std::size_t otherwise) {
    const auto text = environment(name);
    return text.empty() ? otherwise : static_cast<std::size_t>(std::atoll(text.c_str()));
}

struct Trial {
    const Leg* leg;
    const WireFault* fault;
    std::size_t at;
};

struct Cell {
    std::size_t tried = 0, wrong = 0;
    std::size_t missed = 0;  // not tried, whatever time they had
};

// Under a sanitizer each costs five times as much.
constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

// Doubled so often, three tries (K2) of it still end before Journey::never.
constexpr std::chrono::milliseconds most_patience{400};
constexpr int most_repetitions = 5;

// How many places of an answer a fault is tried at; 0: at every byte.
std::size_t places_per_fault() {
    return number("MCP_AUTH_WIRE_PLACES", sanitized ? 1 : 5);
}

// The ends of the head and of the answer, and others by chance; of all of them as many as asked
// for.
std::vector<std::size_t> places(const std::string& bytes, std::size_t most, std::mt19937& random) {
    if (const auto one = environment("MCP_AUTH_WIRE_AT"); !one.empty())
        return {number("MCP_AUTH_WIRE_AT", 0)};
    const std::size_t head = end_of_head(bytes), last = bytes.size();
    std::vector<std::size_t> out{0, last, head, last - 1, 1, head - 1};
    if (most == 0) {
        out.resize(last + 1);
        std::iota(out.begin(), out.end(), 0U);
        return out;
    }
    std::shuffle(out.begin(), out.end(), random);
    out.resize(std::min(out.size(), (most + 1) / 2));
    while (out.size() < most) out.push_back(random() % (last + 1));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

class WireFaults : public ::testing::Test {
protected:
    static std::shared_ptr<host::testing::WireTls> certificate(
        const host::testing::Identity& authority) {
        auto tls = std::make_shared<host::testing::WireTls>();
        tls->identity = host::testing::make_identity({}, &authority);
        return tls;
    }
    WireFaults() { setenv("MCP_AUTH_WIRE_SECRET", CannedParties::client_secret, 1); }

    std::vector<Trial> trials(bool slow) {
        const auto leg_name = environment("MCP_AUTH_WIRE_LEG");
        const auto fault_name = environment("MCP_AUTH_WIRE_FAULT");
        // Waiting costs time of its own: a few places are enough, unless every byte is asked for.
        const bool few = slow && places_per_fault() != 0;
        const std::size_t most =
            few ? std::clamp<std::size_t>(places_per_fault(), 2, 10) : places_per_fault();
        std::mt19937 random(static_cast<unsigned>(number("MCP_AUTH_WIRE_SEED", 1)));
        std::vector<Trial> out;
        for (const Leg& leg : legs()) {
            if (!leg_name.empty() && leg_name != leg.name) continue;
            const auto began = std::chrono::steady_clock::now();
            const auto answer = Journey::answer_of(leg, around_);
            // What a limit must leave time for, on a machine as busy as this one; one that is far
            // busier misses the fault, which is tried again.
            const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - began);
            around_.soon = std::clamp(4 * took, around_.soon, most_patience);
            EXPECT_NE(answer.headers.size(), 0U) << leg.name;
            for (const WireFault& fault : wire_faults()) {
                if (!fault_name.empty() && fault_name != fault.name) continue;
                if ((fault.limit != WireFault::Limit::none) != slow) continue;
                if (fault.needs_body && answer.body.empty()) continue;
                if (!leg.can_meet(fault)) continue;
                if (!fault.bytes)
                    out.push_back({&leg, &fault, 0});
                else
                    for (const auto at : places(fault.bytes(answer), most, random))
                        out.push_back({&leg, &fault, at});
            }
        }
        return out;
    }

    static bool missed(const std::string& why) { return why.rfind(Journey::missed, 0) == 0; }

    // What missed its fault is repeated, each time with twice the time, so that no machine is too
    // slow for it.
    std::string outcome_of(const Trial& trial) const {
        Surroundings around = around_;
        for (int repetitions = 0;; ++repetitions, around.soon *= 2) {
            auto why = Journey(*trial.leg, *trial.fault, trial.at, around).run();
            if (!missed(why) || repetitions == most_repetitions) return why;
        }
    }

    // Several at a time; a slow one waits for nothing but its own limit.
    void run(const std::vector<Trial>& trials, unsigned threads) {
        std::atomic<std::size_t> next{0};
        std::mutex mutex;
        std::vector<std::thread> workers;
        for (unsigned i = 0; i < threads; ++i)
            workers.emplace_back([&] {
                for (std::size_t n = 0; (n = next++) < trials.size();) {
                    const auto& [leg, fault, at] = trials[n];
                    const auto why = outcome_of(trials[n]);
                    const std::lock_guard lock(mutex);
                    Cell& cell = table_[fault->name][leg->name];
                    ++(missed(why) ? cell.missed : cell.tried);
                    if (why.empty()) continue;
                    if (!missed(why)) ++cell.wrong;
                    ADD_FAILURE() << "MCP_AUTH_WIRE_LEG='" << leg->name << "' MCP_AUTH_WIRE_FAULT='"
                                  << fault->name << "' MCP_AUTH_WIRE_AT=" << at << "\n  " << why;
                }
            });
        for (auto& worker : workers) worker.join();
    }

    // No part of a credential, whoever sent it there.
    void expect_stranger_learnt_nothing() const {
        for (const auto& request : stranger_.requests()) {
            EXPECT_EQ(request.rfind("GET / HTTP/1.1\r\n", 0), 0U);
            EXPECT_EQ(CannedRequest::parse(request).authorization, "");
            EXPECT_EQ(CannedRequest::parse(request).body, "");
        }
    }

    void print_table() {
        std::ostringstream out;
        const auto cell = [&](const std::string& text, std::size_t width) {
            out << std::string(width - std::min(width, text.size()), ' ') << text;
        };
        const auto row_name = [&](const std::string& text) {
            out << text << std::string(34 - std::min<std::size_t>(34, text.size()), ' ');
        };
        row_name("fault \\ leg (tried !wrong ?missed)");
        for (const Leg& leg : legs()) cell(leg.name, 9);
        out << '\n';
        const auto unless_none = [](const char* mark, std::size_t count) {
            return count == 0 ? std::string() : mark + std::to_string(count);
        };
        Cell all;
        for (const WireFault& fault : wire_faults()) {
            if (table_.find(fault.name) == table_.end()) continue;  // was not asked for
            row_name(fault.name);
            for (const Leg& leg : legs()) {
                const Cell& one = table_[fault.name][leg.name];
                all.tried += one.tried;
                all.wrong += one.wrong;
                all.missed += one.missed;
                cell(one.tried + one.missed == 0
                         ? "-"
                         : std::to_string(one.tried) + unless_none("!", one.wrong) +
                               unless_none("?", one.missed),
                     9);
            }
            out << '\n';
        }
        out << "tried " << all.tried << ", right " << all.tried - all.wrong << ", wrong "
            << all.wrong << ", missed " << all.missed << '\n';
        std::cout << out.str();
    }

    const host::testing::Identity authority_ = host::testing::make_authority();
    const host::testing::TemporaryFile ca_{authority_.certificate_pem()};
    const WireServer stranger_{[](WirePeer& peer) {
        while (!peer.read_request().empty())
            peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }};
    Surroundings around_{certificate(authority_), ca_.path(), stranger_};
    std::map<std::string, std::map<std::string, Cell>> table_;
};

TEST_F(WireFaults, EveryLegEndsAsItShouldAndTheNextCallIsServed) {
    const auto quick = trials(false);
    run(quick, 4);
    run(trials(true), 12);
    print_table();
    expect_stranger_learnt_nothing();
    ASSERT_FALSE(quick.empty() && table_.empty()) << "no such leg or fault";
}

// What no length and no end of a connection tells: a part of an answer is never one that can be
// read, so that none can be cached.
TEST_F(WireFaults, NoPartOfAnAnswerIsAnAnswer) {
    for (const Leg& leg : legs()) {
        const auto body = Journey::answer_of(leg, around_).body;
        if (body.empty() || leg.event_stream) continue;
        EXPECT_TRUE(json::parse(body)) << leg.name;
        for (std::size_t size = 0; size < body.size(); ++size)
            EXPECT_FALSE(json::parse(body.substr(0, size))) << leg.name << " cut at " << size;
    }
}

}  // namespace
}  // namespace mcp_auth::wire
