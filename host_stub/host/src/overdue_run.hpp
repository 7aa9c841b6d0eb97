// A plugin that does not come back by its deadline (P21) keeps a thread for as long as it likes: a
// thread cannot be ended from outside. So that others have one to run on, the pool gets another in
// its place, and so that this has an end, a plugin that keeps too many is asked no more until some
// are back. What a peer does counts as the doing of the one who asked it.
#pragma once

#include "instance.hpp"
#include "timer.hpp"
#include "worker_pool.hpp"

#include <mcp_auth/host/wait.hpp>

#include <memory>
#include <mutex>

namespace mcp_auth::host {

// While it lives, `instance` runs on a thread of `pool`, and should be back by `deadline`.
class OverdueRun {
public:
    OverdueRun(Timer& timer, WorkerPool& pool, Instance& instance, Deadline deadline);
    ~OverdueRun();
    OverdueRun(const OverdueRun&) = delete;
    OverdueRun& operator=(const OverdueRun&) = delete;

    // Why this plugin is not asked now; nothing: it may be.
    static Result<void> may_begin(const Instance& instance, const WorkerPool& pool);

private:
    struct Run {
        Run(WorkerPool& pool_, Instance& instance_) : pool(pool_), instance(instance_) {}
        WorkerPool& pool;
        Instance& instance;  // both are there until `ended`
        std::mutex mutex;
        bool overdue = false, ended = false;
    };
    Timer& timer_;
    const std::shared_ptr<Run> run_;
    Timer::Handle alarm_;
};

}  // namespace mcp_auth::host
