// The faults that a test has asked for. A function is copied out before it is called, so that it
// may itself set another one.
#pragma once

#include <mcp_auth/demo/enterprise.hpp>

#include <mutex>
#include <utility>

namespace mcp_auth::demo {

template <class Function>
class Fault {
public:
    void set(Function function) {
        const std::lock_guard lock(mutex_);
        function_ = std::move(function);
    }
    Function get() const {
        const std::lock_guard lock(mutex_);
        return function_;
    }

private:
    mutable std::mutex mutex_;
    Function function_;
};

struct Faults {
    Fault<Script> script;
    Fault<Enterprise::DocumentChange> document;
    Fault<Enterprise::JwtChange> id_jag;
    Fault<Enterprise::JwtChange> id_token;
    Fault<Enterprise::ChallengeChange> challenge;

    void change(Document which, Poco::JSON::Object& text) const {
        if (const auto change = document.get()) change(which, text);
    }
};

}  // namespace mcp_auth::demo
