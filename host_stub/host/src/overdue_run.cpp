#include "overdue_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mcp_auth::host {

namespace {

// One that returns as soon as a service says that time is up is back long before.
constexpr std::chrono::seconds grace{5};

}  // namespace

OverdueRun::OverdueRun(Timer& timer, WorkerPool& pool, Instance& instance, Deadline deadline)
    : timer_(timer), run_(std::make_shared<Run>(pool, instance)) {
    if (deadline > Deadline::max() - grace) return;  // it may take for ever
    alarm_ = timer_.at(deadline + grace, [run = run_] {
        const std::lock_guard lock(run->mutex);
        if (run->ended) return;
        run->overdue = true;
        run->instance.count_overdue(1);
        run->pool.lend(1);
    });
}

OverdueRun::~OverdueRun() {
    timer_.forget(alarm_);
    const std::lock_guard lock(run_->mutex);
    run_->ended = true;
    if (!run_->overdue) return;
    run_->instance.count_overdue(-1);
    run_->pool.lend(-1);
}

Result<void> OverdueRun::may_begin(const Instance& instance, const WorkerPool& pool) {
    const auto overdue = instance.overdue();
    if (overdue < std::max(1, static_cast<int>(pool.limit() / 2))) return {};
    return Error{Status::unavailable, "provider",
                 fmt::format("{} calls of the plugin \"{}\" do not come back, long after their "
                             "time was up, so it is not asked again before some do; ask its vendor",
                             overdue, instance.plugin().manifest.id)};
}

}  // namespace mcp_auth::host
