// What the Date headers of authorization servers say of this machine's clock (protocol.md H2).
//
// Each server is believed for itself: one whose clock is wrong shifts nobody else's time.
#pragma once

#include <mcp_auth/host/clock.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::host {

class SkewedClock {
public:
    explicit SkewedClock(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}

    // The wall clock as this issuer has it; while it has said nothing, as wall() below.
    std::int64_t wall(std::string_view issuer) const;
    // For what no one server's clock decides. Corrected only if every server heard wants that, and
    // by the least that any of them wants.
    std::int64_t wall() const;
    // Small differences (< 30 s) are left alone; one of more than a day is not believed.
    void observe(std::string_view issuer, std::int64_t server_date);

    Clock& base() const noexcept { return *clock_; }

private:
    std::int64_t offset_locked() const;

    const std::shared_ptr<Clock> clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t, std::less<>> offsets_;
};

// The clock as one issuer has it: for what is dated for it to check.
class IssuerClock final : public Clock {
public:
    IssuerClock(const SkewedClock& clock, std::string_view issuer)
        : clock_(clock), issuer_(issuer) {}
    std::int64_t wall() const override { return clock_.wall(issuer_); }
    Deadline now() const override { return clock_.base().now(); }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        clock_.base().wait(condition, lock, until);
    }
    void random(void* bytes, std::size_t size) override { clock_.base().random(bytes, size); }

private:
    const SkewedClock& clock_;
    const std::string_view issuer_;
};

}  // namespace mcp_auth::host
