// How long one HTTP request may wait, and what ends a wait (protocol.md L3).
//
// Sockets are non-blocking and every wait is a poll on the socket and on the caller's cancellation,
// up to the nearest of three moments: the caller's deadline, the request's own time limit, and that
// of a stage (connecting). So no thread watches, and nothing is shut down behind a reader's back.
#pragma once

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// An eventfd: poll() wakes when it was raised. Never lowered.
class WakeSignal {
public:
    WakeSignal();
    ~WakeSignal();
    WakeSignal(const WakeSignal&) = delete;
    WakeSignal& operator=(const WakeSignal&) = delete;
    int fd() const noexcept { return fd_; }  // -1: the system has none left
    void raise() noexcept;
    bool raised() const noexcept { return raised_; }

private:
    int fd_;
    std::atomic<bool> raised_{false};
};

// Signals that were never raised, for the next request: making and closing one costs more than
// waiting on it.
class WakeSignals {
public:
    std::unique_ptr<WakeSignal> take();
    void give_back(std::unique_ptr<WakeSignal> signal);

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<WakeSignal>> unused_;
};

class IoLimit {
public:
    // The request's time begins now. `signals` outlives this. `what` the limit is, for its error:
    // the setting, or what else it is that has a time of its own.
    IoLimit(const Bounds& bounds, std::chrono::milliseconds request, WakeSignals& signals,
            std::string_view what = "time_limits.request");
    ~IoLimit();
    IoLimit(const IoLimit&) = delete;
    IoLimit& operator=(const IoLimit&) = delete;

    // Returns when `fd` has one of `events` (or is broken: the next read or write says how).
    // Errors: cancelled, deadline (the caller's), unavailable (the request's or the stage's time
    // limit, or out of descriptors).
    Result<void> wait(int fd, short events);
    Result<void> check() const;

    // "host:port", for messages.
    void set_peer(std::string peer) { peer_ = std::move(peer); }
    const std::string& peer() const noexcept { return peer_; }

    // The peer has sent a piece of a stream that it may go on with for long: the request's time
    // begins anew. Without a deadline of the caller's it does not, or it would never end.
    void progressed();

    // While it lives, `what` ("connecting") has a time limit of its own.
    class Stage {
    public:
        Stage(IoLimit& limit, std::chrono::milliseconds time, std::string_view what);
        ~Stage();
        Stage(const Stage&) = delete;
        Stage& operator=(const Stage&) = delete;

    private:
        IoLimit& limit_;
        Deadline former_until_;
        std::string_view former_what_;
    };
    std::chrono::milliseconds remaining() const;

private:
    Error ended() const;
    Deadline until() const noexcept;

    Deadline deadline_, request_until_, stage_until_;
    std::chrono::milliseconds request_;
    std::string_view what_, stage_;
    std::string peer_;
    Cancellation cancellation_;
    WakeSignals& signals_;
    std::unique_ptr<WakeSignal> cancelled_;
    Cancellation::Subscription subscription_;  // dropped before the signal that it raises
};

}  // namespace mcp_auth::host
