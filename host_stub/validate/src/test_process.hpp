// A test in a process of its own, so that a crash is a result.
//
// It is forked, not started anew: the plugin is loaded in the child alone, so that each child has
// the same clean slate, and a fork costs a millisecond where a start costs twenty. That is safe as
// long as no thread of this process holds a lock: the command's only other one waits for signals.
#pragma once

#include "journal.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace mcp_auth::validate {

class TestProcess {
public:
    using Clock = std::chrono::steady_clock;

    // What the child does. It writes its verdict and returns.
    using Work = std::function<void(const Journal&)>;

    // Starts it. `limit`: of the time that it may take. `ends_normally`: the child runs static
    // destructors and atexit handlers.
    TestProcess(const Work& work, std::chrono::milliseconds limit, bool ends_normally = false);
    ~TestProcess();  // kills it, if it still runs
    TestProcess(const TestProcess&) = delete;
    TestProcess& operator=(const TestProcess&) = delete;

    // Whether it is over; kills what is over its time.
    bool ended();
    // What came of it, in words where it gave no verdict by itself. After ended().
    Verdict verdict() const;
    std::chrono::milliseconds took() const { return took_; }
    // What it wrote to stdout and stderr, capped.
    std::string output() const;

private:
    void kill();

    int journal_ = -1, output_ = -1;
    pid_t child_ = -1;
    const Clock::time_point started_ = Clock::now();
    const std::chrono::milliseconds limit_;
    std::chrono::milliseconds took_{0};
    bool over_time_ = false;
    int status_ = 0;
};

}  // namespace mcp_auth::validate
