#include "plugin_run.hpp"

#include "call.hpp"
#include "host_state.hpp"
#include "retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

namespace mcp_auth::host {

namespace {

// One that returns as soon as a service says that time is up is back long before.
constexpr std::chrono::seconds grace{5};

}  // namespace

struct PluginRun::State {
    State(WorkerPool& pool_, RunFor whom_) : pool(pool_), whom(whom_) {}

    Result<void> enter(Instance& instance) {
        const std::lock_guard lock(mutex);
        inside.reserve(inside.size() + 1);
        const auto most = std::max(1, static_cast<int>(pool.limit() / 2));
        if (const auto kept = instance.runs().begin(whom, most); kept > 0)
            return Error{
                Status::unavailable, "provider",
                fmt::format("{} calls of the plugin \"{}\" do not come back, long after their "
                            "time was up, so it is not asked again before some do; ask its vendor",
                            kept, instance.plugin().manifest.id)};
        inside.push_back(&instance.runs());
        blame_locked();
        return {};
    }
    void leave() {
        const std::lock_guard lock(mutex);
        auto& counts = *inside.back();
        inside.pop_back();
        blame_locked();
        counts.end(whom);
        if (overdue && inside.empty()) pool.take_back();
    }
    void time_is_up() {
        const std::lock_guard lock(mutex);
        if (overdue || inside.empty()) return;
        overdue = true;
        blame_locked();
        pool.lend();
    }

private:
    // The innermost is who does not come back.
    void blame_locked() {
        auto* const now = overdue && !inside.empty() ? inside.back() : nullptr;
        if (now == blamed) return;
        if (blamed != nullptr) blamed->overdue(whom, -1);
        if (now != nullptr) now->overdue(whom, 1);
        blamed = now;
    }

    WorkerPool& pool;  // like what it is inside of, there until the run is over
    const RunFor whom;
    std::mutex mutex;
    std::vector<RunCounts*> inside;  // innermost last; empty: the run is over
    bool overdue = false;
    RunCounts* blamed = nullptr;
};

PluginRun::PluginRun(HostState& host, RunFor whom)
    : host_(host), state_(std::make_shared<State>(host.pool(whom == RunFor::person), whom)) {}

Result<std::unique_ptr<PluginRun>> PluginRun::begin(HostState& host, Instance& instance,
                                                    RunFor whom, const Bounds& bounds) {
    if (auto in_time = check_bounds(bounds, *host.clock(), "host"); !in_time)
        return std::move(in_time).error();
    std::unique_ptr<PluginRun> run(new PluginRun(host, whom));
    auto whole = run->enter(instance);
    if (!whole) return std::move(whole).error();
    run->whole_ = std::move(*whole);
    run->by_deadline_ = run->overdue_after(bounds.deadline);
    run->on_cancel_ = bounds.cancellation.on_cancel([&self = *run] {
        try {
            self.by_cancellation_ = self.overdue_after(self.host_.clock()->now());
        } catch (...) {
            // Of the application's clock, or memory: then it is the deadline that counts.
        }
    });
    return run;
}

PluginRun::~PluginRun() {
    on_cancel_ = {};  // first: it waits for one that is just setting an alarm
    host_.timer().forget(by_deadline_);
    host_.timer().forget(by_cancellation_);
}

Timer::Handle PluginRun::overdue_after(Deadline end) {
    if (end > Deadline::max() - grace) return {};  // it may take for ever
    return host_.timer().at(end + grace, [state = state_] { state->time_is_up(); });
}

Result<std::shared_ptr<void>> PluginRun::enter(Instance& instance) {
    if (auto entered = state_->enter(instance); !entered) return std::move(entered).error();
    return std::shared_ptr<void>(state_.get(), [](State* state) { state->leave(); });
}

}  // namespace mcp_auth::host
