// The public handles of a connection, and the request loop (protocol.md I).
#include <mcp_auth/host/connection.hpp>

#include "host_state.hpp"
#include "joined_cancellation.hpp"
#include "request_state.hpp"
#include "scope.hpp"
#include "unix_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace mcp_auth {

using host::ConnectionState;

Connection::Connection(std::shared_ptr<ConnectionState> state) : state_(std::move(state)) {}

const std::string& Connection::name() const noexcept {
    return state_->config().name;
}
const std::string& Connection::server() const noexcept {
    return state_->server().text();
}

Request Connection::request(Wait wait) const {
    return Request(std::make_shared<host::RequestState>(state_, std::move(wait)));
}

Request Connection::request(const User& user) const {
    Wait wait;
    wait.user = user;
    return request(std::move(wait));
}

Result<AccessToken> Connection::token(const Wait& wait) const {
    auto user = state_->user_of(wait.user);
    if (!user) return std::move(user).error();
    host::Demand demand{std::move(*user), host::scope_set(wait.scope)};
    demand.interaction = state_->interactive(wait);
    auto token = state_->obtain(demand, state_->bounds_of(wait));
    if (!token) return std::move(token).error();
    return host::TokenEntry::handle(std::move(*token));
}

std::optional<AccessToken> Connection::cached(const std::optional<User>& user) const noexcept {
    const auto* known = state_->known_user(user);
    if (known == nullptr) return std::nullopt;
    auto token = state_->cached(*known);
    if (!token) return std::nullopt;
    return host::TokenEntry::handle(std::move(token));
}

void Connection::authorize_async(const Wait& wait, std::function<void(Result<AccessToken>)> done,
                                 Executor executor) const {
    host::complete_async(state_, wait, std::move(done), std::move(executor));
}

Result<Assertion> Connection::assertion(const AssertionRequest& request, const Wait& wait) const {
    using Granted = std::shared_ptr<const host::GrantedAssertion>;
    auto user = state_->user_of(wait.user);
    if (!user) return std::move(user).error();
    const auto bounds = state_->bounds_of(wait);
    // On the pool like every acquisition: the caller only waits.
    auto flight = std::make_shared<host::Flight<Granted>>();
    const bool interaction = state_->interactive(wait);
    const bool taken =
        state_->host()
            .pool(interaction)
            .submit([state = state_, user = *user, request, bounds, interaction, flight] {
                auto granted = state->assertion(request, user, bounds, interaction);
                flight->finish(granted ? Result<Granted>(std::make_shared<host::GrantedAssertion>(
                                             std::move(*granted)))
                                       : Result<Granted>(std::move(granted).error()));
            });
    if (!taken)
        return state_->host().closed()
                   ? Error{Status::cancelled, "host", "the host was closed"}
                   : Error{Status::unavailable, "host", "too many acquisitions are waiting"};
    auto granted = flight->wait(*state_->host().clock(), bounds);
    if (!granted) return std::move(granted).error();
    const auto& assertion = **granted;
    return Assertion{std::string(assertion.assertion.reveal()), assertion.token_type,
                     assertion.scope, host::from_unix_time(assertion.expires_at)};
}

Request::Request(std::shared_ptr<host::RequestState> state) : state_(std::move(state)) {}
Result<Headers> Request::authorize(std::string_view method, std::string_view url) {
    return state_->authorize(method, url);
}
bool Request::again(int status, const Headers& response_headers) {
    return state_->again(status, response_headers);
}
const std::optional<Error>& Request::error() const noexcept {
    return state_->error();
}
const std::optional<AccessToken>& Request::token() const noexcept {
    return state_->token();
}

}  // namespace mcp_auth
