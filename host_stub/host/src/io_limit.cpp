#include "io_limit.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace mcp_auth::host {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_unused = 64;

}  // namespace

WakeSignal::WakeSignal() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WakeSignal::~WakeSignal() {
    if (fd_ >= 0) close(fd_);
}

void WakeSignal::raise() noexcept {
    raised_ = true;
    const std::uint64_t one = 1;
    // Fails only when it is raised already.
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

std::unique_ptr<WakeSignal> WakeSignals::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!unused_.empty()) {
            auto signal = std::move(unused_.back());
            unused_.pop_back();
            return signal;
        }
    }
    return std::make_unique<WakeSignal>();
}

void WakeSignals::give_back(std::unique_ptr<WakeSignal> signal) {
    if (signal->fd() < 0 || signal->raised()) return;
    const std::lock_guard lock(mutex_);
    if (unused_.size() < most_unused) unused_.push_back(std::move(signal));
}

IoLimit::IoLimit(const Bounds& bounds, std::chrono::milliseconds request, WakeSignals& signals,
                 std::string_view what)
    : deadline_(bounds.deadline == Deadline{} ? Deadline::max() : bounds.deadline),
      request_until_(Steady::now() + request),
      stage_until_(Deadline::max()),
      request_(request),
      what_(what),
      cancellation_(bounds.cancellation),
      signals_(signals),
      cancelled_(signals.take()) {
    if (cancelled_->fd() >= 0)
        subscription_ = cancellation_.on_cancel([this] { cancelled_->raise(); });
}

IoLimit::~IoLimit() {
    subscription_ = {};  // nothing raises it from here
    signals_.give_back(std::move(cancelled_));
}

Deadline IoLimit::until() const noexcept {
    return std::min({deadline_, request_until_, stage_until_});
}

std::chrono::milliseconds IoLimit::remaining() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(until() - Steady::now());
}

Error IoLimit::ended() const {
    if (deadline_ <= std::min(request_until_, stage_until_))
        return {Status::deadline, "", "the deadline passed while waiting for " + peer_};
    const bool stage = stage_until_ < request_until_;
    return {Status::unavailable, "",
            stage ? std::string(stage_) + " " + peer_ + " took longer than time_limits.connect"
                  : peer_ + " took longer than " + std::string(what_) + " (" +
                        std::to_string(request_.count()) + " ms)"};
}

Result<void> IoLimit::check() const {
    if (cancellation_.cancelled())
        return Error(Status::cancelled, "", "cancelled while waiting for " + peer_);
    if (Steady::now() >= until()) return ended();
    return {};
}

Result<void> IoLimit::wait(int fd, short events) {
    if (cancelled_->fd() < 0)
        return Error(Status::unavailable, "", "this process has no file descriptors left");
    for (;;) {
        if (auto ok = check(); !ok) return ok;
        pollfd watched[] = {{fd, events, 0}, {cancelled_->fd(), POLLIN, 0}};
        // A millisecond more than is left, so that the end is not spun at; in steps of an hour.
        const auto left =
            std::clamp<std::chrono::milliseconds::rep>(remaining().count() + 1, 1, 3'600'000);
        const int ready = poll(watched, 2, static_cast<int>(left));
        if (ready < 0 && errno != EINTR)
            return Error(Status::internal, "", "waiting for " + peer_ + " failed");
        if (ready > 0 && watched[0].revents != 0) return check();
    }
}

void IoLimit::progressed() {
    if (deadline_ != Deadline::max()) request_until_ = Steady::now() + request_;
}

IoLimit::Stage::Stage(IoLimit& limit, std::chrono::milliseconds time, std::string_view what)
    : limit_(limit),
      former_until_(
          std::exchange(limit.stage_until_, std::min(limit.stage_until_, Steady::now() + time))),
      former_what_(std::exchange(limit.stage_, what)) {}

IoLimit::Stage::~Stage() {
    limit_.stage_until_ = former_until_;
    limit_.stage_ = former_what_;
}

}  // namespace mcp_auth::host
