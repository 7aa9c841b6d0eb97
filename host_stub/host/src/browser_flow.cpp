#include "browser_flow.hpp"

#include "flight.hpp"
#include "form_query.hpp"
#include "joined_cancellation.hpp"
#include "landing_page.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace mcp_auth::host {

namespace {

constexpr std::size_t most_ended_states = 64;
constexpr std::size_t most_retired = 4;
// How long a browser that comes too late is told so.
constexpr std::chrono::minutes retirement{2};

}  // namespace

// Shared by the flow and its listener's thread, which may outlive it.
struct BrowserFlow::Answer {
    BrowserFlows& flows;
    const ExpectedResponse expected;
    std::mutex mutex;
    std::condition_variable arrived;
    bool waiting = true;
    bool answered = false;               // a page has been chosen for the one answer that counts
    std::optional<Result<Secret>> code;  // once that page is sent
    Cancellation here;

    Answer(BrowserFlows& f, ExpectedResponse e) : flows(f), expected(std::move(e)) {}

    // On the listener's thread. One answer counts: what comes after it, or after the wait, and what
    // answers an earlier flow on the same port, is told so and changes nothing.
    LoopbackListener::Reply judge(const std::shared_ptr<Answer>& self, std::string_view query) {
        auto response = AuthorizationResponse::parse(query);
        const bool earlier = response && flows.ended_before(response->state()) &&
                             response->state() != expected.state.reveal();
        const std::lock_guard lock(mutex);
        if (answered) return {landing_response(Landing::again), {}};
        if (!waiting || earlier) return {landing_response(Landing::late), {}};
        answered = true;
        auto result = response ? std::move(*response).code_for(expected)
                               : Result<Secret>(std::move(response).error());
        auto page = result ? landing_response(Landing::accepted)
                           : landing_response(Landing::refused, result.error());
        // The waiter may end the process: not before the page is out.
        auto shared = std::make_shared<Result<Secret>>(std::move(result));
        return {std::move(page), [self, shared] { self->deliver(std::move(*shared)); }};
    }
    void deliver(Result<Secret> result) {
        {
            const std::lock_guard lock(mutex);
            code.emplace(std::move(result));
        }
        arrived.notify_all();
        here.cancel();
    }
};

BrowserFlow::BrowserFlow(BrowserFlows& flows, BrowserFlowRequest request)
    : flows_(flows),
      endpoint_(std::move(request.authorization_endpoint)),
      reserved_port_(request.redirect.port),
      pkce_(new_pkce(*flows.clock_)),
      answer_(std::make_shared<Answer>(
          flows, ExpectedResponse{unguessable(*flows.clock_), std::move(request.issuer),
                                  request.iss_promised})) {}

BrowserFlow::~BrowserFlow() {
    {
        const std::lock_guard lock(answer_->mutex);
        answer_->waiting = false;
    }
    flows_.retire(reserved_port_, state(), std::move(listener_));
}

std::string_view BrowserFlow::state() const noexcept {
    return answer_->expected.state.reveal();
}

Result<void> BrowserFlow::listen(const RedirectUri& redirect) {
    auto listener = LoopbackListener::listen(redirect, [answer = answer_](std::string_view query) {
        return answer->judge(answer, query);
    });
    if (!listener) return std::move(listener).error();
    listener_ = std::move(*listener);
    redirect_uri_ = listener_->address().text();
    return {};
}

Result<void> BrowserFlow::check(const std::string& url) const {
    const auto refuse = [](std::string what) {
        return Error(Status::invalid_argument, "authorization",
                     "the authorization request " + std::move(what));
    };
    const bool has_query = endpoint_.find('?') != std::string::npos;  // RFC 6749 3.1: kept
    const auto start = endpoint_ + (has_query ? '&' : '?');
    if (!url.starts_with(start) || url.find('#') != std::string::npos)
        return refuse("does not go to the authorization_endpoint of this client's issuer");
    auto query = parse_query(std::string_view(url).substr(url.find('?') + 1));
    if (!query) return refuse("is malformed: " + query.error().message);
    const std::pair<std::string_view, std::string_view> owed[] = {
        {"response_type", "code"},
        {"redirect_uri", redirect_uri_},
        {"state", state()},
        {"code_challenge", pkce_.challenge},
        {"code_challenge_method", "S256"}};
    std::string_view lacking;
    for (const auto& [name, value] : owed) {
        const auto found = query->find(name);
        if (found == query->end() || found->second != value) lacking = name;
    }
    wipe_values(*query);
    if (lacking.empty()) return {};
    return refuse("must carry the \"" + std::string(lacking) + "\" of this flow");
}

Result<Secret> BrowserFlow::wait(const Bounds& bounds) {
    // Declared before the lock: its destructor may wait for the action, which takes the lock.
    const auto wake = bounds.cancellation.on_cancel([this] {
        const std::lock_guard lock(answer_->mutex);
        answer_->arrived.notify_all();
    });
    const auto deadline = bounds.deadline == Deadline{} ? Deadline::max() : bounds.deadline;
    std::unique_lock lock(answer_->mutex);
    while (!answer_->code) {
        const bool late = flows_.clock_->now() >= deadline;
        if (late || bounds.cancellation.cancelled()) {
            answer_->waiting = false;
            return late ? Error(Status::deadline, "authorization",
                                "nobody finished signing in in the browser in time")
                        : Error(Status::cancelled, "authorization",
                                "cancelled while the user was in the browser");
        }
        flows_.clock_->wait(answer_->arrived, lock, deadline);
    }
    auto code = std::move(*answer_->code);
    answer_->code.emplace(Error(Status::internal, "authorization", "the code was taken already"));
    return code;
}

Result<AuthorizationCode> BrowserFlow::finish(std::string url, const Bounds& bounds) {
    const WipedAtEnd wiped(url);
    if (auto right = check(url); !right) return std::move(right).error();
    {
        // A program that stays in the foreground is not waited for once the answer is here.
        const JoinedCancellation over(bounds.cancellation, answer_->here);
        auto opened =
            flows_.browser_->open(url, {bounds.deadline, over.get(), bounds.request_limit});
        const bool here = answer_->here.cancelled();
        if (!opened && !here) return std::move(opened).error();
    }
    auto code = wait(bounds);
    if (!code) return std::move(code).error();
    return AuthorizationCode{std::move(*code), pkce_.verifier.clone()};
}

Result<std::unique_ptr<BrowserFlow>> BrowserFlows::begin(BrowserFlowRequest request,
                                                         const Bounds& bounds) {
    const auto redirect = request.redirect;
    if (auto ours = reserve(redirect.port, bounds); !ours) return std::move(ours).error();
    std::unique_ptr<BrowserFlow> flow(new BrowserFlow(*this, std::move(request)));
    if (auto listening = flow->listen(redirect); !listening) return std::move(listening).error();
    return flow;
}

Result<void> BrowserFlows::reserve(std::uint16_t port, const Bounds& bounds) {
    if (port == 0) return {};
    std::list<std::unique_ptr<LoopbackListener>> former;  // joined outside of the lock
    const auto wake = bounds.cancellation.on_cancel([this] {
        const std::lock_guard lock(mutex_);
        port_free_.notify_all();
    });
    std::unique_lock lock(mutex_);
    while (ports_.contains(port)) {
        if (bounds.cancellation.cancelled() || clock_->now() >= bounds.deadline)
            return gave_up(bounds);
        clock_->wait(port_free_, lock, bounds.deadline);
    }
    ports_.insert(port);
    for (auto it = retired_.begin(); it != retired_.end();) {
        const auto next = std::next(it);
        if ((*it)->address().port == port) former.splice(former.end(), retired_, it);
        it = next;
    }
    lock.unlock();
    former.clear();
    return {};
}

void BrowserFlows::retire(std::uint16_t reserved_port, std::string_view state,
                          std::unique_ptr<LoopbackListener> listener) {
    std::list<std::unique_ptr<LoopbackListener>> gone;  // joined outside of the lock
    if (listener) listener->stop_after(retirement);
    {
        const std::lock_guard lock(mutex_);
        ended_states_.emplace_back(state);
        if (ended_states_.size() > most_ended_states) ended_states_.pop_front();
        for (auto it = retired_.begin(); it != retired_.end();) {
            const auto next = std::next(it);
            if ((*it)->stopped()) gone.splice(gone.end(), retired_, it);
            it = next;
        }
        if (listener) retired_.push_back(std::move(listener));
        if (retired_.size() > most_retired) gone.splice(gone.end(), retired_, retired_.begin());
        if (reserved_port != 0) ports_.erase(reserved_port);
    }
    port_free_.notify_all();
}

bool BrowserFlows::ended_before(std::string_view state) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(ended_states_.begin(), ended_states_.end(), [&](const Secret& ended) {
        return same_in_constant_time(ended.reveal(), state);
    });
}

void BrowserFlows::close() {
    std::list<std::unique_ptr<LoopbackListener>> gone;
    const std::lock_guard lock(mutex_);
    gone.swap(retired_);
}

}  // namespace mcp_auth::host
