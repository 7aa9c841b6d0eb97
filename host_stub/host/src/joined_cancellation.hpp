// One cancellation out of several: an acquisition ends with the host and with its user.
#pragma once

#include <mcp_auth/host/wait.hpp>

namespace mcp_auth::host {

class JoinedCancellation {
public:
    JoinedCancellation(const Cancellation& a, const Cancellation& b)
        : a_(a.on_cancel([both = both_]() mutable { both.cancel(); })),
          b_(b.on_cancel([both = both_]() mutable { both.cancel(); })) {}
    const Cancellation& get() const noexcept { return both_; }

private:
    Cancellation both_;
    Cancellation::Subscription a_, b_;
};

}  // namespace mcp_auth::host
