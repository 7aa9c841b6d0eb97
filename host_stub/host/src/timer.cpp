#include "timer.hpp"

#include <system_error>

namespace mcp_auth::host {

Timer::~Timer() {
    close();
}

Timer::Handle Timer::at(Deadline when, std::function<void()> action) {
    Handle handle{when, 0};
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return handle;
        handle.second = ++serial_;
        const auto added = actions_.emplace(handle, std::move(action)).first;
        first = added == actions_.begin();  // asked once it is in: it may be the only one
        if (!thread_.joinable()) {
            try {
                thread_ = std::thread([this] { run(); });
            } catch (const std::system_error&) {
                // No thread to be had: the next action tries again. What a timer does here only
                // makes things earlier, never right.
                return handle;
            }
        }
    }
    // Another wakes nobody: the thread waits for an earlier one.
    if (first) changed_.notify_one();
    return handle;
}

void Timer::forget(const Handle& handle) {
    decltype(actions_)::node_type dropped;  // dies outside of the lock: it may drop anything
    const std::lock_guard lock(mutex_);
    dropped = actions_.extract(handle);
}

void Timer::close() {
    std::thread thread;
    std::map<Handle, std::function<void()>> actions;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        actions.swap(actions_);
        thread.swap(thread_);
    }
    changed_.notify_one();
    if (thread.joinable()) thread.join();
}

void Timer::run() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        if (actions_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = actions_.begin();
        if (clock_->now() < first->first.first) {
            clock_->wait(changed_, lock, first->first.first);
            continue;
        }
        auto due = actions_.extract(first);
        lock.unlock();
        due.mapped()();
        due = {};  // here, not under the lock: it may drop anything
        lock.lock();
    }
}

}  // namespace mcp_auth::host
