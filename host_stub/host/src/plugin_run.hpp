// One run of a plugin on a thread of the pool, and what becomes of it if it does not come back.
//
// A plugin that overruns (P21) keeps a thread for as long as it likes: a thread cannot be ended
// from outside. So that others have one to run on, the pool lends another in its place; and so that
// this has an end, a plugin of which some are overdue has no more than half of the pool's threads,
// those counted that still have time. The rest are refused until some are back.
#pragma once

#include "instance.hpp"
#include "run_counts.hpp"
#include "timer.hpp"

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <memory>

namespace mcp_auth::host {

class HostState;

class PluginRun {
public:
    // The run of `instance` for `whom` lasts until the PluginRun goes, which both it and the host
    // outlive. It should be back by the deadline, or once it is cancelled. Errors: cancelled and
    // deadline (nobody waits for it any more: it is not begun), unavailable (it keeps too many
    // threads).
    static Result<std::unique_ptr<PluginRun>> begin(HostState& host, Instance& instance,
                                                    RunFor whom, const Bounds& bounds);
    ~PluginRun();
    PluginRun(const PluginRun&) = delete;
    PluginRun& operator=(const PluginRun&) = delete;

    // Until what it returns goes, the run is inside of a peer that was asked (peer/1), and if it
    // does not come back, that is the peer's doing. Errors: unavailable (the peer keeps too many
    // threads).
    Result<std::shared_ptr<void>> enter(Instance& peer);

private:
    struct State;
    PluginRun(HostState& host, RunFor whom);
    Timer::Handle overdue_after(Deadline end);

    HostState& host_;
    const std::shared_ptr<State> state_;  // of the alarms, too, which may come late
    Timer::Handle by_deadline_, by_cancellation_;
    Cancellation::Subscription on_cancel_;
    std::shared_ptr<void> whole_;  // of what enter() returns, for the one that was begun
};

}  // namespace mcp_auth::host
