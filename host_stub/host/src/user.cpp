#include "user.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

UserSession::UserSession(std::string user_id, std::string provider, std::uint64_t serial,
                         std::uint64_t second)
    : user_id_(std::move(user_id)),
      provider_(std::move(provider)),
      serial_(serial),
      second_(second) {}

void UserSession::enlist(const Cancellation* run, Cancellation cancellation) {
    const std::lock_guard lock(mutex_);
    runs_.emplace_back(run, std::move(cancellation));
}

void UserSession::leave(const Cancellation* run) {
    const std::lock_guard lock(mutex_);
    std::erase_if(runs_, [run](const auto& one) { return one.first == run; });
    if (runs_.empty()) runs_.shrink_to_fit();
}

void UserSession::cancel(Runs runs) {
    for (; !runs.empty(); runs.pop_back()) runs.back().second.cancel();
}

UserSession::Recognised UserSession::recognise(std::uint64_t generation, std::string_view issuer,
                                               std::string_view subject) {
    if (issuer.empty() && subject.empty()) return Recognised::same;
    Runs former;
    {
        std::lock_guard lock(mutex_);
        if (this->generation() != generation) return Recognised::late;
        if (issuer_.empty() && subject_.empty()) {
            issuer_ = issuer;
            subject_ = subject;
            return Recognised::same;
        }
        if (issuer_ == issuer && subject_ == subject) return Recognised::same;
        former = begin_locked();
        issuer_ = issuer;
        subject_ = subject;
    }
    cancel(std::move(former));
    return Recognised::other;
}

void UserSession::begin_generation() {
    Runs former;
    {
        std::lock_guard lock(mutex_);
        former = begin_locked();
    }
    cancel(std::move(former));
}

void UserSession::end_generation() {
    Runs former;
    {
        std::lock_guard lock(mutex_);
        sign_outs_.fetch_add(1, std::memory_order_acq_rel);
        former = begin_locked();
    }
    cancel(std::move(former));
}

UserSession::Runs UserSession::begin_locked() {
    const auto former = generation();
    generation_.store(former == 1 ? second_ : former + 1, std::memory_order_release);
    issuer_.clear();
    subject_.clear();
    return std::exchange(runs_, {});
}

UserRegistry::UserRegistry(Forget forget, std::uint64_t second)
    : second_(second), forget_(std::make_shared<const Forget>(std::move(forget))) {}

std::shared_ptr<UserState> UserRegistry::user(const std::string& id, SubjectSource source) {
    std::shared_ptr<UserState> user;
    {
        std::lock_guard lock(mutex_);
        auto& entry = users_[id];
        if (!entry) entry = std::make_shared<UserState>(id, shared_from_this(), next_serial());
        user = entry;
    }
    if (source) user->set_source(std::move(source));
    return user;
}

void UserRegistry::close() {
    std::map<std::string, std::shared_ptr<UserState>, std::less<>> users;
    std::lock_guard lock(mutex_);
    forget_.reset();
    users.swap(users_);
}

void UserRegistry::forget(const UserSession& session) const {
    std::shared_ptr<const Forget> forget;
    {
        std::lock_guard lock(mutex_);
        forget = forget_;
    }
    if (forget && *forget) (*forget)(session);
}

UserState::UserState(std::string id, std::shared_ptr<UserRegistry> registry, std::uint64_t serial)
    : id_(std::move(id)), serial_(serial), registry_(std::move(registry)) {}

void UserState::set_source(SubjectSource source) {
    std::lock_guard lock(mutex_);
    source_ = std::move(source);
}

SubjectSource UserState::source() const {
    std::lock_guard lock(mutex_);
    return source_;
}

std::shared_ptr<UserSession> UserState::session(const std::string& provider) {
    std::lock_guard lock(mutex_);
    const auto known = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& session) {
        return session->provider() == provider;
    });
    if (known != sessions_.end()) return *known;
    auto session = std::make_shared<UserSession>(id_, provider, registry_->next_serial(),
                                                 registry_->second_generation());
    sessions_.reserve(sessions_.size() + 1);
    sessions_.push_back(session);
    return session;
}

std::vector<std::shared_ptr<UserSession>> UserState::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

void UserState::sign_out() {
    for (const auto& session : sessions()) {
        session->end_generation();
        registry_->forget(*session);
    }
}

void UserState::changed(const UserSession& noticed) {
    for (const auto& session : sessions()) {
        if (session.get() != &noticed) session->begin_generation();
        registry_->forget(*session);
    }
}

}  // namespace mcp_auth::host

namespace mcp_auth {

User::User(std::shared_ptr<host::UserState> state) : state_(std::move(state)) {}
void User::sign_out() const {
    state_->sign_out();
}
const std::string& User::id() const noexcept {
    return state_->id();
}

}  // namespace mcp_auth
