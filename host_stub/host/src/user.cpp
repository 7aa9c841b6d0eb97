#include "user.hpp"

#include <utility>

namespace mcp_auth::host {

UserSession::UserSession(std::string user_id, std::string provider, std::uint64_t serial,
                         std::uint64_t second)
    : user_id_(std::move(user_id)),
      provider_(std::move(provider)),
      serial_(serial),
      second_(second) {}

Cancellation UserSession::cancellation() const {
    std::lock_guard lock(mutex_);
    return cancellation_;
}

UserSession::Recognised UserSession::recognise(std::uint64_t generation, std::string_view issuer,
                                               std::string_view subject) {
    if (issuer.empty() && subject.empty()) return Recognised::same;
    Cancellation former;
    {
        std::lock_guard lock(mutex_);
        if (this->generation() != generation) return Recognised::late;
        if (issuer_.empty() && subject_.empty()) {
            issuer_ = issuer;
            subject_ = subject;
            return Recognised::same;
        }
        if (issuer_ == issuer && subject_ == subject) return Recognised::same;
        former = cancellation_;
        begin_locked();
        issuer_ = issuer;
        subject_ = subject;
    }
    former.cancel();
    return Recognised::other;
}

void UserSession::begin_generation() {
    Cancellation former;
    {
        std::lock_guard lock(mutex_);
        former = cancellation_;
        begin_locked();
    }
    former.cancel();
}

void UserSession::end_generation() {
    Cancellation former;
    {
        std::lock_guard lock(mutex_);
        sign_outs_.fetch_add(1, std::memory_order_acq_rel);
        former = cancellation_;
        begin_locked();
    }
    former.cancel();
}

void UserSession::begin_locked() {
    const auto former = generation();
    generation_.store(former == 1 ? second_ : former + 1, std::memory_order_release);
    cancellation_ = Cancellation();
    issuer_.clear();
    subject_.clear();
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
    auto& session = sessions_[provider];
    if (!session)
        session = std::make_shared<UserSession>(id_, provider, registry_->next_serial(),
                                                registry_->second_generation());
    return session;
}

std::vector<std::shared_ptr<UserSession>> UserState::sessions() const {
    std::vector<std::shared_ptr<UserSession>> sessions;
    std::lock_guard lock(mutex_);
    for (const auto& entry : sessions_) sessions.push_back(entry.second);
    return sessions;
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
