// Host::sign_in and its kin: which session is meant, and what else ends with it.
#include "flight.hpp"
#include "host_state.hpp"
#include "joined_cancellation.hpp"
#include "retry.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::chrono::minutes patience{5};  // with a person

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

bool is_same(const Session& a, const Session& b) {
    // Clients without an id are registered for each provider apart.
    return a.name == b.name && a.client.issuer == b.client.issuer && a.client.id == b.client.id &&
           (!a.client.id.empty() || a.provider == b.provider);
}

}  // namespace

// A connection may lay another subject or client over its provider's.
std::vector<const ProviderConfig*> HostState::provider_configs() const {
    std::vector<const ProviderConfig*> all;
    for (const auto& [name, provider] : config_.providers) all.push_back(&provider);
    for (const auto& connection : config_.connections) all.push_back(&connection.provider);
    return all;
}

Result<Session> HostState::session(const SessionChoice& which) const {
    std::vector<Session> found;
    std::vector<std::string> names;
    std::vector<std::string> others;
    for (const auto* provider : provider_configs()) {
        auto session = session_of(*provider);
        if (!session) return std::move(session).error();
        if (!*session) continue;
        const auto title = (*session)->name + " (provider " + provider->name + ")";
        others.push_back(title);
        if (!which.session.empty() && which.session != (*session)->name) continue;
        if (!which.provider.empty() && which.provider != provider->name) continue;
        const bool known = std::any_of(found.begin(), found.end(), [&](const Session& other) {
            return is_same(other, **session);
        });
        if (known) continue;
        names.push_back(title);
        found.push_back(std::move(**session));
    }
    if (found.size() == 1) return std::move(found.front());
    if (found.empty() && others.empty())
        return Error(Status::misconfigured, "configuration",
                     config_.path +
                         ": no provider's \"subject\" is a session; give one "
                         "{\"type\": \"id_token\", \"from\": {\"session\": NAME}}");
    if (found.empty())
        return Error(Status::invalid_argument, "session",
                     "the configuration has no such session; it has " + listed(others));
    return Error(
        Status::invalid_argument, "session",
        "there are several sessions, say which by --session or --provider: " + listed(names));
}

void HostState::forget_session(const std::string& name) {
    for (const auto* provider : provider_configs()) {
        const auto& subject = provider->subject;
        if (!subject || subject->from.from != SecretReference::From::session ||
            subject->from.name != name)
            continue;
        const auto session = configured_user_->session(Instance::configured_session(*provider));
        session->end_generation();
        users_->forget(*session);
    }
}

Trace HostState::sign_in_trace() {
    auto joined = trace({}, {});
    joined.acquisition = next_serial();
    return joined;
}

Result<SignedIn> HostState::sign_in(const SignIn& how, const Bounds& bounds) {
    const auto session = this->session(how.which);
    if (!session) return session.error();
    const JoinedCancellation either(closing_, bounds.cancellation);
    Bounds within{bounds.deadline, either.get(), bounds.request_limit};
    if (within.deadline == Deadline{}) within.deadline = clock()->now() + patience;
    // On the pool, so that close() waits for it; it ends within the bounds by itself.
    auto flight = std::make_shared<Flight<SignedIn>>();
    const bool taken = pool(true).submit([&, flight] {
        flight->finish(sign_ins_.begin(
            *session, how, [this](const std::string& name) { forget_session(name); },
            sign_in_trace(), within));
    });
    if (!taken)
        return closed() ? Error{Status::cancelled, "host", "the host was closed"}
                        : Error{Status::unavailable, "host", "too many users sign in at once"};
    return flight->wait(*clock(), {Deadline::max(), {}, {}});
}

Result<std::optional<SignedIn>> HostState::signed_in(const SessionChoice& which) const {
    const auto session = this->session(which);
    if (!session) return session.error();
    return sign_ins_.who(*session);
}

Result<SignedOut> HostState::sign_out(const SessionChoice& which, const Bounds& bounds) {
    const auto session = this->session(which);
    if (!session) return session.error();
    return sign_ins_.end(
        *session, [this](const std::string& name) { forget_session(name); }, sign_in_trace(),
        bounded(bounds, *clock()));
}

}  // namespace mcp_auth::host

namespace mcp_auth {

Result<SignedIn> Host::sign_in(const SignIn& how, const Bounds& bounds) const {
    return state_->sign_in(how, bounds);
}
Result<std::optional<SignedIn>> Host::signed_in(const SessionChoice& which) const {
    return state_->signed_in(which);
}
Result<SignedOut> Host::sign_out(const SessionChoice& which, const Bounds& bounds) const {
    return state_->sign_out(which, bounds);
}

}  // namespace mcp_auth
