// How many threads one plugin has, and how many of those it should have given back by now
// (plugin_run.hpp). Whoever provides from it counts: a library that hangs does so for all.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

namespace mcp_auth::host {

// For whom a plugin runs. Each has its own count, so that what nobody waits for takes no place of
// what somebody does.
enum class RunFor { renewal, caller, person };

class RunCounts {
public:
    // Counts one more that begins. Not while some are overdue and there are `most` in all: then
    // says how many those are, else 0.
    int begin(RunFor whom, int most) {
        const std::lock_guard lock(mutex_);
        auto& count = of(whom);
        if (count.overdue > 0 && count.running >= most) return count.overdue;
        ++count.running;
        return 0;
    }
    void end(RunFor whom) {
        const std::lock_guard lock(mutex_);
        --of(whom).running;
    }
    void overdue(RunFor whom, int more) {
        const std::lock_guard lock(mutex_);
        of(whom).overdue += more;
    }

private:
    struct Count {
        int running = 0, overdue = 0;
    };
    Count& of(RunFor whom) { return counts_[static_cast<std::size_t>(whom)]; }

    std::mutex mutex_;
    std::array<Count, 3> counts_;
};

}  // namespace mcp_auth::host
