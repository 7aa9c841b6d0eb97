#include "request_state.hpp"

#include "host_state.hpp"
#include "scope.hpp"

#include <mcp_auth/host/echo.hpp>

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

constexpr unsigned most_acquisitions = 3;  // I2, the first included

// What the server's refusal is to the application, when there is no more to try.
Error refused(const std::optional<Challenge>& challenge, int status, std::string message) {
    Error error{Status::denied, "resource", std::move(message)};
    error.http_status = status;
    if (!challenge) return error;
    error.oauth_error = challenge->error;
    error.description = challenge->error_description;
    if (challenge->error == "insufficient_user_authentication") {  // RFC 9470
        error.status = Status::interaction_required;
        error.acr_values = challenge->acr_values;
        if (challenge->max_age) error.max_age = std::chrono::seconds(*challenge->max_age);
    }
    return error;
}

}  // namespace

RequestState::RequestState(std::shared_ptr<ConnectionState> connection, Wait wait)
    : connection_(std::move(connection)), wait_(std::move(wait)) {
    demand_.scope = scope_set(wait_.scope);
}

Result<Headers> RequestState::authorize(std::string_view method, std::string_view url) {
    token_.reset();
    shown_ = {};
    error_.reset();
    covered_ = false;
    const auto fail = [this](Error error) -> Result<Headers> {
        error_ = error;
        return error;
    };
    if (connection_->host().closed())
        return fail({Status::cancelled, "host", "the host was closed"});
    if (!connection_->covers(url)) return Headers{};
    if (!demand_.user) {
        auto user = connection_->user_of(wait_.user);
        if (!user) return fail(std::move(user).error());
        demand_.user = std::move(*user);
    }
    covered_ = true;
    if (!connection_->protected_server() && !connection_->cached(demand_.user)) return Headers{};

    demand_.acquired = false;
    demand_.interaction = connection_->interactive(wait_);
    auto token = connection_->obtain(demand_, connection_->bounds_of(wait_));
    if (demand_.acquired) ++acquisitions_;
    if (!token) return fail(std::move(token).error());
    if (!stepped_up_.empty()) {
        // I2: the server would ask for the same again after this token, and the next.
        if (!scope_contains((*token)->scope(), stepped_up_))
            return fail({Status::denied, "resource",
                         fmt::format("{} asks for scope that was asked for and not granted",
                                     connection_->server().origin())});
        // Only what is granted: a union that is refused would be asked for in every later request.
        connection_->remember_scope(*demand_.user, demand_.scope);
        stepped_up_.clear();
    }
    Headers headers;
    if ((*token)->bound_to() != nullptr) {
        auto proof = connection_->proof(**token, method, url);
        if (!proof) return fail(std::move(proof).error());
        headers = std::move(*proof);
    }
    token_ = TokenEntry::handle(std::move(*token));
    std::string header(token_->type());
    header += ' ';
    header += token_->value();
    headers.insert(headers.begin(), {"Authorization", std::move(header)});
    shown_ = SentSecrets(headers);
    return headers;
}

bool RequestState::stop(Error error) {
    // L4: a server that quotes the token or the proof that it refuses.
    for (std::string* words : {&error.description, &error.oauth_error, &error.acr_values})
        if (shown_.repeated_in(*words)) *words = withheld;
    error_ = std::move(error);
    return false;
}

bool RequestState::again(int status, const Headers& response_headers) {
    // Another server, to which the client was redirected, has no say in what is shown to this one.
    if (!covered_) return false;
    const bool proved = token_ && TokenEntry::of(*token_)->bound_to() != nullptr;
    // J3: any answer may bring the nonce of the next proof.
    const bool nonce = (proved || status == 401) && connection_->keep_nonce(response_headers);
    if (status != 401 && status != 403) return false;
    const auto challenge = read_challenge(response_headers);
    if (status == 401 && proved && challenge && challenge->error == "use_dpop_nonce")
        return again_with_nonce(nonce);
    const bool again = status == 401 ? again_after_401(challenge) : again_after_403(challenge);
    nonce_retried_ = nonce_retried_ && !again;
    return again;
}

// J3: the token is as good as it was, and nothing counts towards I3.
bool RequestState::again_with_nonce(bool given) {
    if (given && !std::exchange(nonce_retried_, true)) return true;
    Error error{Status::protocol, "resource",
                fmt::format("{} wants a nonce in the DPoP proof, and gives none or does not take "
                            "the one that it gave",
                            connection_->server().origin())};
    error.http_status = 401;
    error.oauth_error = "use_dpop_nonce";
    return stop(std::move(error));
}

bool RequestState::again_after_401(const std::optional<Challenge>& challenge) {
    ++tries_401_;
    const auto* shown = token_ ? TokenEntry::of(*token_) : nullptr;
    connection_->challenged(demand_, challenge, shown);
    if (challenge && challenge->error == "insufficient_user_authentication")
        return stop(refused(challenge, 401, "the server wants a stronger or newer sign-in"));
    if (tries_401_ > 1)
        return stop(refused(challenge, 401,
                            fmt::format("{} refused a fresh access token; look at its log for why "
                                        "(audience, issuer, scope, clock)",
                                        connection_->server().origin())));
    demand_.reason = shown == nullptr ? MCP_AUTH_REASON_FIRST : MCP_AUTH_REASON_REJECTED;
    return true;
}

bool RequestState::again_after_403(const std::optional<Challenge>& challenge) {
    if (challenge && challenge->error == "insufficient_user_authentication")
        return stop(refused(challenge, 403, "the server wants a stronger or newer sign-in"));
    if (!challenge || challenge->error != "insufficient_scope" || challenge->scope.empty())
        return stop(refused(challenge, 403, "the server does not allow this to the user"));
    if (!token_)
        return stop(refused(challenge, 403, "the server asks for scope of a token it never got"));
    if (acquisitions_ >= most_acquisitions)
        return stop(refused(
            challenge, 403,
            fmt::format("the server still asks for scope after {} acquisitions", acquisitions_)));
    // I2: what was granted, what was asked for before, and what is asked for now.
    const auto context = connection_->context();
    auto scope = demand_.scope.empty() && context ? context->scope : demand_.scope;
    scope = scope_union(scope_union(scope, token_->scope()), challenge->scope);
    demand_.scope = std::move(scope);
    // Dropped only where it is the union's own, and lacks it: for less it is still good.
    connection_->drop(demand_, TokenEntry::of(*token_));
    stepped_up_ = scope_set(challenge->scope);
    demand_.reason = MCP_AUTH_REASON_INSUFFICIENT_SCOPE;
    return true;
}

void complete_async(const std::shared_ptr<ConnectionState>& connection, const Wait& wait,
                    std::function<void(Result<AccessToken>)> done, Executor executor) {
    // The answer, the caller's cancellation, its deadline: whichever is first completes it, once.
    // Who brings it is in the middle of something of its own (a timer, a sign-out, an acquisition
    // that others wait for), so what the application does with it runs elsewhere.
    struct Once {
        std::atomic<bool> ended{false};
        std::shared_ptr<HostState> host;
        std::function<void(Result<AccessToken>)> done;
        Executor executor;
        Cancellation::Subscription cancellation;

        void operator()(Result<AccessToken> result) {
            if (ended.exchange(true)) return;
            std::function<void()> task = [done = std::move(done), result = std::move(result)] {
                done(result);
            };
            if (executor)
                task = [executor = std::move(executor), task = std::move(task)] { executor(task); };
            if (!host->completions().submit(task)) task();
        }
    };
    auto once = std::make_shared<Once>();
    once->host = connection->host().shared_from_this();
    once->done = std::move(done);
    once->executor = std::move(executor);
    auto user = connection->user_of(wait.user);
    if (!user) return (*once)(std::move(user).error());
    const auto give_up = [weak = std::weak_ptr<Once>(once)](Status status, const char* message) {
        if (const auto alive = weak.lock()) (*alive)(Error{status, "wait", message});
    };
    once->cancellation = wait.cancellation.on_cancel(
        [give_up] { give_up(Status::cancelled, "the caller cancelled"); });
    const auto deadline =
        connection->host().timer().at(connection->bounds_of(wait).deadline, [give_up] {
            give_up(Status::deadline, "the caller's time was up before the answer came");
        });
    if (once->ended) return;  // cancelled before it began
    Demand demand{std::move(*user), scope_set(wait.scope)};
    demand.interaction = connection->interactive(wait);
    connection->obtain_async(demand, [once, connection, deadline](Result<TokenPointer> token) {
        connection->host().timer().forget(deadline);
        (*once)(token ? Result<AccessToken>(TokenEntry::handle(*token))
                      : Result<AccessToken>(token.error()));
    });
}

}  // namespace mcp_auth::host
