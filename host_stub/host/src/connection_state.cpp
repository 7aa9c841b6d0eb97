#include "connection_state.hpp"

#include "host_state.hpp"
#include "joined_cancellation.hpp"
#include "scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

namespace {

Error host_closed() {
    return {Status::cancelled, "host", "the host was closed"};
}

}  // namespace

ConnectionState::ConnectionState(std::shared_ptr<HostState> host, const ConnectionConfig& config,
                                 Url server, std::shared_ptr<Instance> instance)
    : host_(std::move(host)),
      config_(config),
      server_(std::move(server)),
      instance_(std::move(instance)),
      serial_(host_->next_serial()) {}

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
    return !asks_anew_ && (challenged_ || context_ != nullptr);
}

std::shared_ptr<UserSession> ConnectionState::session(UserState& user) const {
    return user.session(instance_->session_name(user));
}

const std::shared_ptr<UserState>* ConnectionState::known_user(
    const std::optional<User>& user) const noexcept {
    if (user) return &UserState::of(*user);
    const auto& subject = instance_->config().subject;
    if (subject && subject->from.from == SecretReference::From::application &&
        !host_->application_subject())
        return nullptr;
    return &host_->configured_user();
}

Result<std::shared_ptr<UserState>> ConnectionState::user_of(const std::optional<User>& user) const {
    if (const auto* known = known_user(user)) return *known;
    return Error{Status::invalid_argument, "subject",
                 fmt::format("the configuration of \"{}\" leaves the subject to the application: "
                             "name the user in the call",
                             config_.name)};
}

bool ConnectionState::interactive(const Wait& wait) const noexcept {
    return wait.interaction && instance_->interactive();
}

std::chrono::milliseconds ConnectionState::time_for(bool interaction) const noexcept {
    return interaction ? std::max(config_.limits.interaction, config_.limits.acquisition)
                       : config_.limits.acquisition;
}

Bounds ConnectionState::bounds_of(const Wait& wait) const {
    const auto deadline = wait.deadline == Deadline{}
                              ? host_->clock()->now() + time_for(interactive(wait))
                              : wait.deadline;
    return {deadline, wait.cancellation, config_.limits.request};
}

TokenKey ConnectionState::key(const ContextPointer& context, const UserSession& session,
                              std::uint64_t generation, std::string_view scope) const {
    return {context ? context->serial : serial_, session.serial(), generation, scope};
}

std::string ConnectionState::effective_scope(const Demand& demand, const UserSession& session,
                                             const ContextPointer& context) const {
    if (demand.settled || !demand.scope.empty()) return demand.scope;
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
    const auto generation = session->generation();
    stepped_up_.erase(stepped_up_.lower_bound({session->serial(), 0}),
                      stepped_up_.lower_bound({session->serial(), generation}));
    // Two that step up at once both count.
    auto& kept = stepped_up_[{session->serial(), generation}];
    kept = scope_union(kept, scope);
    ++version_;
}

bool ConnectionState::drop(const Demand& demand, const TokenEntry* token) {
    const auto context = this->context();
    if (!context || token == nullptr) return false;
    const auto session = this->session(*demand.user);
    const auto scope = effective_scope(demand, *session, context);
    const auto slot = host_->tokens().find(key(context, *session, session->generation(), scope));
    if (!slot || !slot->drop(token)) return false;
    host_->drop_outdated_copies();
    return true;
}

void ConnectionState::drop_tokens(const std::string& provider, const std::string& issuer) {
    const auto context = this->context();
    if (!context || context->issuer != issuer || instance_->config().name != provider) return;
    host_->tokens().drop_context(context->serial);
    host_->drop_outdated_copies();
}

void ConnectionState::challenged(const Demand& demand, const std::optional<Challenge>& challenge,
                                 const TokenEntry* token) {
    const bool was_current = drop(demand, token);
    std::string issuer;
    {
        std::lock_guard lock(mutex_);
        challenged_ = true;
        // After one that could not be used, this is what the server says now, whatever was known.
        const bool anew = std::exchange(asks_anew_, false);
        if ((!context_ || anew) && challenge) challenge_ = challenge;
        if (!was_current) return;  // a late answer to an old token proves nothing
        if (challenge) challenge_ = challenge;
        context_fresh_until_ = {};
        issuer = context_->issuer;
    }
    host_->metadata().forget(issuer);
}

// The short way of start(), for a caller with nothing special to say.
TokenPointer ConnectionState::recent(const Demand& demand) const {
    if (!demand.scope.empty()) return nullptr;
    return host_->recent().find({serial_, demand.user->serial(), version_.load()},
                                host_->clock()->now(), host_->clock()->wall());
}

ConnectionState::Start ConnectionState::start(const Demand& demand) {
    if (host_->closed()) return {nullptr, nullptr, host_closed()};
    if (auto token = recent(demand)) return {std::move(token), nullptr, {}};
    // Read before what it is the version of, so that a change in between makes the copy stale.
    const auto version = version_.load();
    const auto session = this->session(*demand.user);
    const auto sign_outs = session->sign_outs();
    const auto generation = session->generation();
    const auto context = this->context();
    const auto scope = effective_scope(demand, *session, context);
    auto slot = host_->tokens().slot(key(context, *session, generation, scope));
    const auto now = host_->clock()->now();
    auto [token, slot_version] = context ? slot->current() : TokenSlot::Current{};
    if (token && !token->usable(now, host_->clock()->wall())) token.reset();
    if (token) {
        token->hand_out();
        host_->metrics().count_cached();
    }
    if (token && !token->wants_renewal(now)) {
        if (demand.scope.empty())
            host_->recent().put({serial_, demand.user->serial(), version}, session, generation,
                                slot, slot_version, token);
        return {std::move(token), nullptr, {}};
    }

    // What is asked for is settled here, so that a flight brings what its key says even if a
    // step-up comes meanwhile. Where it is for discovery to say, those who named a scope do not
    // join.
    auto acquisition = demand;
    acquisition.sign_outs = sign_outs;
    if (token || (context && fresh_context() == context)) {
        acquisition.scope = scope;
        acquisition.settled = true;
    } else if (demand.scope.empty()) {
        slot = host_->tokens().slot(key(nullptr, *session, generation, {}));
        slot_version = slot->version();
    }
    if (token) {  // served while it is renewed, for which nobody is asked
        acquisition.reason = MCP_AUTH_REASON_EXPIRING;
        acquisition.interaction = false;
    }
    auto joined = slot->join(now, token != nullptr, slot_version, acquisition.interaction);
    if (joined.outdated) return start(demand);
    if (joined.created) {
        launch(acquisition, slot, joined.flight);
    }
    if (token) return {std::move(token), nullptr, {}};
    if (!joined.created && joined.flight) host_->metrics().count_joined();
    return {nullptr, std::move(joined.flight), std::move(joined.error)};
}

void ConnectionState::renew_at(Deadline when, const Demand& demand,
                               const std::shared_ptr<TokenSlot>& slot) {
    auto renewal = demand;
    renewal.reason = MCP_AUTH_REASON_EXPIRING;
    renewal.interaction = false;
    host_->timer().at(when, [when, weak = weak_from_this(), renewal, at = std::weak_ptr(slot)] {
        const auto self = weak.lock();
        const auto in = at.lock();
        if (!self || !in || self->host_->closed()) return;
        const auto now = self->host_->clock()->now();
        const auto [token, version] = in->current();
        if (!token) return;
        // Only now: there are many tokens, and each has one timer at a time.
        if (when == token->times().soft) self->expire_at(token->times().hard, in);
        if (!token->handed_out() || !token->wants_renewal(now)) return;
        auto joined = in->join(now, true, version);
        if (joined.created) self->launch(renewal, in, joined.flight);
    });
}

void ConnectionState::expire_at(Deadline when, const std::shared_ptr<TokenSlot>& slot) {
    host_->timer().at(when, [weak = weak_from_this(), at = std::weak_ptr(slot)] {
        const auto self = weak.lock();
        const auto in = at.lock();
        if (!self || !in || self->host_->closed()) return;
        const auto& clock = *self->host_->clock();
        const auto dead = in->take_dead(clock.now(), clock.wall());
        if (dead && dead.use_count() > 1) self->host_->drop_outdated_copies();
    });
}

void ConnectionState::land(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
                           const std::shared_ptr<TokenFlight>& flight,
                           Result<TokenPointer> result) {
    std::optional<Deadline> renewal;
    if (result) {
        // Whoever waited was handed it; a renewal that nobody waited for was not.
        if (demand.reason != MCP_AUTH_REASON_EXPIRING) (*result)->hand_out();
        renewal = (*result)->times().soft;
    }
    const auto former = result ? slot->current().token : nullptr;
    const auto again = slot->land(flight, std::move(result), host_->clock()->now());
    if (former.use_count() > 1) host_->drop_outdated_copies();
    if (again) renewal = again;
    if (renewal) renew_at(*renewal, demand, slot);
}

void ConnectionState::launch(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
                             const std::shared_ptr<TokenFlight>& flight) {
    const bool taken =
        host_->pool(demand.interaction).submit([self = shared_from_this(), demand, slot, flight] {
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
    const JoinedCancellation cancellation(host_->closing(), session);
    const Bounds bounds{clock.now() + time_for(demand.interaction), cancellation.get(),
                        config_.limits.request};
    // After the cancellation was taken: a sign-out before that is seen here, a later one by it.
    if (session->sign_outs() != demand.sign_outs) {
        slot->land(flight, Error{Status::cancelled, "subject", "the user signed out"}, clock.now());
        return;
    }
    const auto trace = host_->trace(config_.name, demand.user->id());

    auto context = discover(trace, bounds);
    if (!context) {
        slot->land(flight, std::move(context).error(), clock.now());
        return;
    }
    const auto scope = effective_scope(demand, *session, *context);
    const auto full_key = key(*context, *session, session->generation(), scope);
    const auto real = host_->tokens().slot(full_key);
    auto settled = demand;
    settled.scope = scope;
    settled.settled = true;
    if (real == slot)
        return acquire_into(slot, flight, settled, *context, full_key, trace, bounds.deadline);

    // The key was not known before discovery. Another may have won, or be winning, this token:
    // then both flights end alike. What ends the first one is not kept in its slot.
    TokenSlot::Joined joined;
    do {
        auto [token, version] = real->current();
        if (token && token->usable(clock.now(), host_->clock()->wall())) {
            token->hand_out();
            slot->pass_on(flight, std::move(token));
            return;
        }
        joined = real->join(clock.now(), false, version, demand.interaction);
    } while (joined.outdated);
    if (!joined.flight) {
        slot->land(flight, std::move(joined.error), clock.now());
        return;
    }
    if (joined.flight->claim())
        acquire_into(real, joined.flight, settled, *context, full_key, trace, bounds.deadline);
    auto result = joined.flight->wait(clock, bounds);
    if (result)
        slot->pass_on(flight, std::move(*result));
    else
        slot->land(flight, std::move(result), clock.now());
}

void ConnectionState::acquire_into(const std::shared_ptr<TokenSlot>& slot,
                                   const std::shared_ptr<TokenFlight>& flight, const Demand& demand,
                                   const ContextPointer& context, const TokenKey& key,
                                   const Trace& trace, Deadline deadline) {
    auto generation = key.generation;
    auto token = acquire(demand, context, trace, deadline, generation);
    if (token && generation != key.generation) {
        // The user changed on the way: it is the new one's token, and not for the old slot's key.
        const auto theirs = host_->tokens().slot({key.context, key.session, generation, key.scope});
        theirs->put(*token);
        renew_at((*token)->times().soft, demand, theirs);
    }
    land(demand, slot, flight, std::move(token));
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
    started.flight->on_done(
        [done = std::move(done)](const Result<TokenPointer>& result) { done(result); });
}

TokenPointer ConnectionState::cached(const std::shared_ptr<UserState>& user) const {
    if (host_->closed()) return nullptr;
    const auto version = version_.load();
    const auto now = host_->clock()->now();
    const auto wall = host_->clock()->wall();
    if (auto token = host_->recent().find({serial_, user->serial(), version}, now, wall))
        return token;
    const Demand demand{user, {}};
    const auto context = this->context();
    if (!context) return nullptr;
    const auto session = this->session(*user);
    const auto generation = session->generation();
    const auto scope = effective_scope(demand, *session, context);
    const auto slot = host_->tokens().find(key(context, *session, generation, scope));
    if (!slot) return nullptr;
    auto [token, slot_version] = slot->current();
    if (token && !token->usable(now, wall)) token.reset();
    if (token) token->hand_out();
    if (token && !token->wants_renewal(now))
        host_->recent().put({serial_, user->serial(), version}, session, generation, slot,
                            slot_version, token);
    return token;
}

}  // namespace mcp_auth::host
