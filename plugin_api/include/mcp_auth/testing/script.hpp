// mcp_auth/testing/script.hpp - what a fake service answers, in order or by rule.
//
//     host.http().then(HttpAnswer{503}).then(HttpAnswer{200, {}, "{}"});
//     host.http().otherwise([](const SentHttpRequest& asked) -> Result<HttpAnswer> { ... });
#pragma once

#include <mcp_auth/result.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace mcp_auth::testing {

// Answers of then() are used up one by one, each once; after the last, the rule of otherwise()
// applies, if there is one. May be used from several threads.
template <class Answer, class Asked>
class Script {
public:
    using Rule = std::function<Result<Answer>(const Asked&)>;

    Script& then(Result<Answer> answer) {
        const std::lock_guard<std::mutex> lock(mutex_);
        queue_.push_back(std::move(answer));
        return *this;
    }
    Script& otherwise(Rule rule) {
        const std::lock_guard<std::mutex> lock(mutex_);
        rule_ = std::move(rule);
        return *this;
    }
    Script& always(Result<Answer> answer) {
        return otherwise([answer = std::move(answer)](const Asked&) { return answer; });
    }

    // How many answers of then() nobody asked for.
    std::size_t left() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return queue_.size();
    }

    // The fake host's side. Nothing: the test has not said what to answer.
    std::optional<Result<Answer>> next(const Asked& asked) {
        Rule rule;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!queue_.empty()) {
                Result<Answer> answer = std::move(queue_.front());
                queue_.pop_front();
                return answer;
            }
            rule = rule_;
        }
        if (!rule) return std::nullopt;
        return rule(asked);  // without the lock: a rule may script more
    }

private:
    mutable std::mutex mutex_;
    std::deque<Result<Answer>> queue_;
    Rule rule_;
};

}  // namespace mcp_auth::testing
