#include <mcp_auth/host/wait.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth {

struct Cancellation::State {
    std::atomic<bool> cancelled{false};
    std::mutex mutex;
    std::condition_variable finished;  // an action has
    std::vector<std::shared_ptr<Subscription::Registration>> registrations;
    std::thread::id runner;  // the one thread that runs the actions
};

// All members but `action` are guarded by the state's mutex.
struct Cancellation::Subscription::Registration {
    std::shared_ptr<State> state;
    std::function<void()> action;
    std::size_t position = 0;  // in State::registrations, while `registered`
    bool registered = true;
    bool running = false;

    // Does not run any more, and is not running on another thread, when this returns.
    void withdraw() noexcept {
        std::unique_lock lock(state->mutex);
        auto& all = state->registrations;
        if (registered) {
            registered = false;
            if (position != all.size() - 1) {
                all[position] = std::move(all.back());
                all[position]->position = position;
            }
            all.pop_back();
            return;
        }
        // An action that drops its own subscription would wait for itself.
        if (running && state->runner != std::this_thread::get_id())
            state->finished.wait(lock, [this] { return !running; });
    }
};

Cancellation::Cancellation() : state_(std::make_shared<State>()) {}

void Cancellation::cancel() noexcept {
    if (!state_) return;        // moved from
    const auto state = state_;  // an action may drop the last handle
    std::unique_lock lock(state->mutex);
    if (state->cancelled.exchange(true)) return;
    state->runner = std::this_thread::get_id();
    while (!state->registrations.empty()) {
        auto registration = std::move(state->registrations.back());
        state->registrations.pop_back();
        registration->registered = false;
        registration->running = true;
        lock.unlock();
        registration->action();  // outside of the lock: it takes locks of its own
        lock.lock();
        registration->running = false;
        state->finished.notify_all();
        // If its subscription is gone, the action dies here; its destructor may do anything.
        lock.unlock();
        registration.reset();
        lock.lock();
    }
}

bool Cancellation::cancelled() const noexcept {
    return state_ && state_->cancelled.load(std::memory_order_acquire);
}

Cancellation::Subscription Cancellation::on_cancel(std::function<void()> action) const {
    Subscription subscription;
    if (!state_) return subscription;
    auto registration = std::make_shared<Subscription::Registration>();
    registration->state = state_;
    registration->action = std::move(action);
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->cancelled.load()) {
            registration->position = state_->registrations.size();
            state_->registrations.push_back(registration);
            subscription.registration_ = std::move(registration);
            return subscription;
        }
    }
    registration->action();
    return subscription;
}

Cancellation::Subscription::Subscription(Subscription&&) noexcept = default;

Cancellation::Subscription& Cancellation::Subscription::operator=(Subscription&& other) noexcept {
    if (this == &other) return *this;
    if (registration_) registration_->withdraw();
    registration_ = std::move(other.registration_);
    return *this;
}

Cancellation::Subscription::~Subscription() {
    if (registration_) registration_->withdraw();
}

}  // namespace mcp_auth
