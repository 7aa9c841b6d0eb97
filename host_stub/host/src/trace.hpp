// Where one acquisition's events go, with what they all have in common.
#pragma once

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/clock.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace mcp_auth::host {

struct Trace {
    std::shared_ptr<AuditSink> sink;   // null: nobody listens
    std::shared_ptr<Clock> clock;
    std::uint64_t acquisition = 0;
    std::string connection, provider, user;

    // Fills in what is common and hands the event on. Does nothing without a sink.
    void record(AuditEvent event) const;
    bool listening() const noexcept { return sink != nullptr; }
};

// Sends `request` through `http` and records one leg event: peer origin, HTTP status, duration,
// correlation id. Retries nothing.
}  // namespace mcp_auth::host
