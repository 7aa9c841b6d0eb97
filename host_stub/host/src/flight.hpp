// One piece of work whose result many wait for: an acquisition, a discovery.
//
// Whoever claims it runs it; everybody else waits, each with its own deadline and cancellation, and
// giving up disturbs nobody. A thread of the pool that needs a flight which is still queued claims
// it and runs it itself, so threads that wait for each other cannot fill the pool.
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace mcp_auth::host {

inline Error gave_up(const Bounds& bounds) {
    return bounds.cancellation.cancelled()
               ? Error{Status::cancelled, "wait", "the caller cancelled"}
               : Error{Status::deadline, "wait", "the caller's time was up before the answer came"};
}

template <class T>
class Flight {
public:
    using Completion = std::function<void(const Result<T>&)>;

    // True for exactly one caller, who must then call finish().
    bool claim() noexcept { return !claimed_.exchange(true); }
    bool claimed() const noexcept { return claimed_.load(); }

    void finish(Result<T> result) {
        std::vector<Completion> completions;
        {
            std::lock_guard lock(mutex_);
            result_.emplace(std::move(result));
            completions.swap(completions_);
        }
        landed_.notify_all();
        for (auto& completion : completions) completion(*result_);
    }

    // Nothing while it is under way. The result never changes once it is there.
    const Result<T>* result() const {
        std::lock_guard lock(mutex_);
        return result_ ? &*result_ : nullptr;
    }

    // Errors besides the result's own: deadline, cancelled (of `bounds`).
    Result<T> wait(Clock& clock, const Bounds& bounds) {
        // Declared before the lock: its destructor may wait for the action, which takes the lock.
        auto wake = bounds.cancellation.on_cancel([this] {
            std::lock_guard lock(mutex_);
            landed_.notify_all();
        });
        std::unique_lock lock(mutex_);
        while (!result_) {
            if (bounds.cancellation.cancelled() || clock.now() >= bounds.deadline)
                return gave_up(bounds);
            clock.wait(landed_, lock, bounds.deadline);
        }
        return *result_;
    }

    // Runs once with the result, on the finishing thread, or at once if it is there.
    void on_done(Completion completion) {
        {
            std::lock_guard lock(mutex_);
            if (!result_) {
                completions_.push_back(std::move(completion));
                return;
            }
        }
        completion(*result_);
    }

private:
    std::atomic<bool> claimed_{false};
    mutable std::mutex mutex_;
    std::condition_variable landed_;
    std::optional<Result<T>> result_;
    std::vector<Completion> completions_;
};

// What a flight brings that is run once for all who need it. `join` gives a result that is there
// already, or names the flight; `run` runs the one that this caller has claimed, finishes it, and
// says whether its result may be used (if not, we look again). Another's end (its user signed out,
// its time was up) is not ours: then we try for ourselves. Errors: the result's own; deadline,
// cancelled (of `bounds`).
template <class T, class Join, class Run>
Result<T> join_or_run(Clock& clock, const Bounds& bounds, Join join, Run run) {
    for (;;) {
        std::shared_ptr<Flight<T>> flight;
        if (T ready = join(flight)) return ready;
        const bool ours = flight->claim();
        if (ours && !run(flight)) continue;
        auto result = flight->wait(clock, bounds);
        const bool others_end =
            !ours && !result && flight->result() != nullptr &&
            (result.status() == Status::cancelled || result.status() == Status::deadline);
        if (!others_end || bounds.cancellation.cancelled() || clock.now() >= bounds.deadline)
            return result;
    }
}

}  // namespace mcp_auth::host
