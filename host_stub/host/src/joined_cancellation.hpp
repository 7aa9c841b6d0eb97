// The cancellation of one run: it ends with the host (or its caller) and with its user's
// generation.
#pragma once

#include "user.hpp"

#include <mcp_auth/host/wait.hpp>

#include <memory>
#include <utility>

namespace mcp_auth::host {

class JoinedCancellation {
public:
    explicit JoinedCancellation(const Cancellation& outer)
        : outer_(outer.on_cancel([both = both_]() mutable { both.cancel(); })) {}
    JoinedCancellation(const Cancellation& outer, const Cancellation& caller)
        : JoinedCancellation(outer) {
        caller_ = caller.on_cancel([both = both_]() mutable { both.cancel(); });
    }
    JoinedCancellation(const Cancellation& outer, std::shared_ptr<UserSession> session)
        : JoinedCancellation(outer) {
        session->enlist(&both_, both_);
        session_ = std::move(session);
    }
    ~JoinedCancellation() {
        if (session_) session_->leave(&both_);
    }
    JoinedCancellation(const JoinedCancellation&) = delete;
    JoinedCancellation& operator=(const JoinedCancellation&) = delete;
    const Cancellation& get() const noexcept { return both_; }

private:
    Cancellation both_;
    std::shared_ptr<UserSession> session_;
    Cancellation::Subscription outer_, caller_;
};

}  // namespace mcp_auth::host
