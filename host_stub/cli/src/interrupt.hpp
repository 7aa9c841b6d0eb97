// SIGINT and SIGTERM as a Cancellation, so that what waits stops and the command exits with 8.
#pragma once

#include <mcp_auth/host/wait.hpp>

#include <thread>

namespace mcp_auth::cli {

// One per process. A second signal kills, should the first not be enough. SIGPIPE becomes an
// error of write(). Handlers, unlike ignored or blocked signals, do not reach the commands that a
// configuration may start.
class Interrupt {
public:
    explicit Interrupt(Cancellation cancellation);
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

private:
    int pipe_[2] = {-1, -1};
    std::thread listener_;
};

}  // namespace mcp_auth::cli
