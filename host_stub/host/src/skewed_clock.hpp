// The time that peers will agree with.
#pragma once

#include <mcp_auth/host/clock.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace mcp_auth::host {

// The wall clock corrected by what servers' Date headers say (H2).
class SkewedClock {
public:
    explicit SkewedClock(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}
    std::int64_t wall() const;               // corrected
    void observe(std::int64_t server_date);  // small differences (< 30 s) are left alone
    Clock& base() const noexcept { return *clock_; }
    const std::shared_ptr<Clock>& shared_base() const noexcept { return clock_; }

private:
    std::shared_ptr<Clock> clock_;
    mutable std::atomic<std::int64_t> offset_{0};
};

}  // namespace mcp_auth::host
