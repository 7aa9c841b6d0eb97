// mcp_auth/host/wait.hpp - how long one caller waits, and how it stops waiting.
//
//     Cancellation stop;
//     Wait wait;
//     wait.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
//     wait.cancellation = stop;             // stop.cancel() from any thread ends the wait
//     auto token = connection.token(wait);
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/user.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mcp_auth {

// A point of the monotonic clock. The default value means "none was given": the configuration's
// time limit applies.
using Deadline = std::chrono::steady_clock::time_point;

// A switch that is thrown once. Copies share it. Any thread.
class MCP_AUTH_HOST_API Cancellation {
public:
    Cancellation();

    void cancel() noexcept;
    bool cancelled() const noexcept;

    // Runs `action` once when cancelled (on the cancelling thread), or at once if it already is.
    // Dropping the Subscription unregisters, and waits for an action that is just running on
    // another thread. An action must not throw and should only wake something.
    class MCP_AUTH_HOST_API Subscription {
    public:
        Subscription() = default;
        Subscription(Subscription&&) noexcept;
        Subscription& operator=(Subscription&&) noexcept;
        ~Subscription();

    private:
        friend class Cancellation;
        struct Registration;
        std::shared_ptr<Registration> registration_;
    };
    [[nodiscard]] Subscription on_cancel(std::function<void()> action) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

// What bounds one blocking operation. Passed by reference down every path that may wait.
struct Bounds {
    Deadline deadline{};
    Cancellation cancellation;
    std::chrono::milliseconds request_limit{0};  // of one HTTP request; 0: the transport's own
};

// How one caller waits for a token, and for whom. Giving up disturbs no other caller: the
// acquisition goes on under its own deadline.
struct Wait {
    std::optional<User> user;  // none: the configured `subject`, or a grant that needs no user
    Deadline deadline{};       // none given: the configuration's
    Cancellation cancellation;
    bool interaction = false;  // may a browser be opened for this caller?
    std::string scope;         // space separated; asked for instead of the rules of protocol.md I1
};

}  // namespace mcp_auth
