// Threads on which acquisitions run, so that no acquisition belongs to a caller.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mcp_auth::host {

class WorkerPool {
public:
    // Threads start when they are needed. `queue_limit`: tasks that may wait for a thread.
    explicit WorkerPool(unsigned threads, std::size_t queue_limit = 16'384);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // False when closed or full: the task was not taken. A task must not throw.
    bool submit(std::function<void()> task);

    // A task does not come back, and others need its place: one more may run at once, until it is
    // taken back. Whoever lends sees that this has an end (run_counts.hpp).
    void lend();
    void take_back();
    unsigned limit() const noexcept { return limit_; }

    // Takes no more, runs what is queued (the tasks see the host's cancellation), joins. Not from
    // a task.
    void close();

private:
    void work();
    void start_if_needed_locked();

    const unsigned limit_;
    const std::size_t queue_limit_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::vector<std::thread> threads_;
    unsigned idle_ = 0, busy_ = 0, lent_ = 0;
    bool closed_ = false;
};

}  // namespace mcp_auth::host
