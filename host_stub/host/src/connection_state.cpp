#include "connection_state.hpp"

#include "host_state.hpp"
#include "joined_cancellation.hpp"
#include "scope.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

// The configured subject of one provider entry is one user, unless a connection lays another
// subject over it.
std::string session_name_of(const ProviderConfig& config) {
    if (!config.subject) return config.name;
    const auto& from = config.subject->from;
    std::string command;
    for (const auto& word : from.command) command += "\n" + word;
    return fmt::format("{}\n{}\n{}\n{}{}", config.name, config.subject->type,
                       static_cast<int>(from.from), from.name, command);
}

Error host_closed() { return {Status::cancelled, "host", "the host was closed"}; }

}  // namespace

ConnectionState::ConnectionState(std::shared_ptr<HostState> host, const ConnectionConfig& config,
                                 Url server, std::shared_ptr<Instance> instance)
    : host_(std::move(host)),
      config_(config),
      server_(std::move(server)),
      instance_(std::move(instance)),
      session_name_(session_name_of(instance_->config())),
      unknown_serial_(host_->next_serial()) {}

bool ConnectionState::covers(std::string_view text) const {
    const auto url = Url::parse(text);
    return url && url->same_origin(server_) && url->path() == server_.path();
}

ContextPointer ConnectionState::context() const {
    std::lock_guard lock(mutex_);
    return context_;
}

ContextPointer ConnectionState::fresh_context() const {
    const auto now = host_->clock()->now();
    std::lock_guard lock(mutex_);
    return now < context_fresh_until_ ? context_ : nullptr;
}

bool ConnectionState::protected_server() const {
    std::lock_guard lock(mutex_);
    return challenged_ || context_ != nullptr;
}

std::shared_ptr<UserSession> ConnectionState::session(UserState& user) const {
    return user.session(user.id().empty() ? session_name_ : instance_->config().name);
}

Result<std::shared_ptr<UserState>> ConnectionState::user_of(const std::optional<User>& user) const {
    if (user) return UserState::of(*user);
    const auto& subject = instance_->config().subject;
    if (subject && subject->from.from == SecretReference::From::application &&
        !host_->application_subject())
        return Error{Status::invalid_argument, "subject",
                     fmt::format("the configuration of \"{}\" leaves the subject to the "
                                 "application: name the user in the call",
                                 config_.name)};
    return host_->configured_user();
}

Bounds ConnectionState::bounds_of(const Wait& wait) const {
    const auto deadline = wait.deadline == Deadline{}
                              ? host_->clock()->now() + config_.limits.acquisition
                              : wait.deadline;
    return {deadline, wait.cancellation};
}

TokenKey ConnectionState::key(const ContextPointer& context, const UserSession& session,
                              std::string_view scope) const {
    return {context ? context->serial : unknown_serial_, session.serial(), session.generation(),
            scope};
}

std::string ConnectionState::effective_scope(const Demand& demand, const UserSession& session,
                                             const ContextPointer& context) const {
    if (!demand.scope.empty()) return demand.scope;
    {
        std::lock_guard lock(mutex_);
        const auto found = stepped_up_.find({session.serial(), session.generation()});
        if (found != stepped_up_.end()) return found->second;
    }
    return context ? context->scope : std::string();
}

void ConnectionState::remember_scope(UserState& user, const std::string& scope) {
    const auto session = this->session(user);
    std::lock_guard lock(mutex_);
    stepped_up_[{session->serial(), session->generation()}] = scope;
}

bool ConnectionState::drop(const Demand& demand, const TokenEntry* token) {
    const auto context = this->context();
    if (!context || token == nullptr) return false;
    const auto session = this->session(*demand.user);
    const auto scope = effective_scope(demand, *session, context);
    const auto slot = host_->tokens().find(key(context, *session, scope));
    return slot && slot->drop(token);
}

void ConnectionState::challenged(const Demand& demand, const std::optional<Challenge>& challenge,
                                 const TokenEntry* token) {
    const bool was_current = drop(demand, token);
    std::string issuer;
    {
        std::lock_guard lock(mutex_);
        challenged_ = true;
        if (!context_) challenge_ = challenge;
        if (!was_current) return;  // a late answer to an old token proves nothing
        if (challenge) challenge_ = challenge;
        context_fresh_until_ = {};
        issuer = context_->issuer;
    }
    host_->metadata().forget(issuer);
}

ConnectionState::Start ConnectionState::start(const Demand& demand) {
    if (host_->closed()) return {nullptr, nullptr, host_closed()};
    const auto session = this->session(*demand.user);
    const auto context = this->context();
    const auto scope = effective_scope(demand, *session, context);
    const auto slot = host_->tokens().slot(key(context, *session, scope));
    const auto now = host_->clock()->now();
    TokenPointer token = context ? slot->current() : nullptr;
    if (token && !token->usable(now, host_->skewed().wall())) token.reset();
    if (token && !token->wants_renewal(now)) return {std::move(token), nullptr, {}};

    auto joined = slot->join(now);
    if (joined.created) {
        auto renewal = demand;
        if (token) renewal.reason = MCP_AUTH_REASON_EXPIRING;
        launch(renewal, slot, joined.flight);
    }
    if (token) return {std::move(token), nullptr, {}};  // served while it is renewed
    return {nullptr, std::move(joined.flight), std::move(joined.error)};
}

void ConnectionState::launch(const Demand& demand, std::shared_ptr<TokenSlot> slot,
                             std::shared_ptr<TokenFlight> flight) {
    const bool taken =
        host_->pool().submit([self = shared_from_this(), demand, slot, flight] {
            if (flight->claim()) self->run(demand, slot, flight);
        });
    if (taken || !flight->claim()) return;
    slot->land(flight,
               host_->closed()
                   ? host_closed()
                   : Error{Status::unavailable, "host", "too many acquisitions are waiting"},
               host_->clock()->now());
}

void ConnectionState::run(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
                          const std::shared_ptr<TokenFlight>& flight) {
    auto& clock = *host_->clock();
    const auto session = this->session(*demand.user);
    const JoinedCancellation cancellation(host_->closing(), session->cancellation());
    const Bounds bounds{clock.now() + config_.limits.acquisition, cancellation.get()};
    const auto trace = host_->trace(config_.name, demand.user->id());

    auto context = discover(trace, bounds);
    if (!context) return slot->land(flight, std::move(context).error(), clock.now());

    const auto scope = effective_scope(demand, *session, *context);
    const auto real = host_->tokens().slot(key(*context, *session, scope));
    if (real == slot) return slot->land(flight, acquire(demand, *context, trace), clock.now());

    // The key was not known before discovery. Another may have won, or be winning, this token.
    if (auto token = real->current(); token && token->usable(clock.now(), host_->skewed().wall()))
        return slot->land(flight, std::move(token), clock.now());
    auto joined = real->join(clock.now());
    if (!joined.flight) return slot->land(flight, std::move(joined.error), clock.now());
    if (joined.flight->claim())
        real->land(joined.flight, acquire(demand, *context, trace), clock.now());
    slot->land(flight, joined.flight->wait(clock, bounds), clock.now());
}

Result<TokenPointer> ConnectionState::obtain(Demand& demand, const Bounds& bounds) {
    auto started = start(demand);
    if (started.token) return std::move(started.token);
    if (!started.flight) return std::move(started.error);
    demand.acquired = true;
    return started.flight->wait(*host_->clock(), bounds);
}

void ConnectionState::obtain_async(const Demand& demand,
                                   std::function<void(Result<TokenPointer>)> done) {
    auto started = start(demand);
    if (started.token) return done(std::move(started.token));
    if (!started.flight) return done(std::move(started.error));
    started.flight->on_done([done = std::move(done)](const Result<TokenPointer>& result) {
        done(result);
    });
}

TokenPointer ConnectionState::cached(const std::shared_ptr<UserState>& user) const {
    const auto context = this->context();
    if (!context || host_->closed()) return nullptr;
    const auto session = this->session(*user);
    const auto scope = effective_scope({user, {}}, *session, context);
    const auto slot = host_->tokens().find(key(context, *session, scope));
    auto token = slot ? slot->current() : nullptr;
    if (token && !token->usable(host_->clock()->now(), host_->skewed().wall())) token.reset();
    return token;
}

}  // namespace mcp_auth::host
