// What a stretch of work cost this process: wall time, CPU of all its threads, and memory.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

namespace mcp_auth::bench {

inline double cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

inline double largest_rss_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

inline double rss_mb() {  // proc(5), in pages of 4 KiB
    std::ifstream file("/proc/self/statm");
    double all = 0, resident = 0;
    file >> all >> resident;
    return resident * 4 / 1024;
}

class Measured {
public:
    using Clock = std::chrono::steady_clock;

    double wall_us() const {
        return std::chrono::duration<double, std::micro>(Clock::now() - began_).count();
    }
    double cpu() const { return cpu_us() - cpu_; }

    // The line that compare.sh collects.
    void print(const char* who, unsigned in_flight, unsigned long count) const {
        const double wall = wall_us();
        std::printf(
            "{\"who\": \"%s\", \"in_flight\": %u, \"count\": %lu, \"cpu_us\": %.2f, "
            "\"per_s\": %.0f, \"rss_mb\": %.1f}\n",
            who, in_flight, count, cpu() / static_cast<double>(count),
            static_cast<double>(count) * 1e6 / wall, largest_rss_mb());
    }

private:
    const Clock::time_point began_ = Clock::now();
    const double cpu_ = cpu_us();
};

}  // namespace mcp_auth::bench
