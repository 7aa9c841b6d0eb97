// mcp_auth/host/clock.hpp - time and randomness as parameters, so that tests are deterministic.
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/wait.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace mcp_auth {

class MCP_AUTH_HOST_API Clock {
public:
    virtual ~Clock() = default;

    virtual std::int64_t wall() const = 0;  // Unix seconds, as this machine has them
    virtual Deadline now() const = 0;       // monotonic
    // Waits on `condition` until notified or `until`; may wake early. A test's clock returns when
    // it was moved past `until`.
    virtual void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                      Deadline until) = 0;
    virtual void random(void* bytes, std::size_t size) = 0;  // from a cryptographic source
};

// The system's clocks and random source.
MCP_AUTH_HOST_API std::shared_ptr<Clock> system_clock();

}  // namespace mcp_auth
