// Every way in which the plugin uses its host, found by watching it, and what it does when each of
// them goes wrong.
#pragma once

#include "world.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::validate {

// What is asked of one provider in turn; the last is what a test is about.
struct Scenario {
    Role role = Role::token;
    std::vector<mcp_auth_reason> reasons = {};
    std::string name() const;  // "a token, first", "an assertion, rejected"
};

struct Leg {
    Scenario scenario = {};
    testing::ServiceCall called = {};
    // What this call's answer held was handed out, or sent on to get what was.
    bool matters = false;
};

struct Played {
    explicit Played(Trial& trial) : world(trial) {}
    World world;
    Result<Answer> result = Error();
    std::string story = {};  // "asked for a token, first, with ... failing: HTTP 503"
};

class Corpus {
public:
    explicit Corpus(Trial& trial);

    const std::vector<Scenario>& scenarios() const { return scenarios_; }
    const std::vector<Leg>& legs() const { return legs_; }

    std::unique_ptr<Played> play(const Scenario& scenario);
    std::unique_ptr<Played> play(const Leg& leg, const Fault& fault);
    // Each leg with each of its faults that `wanted` wants, and, where `well` says so, each
    // scenario without one. Until `visit` returns false.
    using Wanted = std::function<bool(const Fault&)>;
    using Visit = std::function<bool(const Leg& leg, const Fault& fault, Played& played)>;
    void each_fault(const Wanted& wanted, const Visit& visit);
    // All of it, faults and none.
    void each(const std::function<bool(Played&)>& visit);

private:
    void find_legs(const Scenario& scenario);

    Trial& trial_;
    std::vector<Scenario> scenarios_;
    std::vector<Leg> legs_;
};

}  // namespace mcp_auth::validate
