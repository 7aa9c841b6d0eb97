// The races of a token's life, each played many times: a provider that a test can hold in the
// middle, a clock that knows how many threads wait, and tokens that say whose they are.
//
// Every repetition has a user of its own, so that one host serves a thousand of them.
#pragma once

#include "core_fixture.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <map>

namespace mcp_auth::host::testing {

// A thousand, or as many as $RACE_REPETITIONS says: CI plays fewer, the thread sanitizer all.
inline const int repetitions = [] {
    const char* asked = std::getenv("RACE_REPETITIONS");
    return asked ? std::max(std::atoi(asked), 1) : 1000;
}();

// Time is a ManualClock's. Counts a test's own threads that are inside wait(), so that it knows
// when they have joined an acquisition.
class CountingClock final : public Clock {
public:
    explicit CountingClock(std::shared_ptr<ManualClock> clock) : clock_(std::move(clock)) {}
    std::int64_t wall() const override { return clock_->wall(); }
    Deadline now() const override { return clock_->now(); }
    void random(void* bytes, std::size_t size) override { clock_->random(bytes, size); }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        if (until == Deadline::max()) return clock_->wait(condition, lock, until);
        if (counted()) ++waiting_;
        if (now() < until) condition.wait_for(lock, std::chrono::milliseconds(1));
        if (counted()) --waiting_;
    }
    // Whether this thread counts: a test's own do, the host's timer and pool do not.
    static bool& counted() {
        static thread_local bool is = false;
        return is;
    }
    void until_waiting(int count) const {
        while (waiting_ < count) std::this_thread::yield();
    }

private:
    const std::shared_ptr<ManualClock> clock_;
    std::atomic<int> waiting_{0};
};

// Holds those who pass until it is opened, or one user of them. Closed again by the next
// repetition, which holds nobody whom the former one let go.
class Barrier {
public:
    void close(const std::string& user = {}) {
        const std::lock_guard lock(mutex_);
        held_ = user;
        open_ = false;
        arrived_ = 0;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        ++opened_;
        changed_.notify_all();
    }
    void pass(const std::string& user = {}) {
        std::unique_lock lock(mutex_);
        if (!held_.empty() && user != held_) return;
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this, seen = opened_] { return open_ || opened_ != seen; });
    }
    void until_arrived(int count = 1) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string held_;
    bool open_ = false;
    int opened_ = 0;  // how often
    int arrived_ = 0;
};

// Threads that begin together and are joined by the end of the scope.
class Together {
public:
    ~Together() { join(); }
    template <class Body>
    void run(Body body) {
        threads_.emplace_back([this, body = std::move(body)] {
            CountingClock::counted() = true;
            while (!begun_) std::this_thread::yield();
            body();
        });
    }
    void begin() { begun_ = true; }
    void join() {
        begin();
        for (auto& thread : threads_) thread.join();
        threads_.clear();
    }

private:
    std::atomic<bool> begun_{false};
    std::vector<std::thread> threads_;
};

class RaceTest : public CoreTest {
protected:
    RaceTest() {
        hooked_clock = waits = std::make_shared<CountingClock>(clock);
        gate.open();
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            return grant_of(call, request);
        };
    }

    // "<user>/<scope>/<serial>", after the gate.
    Result<plugin::Token> grant_of(plugin::Call& call, const plugin::TokenRequest& request) {
        auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN});
        if (!subject) return subject.error();
        const std::string user(subject->assertion);
        {
            const std::lock_guard lock(mutex_);
            ++acquired_[user];
        }
        gate.pass(user);
        if (const auto alive = call.load("mcp", "x"); !alive) return alive.error();
        std::string scope(request.scope);
        for (char& c : scope) c = c == ' ' ? '+' : c;
        return plugin::Token{call.keep(user + "/" + scope + "/" + std::to_string(++serial)),
                             "Bearer",
                             {},
                             call.now() + life};
    }

    // Whose assertions name the user and who can change.
    static SubjectSource source(std::function<std::string()> who) {
        return [who = std::move(who)](std::string_view, const Bounds&) {
            SubjectAssertion assertion;
            assertion.value = who();
            assertion.issuer = "https://idp.example";
            assertion.subject = assertion.value;
            return Result<SubjectAssertion>(std::move(assertion));
        };
    }
    User user(const std::string& name) {
        return host_->user(name, source([name] { return name; }));
    }
    User nth_user(int i) { return user("user" + std::to_string(i)); }
    static Wait as(const User& user, const std::string& scope = {}) {
        Wait wait;
        wait.user = user;
        wait.scope = scope;
        return wait;
    }
    static std::string text(const Result<AccessToken>& token) {
        return token ? std::string(token->value())
                     : "(" + std::string(to_string(token.status())) + ") " + token.error().message;
    }
    static std::string shown(const Result<Headers>& headers) {
        if (!headers) return "(" + std::string(to_string(headers.status())) + ")";
        return headers->empty() ? "(none)" : headers->at(0).second.substr(7);
    }
    // How many acquisitions `play` causes for a user; those of others are renewed meanwhile.
    template <class Play>
    int acquisitions_of(const std::string& user, Play play) {
        const int before = acquired(user);
        play();
        return acquired(user) - before;
    }
    int acquired(const std::string& user) {
        const std::lock_guard lock(mutex_);
        return acquired_[user];
    }
    // Returns when the timer has done all that is due by now, and the pool all that it was given
    // by then. Only with one thread in the pool: what is behind in its queue says that what was
    // before is over.
    void settle(const Connection& chat) {
        const auto marker = user("settled" + std::to_string(++settled_));
        auto wait = as(marker);
        wait.deadline = clock->now();  // behind everything else that is due
        std::promise<void> timer_was_there;
        gate.close(marker.id());  // so that nothing but the timer completes it
        chat.authorize_async(wait, [&](const Result<AccessToken>& result) {
            EXPECT_EQ(result.status(), Status::deadline);
            timer_was_there.set_value();
        });
        timer_was_there.get_future().wait();
        gate.open();
        (void)chat.token(as(user(marker.id() + ".")));
    }

    std::shared_ptr<CountingClock> waits;
    Barrier gate;
    std::int64_t life = 1000;
    std::atomic<int> serial{0};

private:
    std::mutex mutex_;
    std::map<std::string, int> acquired_;
    int settled_ = 0;
};

}  // namespace mcp_auth::host::testing
