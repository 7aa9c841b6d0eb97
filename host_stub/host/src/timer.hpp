// Things to do at a point in time: an asynchronous caller's deadline, a renewal.
#pragma once

#include <mcp_auth/host/clock.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace mcp_auth::host {

class Timer {
public:
    explicit Timer(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    using Handle = std::pair<Deadline, std::uint64_t>;

    // Runs `action` at `when` on the timer's thread, which it must not hold up. The thread starts
    // with the first action. After close(), nothing is taken.
    Handle at(Deadline when, std::function<void()> action);
    // Forgets it; one that is just running is not waited for.
    void forget(const Handle& handle);
    // Forgets all, joins. Not from an action.
    void close();

private:
    void run();

    const std::shared_ptr<Clock> clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Handle, std::function<void()>> actions_;
    std::uint64_t serial_ = 0;
    std::thread thread_;
    bool closed_ = false;
};

}  // namespace mcp_auth::host
