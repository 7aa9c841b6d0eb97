#include "journey.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace mcp_auth::wire {
namespace {

using host::testing::WirePeer;
using host::testing::WireServer;
using json::Value;

std::string described(const Result<std::string>& outcome) {
    if (outcome) return "ok";
    const Error& error = outcome.error();
    return std::string(to_string(error.status)) + " (" + error.leg + ": " + error.message + ")";
}

}  // namespace

Journey::Journey(const Leg& leg, const WireFault& fault, std::size_t at, const Surroundings& around)
    : leg_(leg), fault_(fault), at_(at), around_(around), url_(around.stranger.url("/")) {
    const std::lock_guard lock(mutex_);  // until talk() can know who answers
    server_ = std::make_unique<WireServer>([this](WirePeer& peer) { talk(peer); },
                                           fault.over_tls ? around.tls : nullptr);
    origin_ = server_->url("");
    parties_ = std::make_shared<CannedParties>(origin_, *clock_);
    parties_->event_stream = leg.event_stream;
    parties_->breaks_off = leg.way == Way::resumption;
}

Journey::~Journey() {
    wrong_ = false;
    client_.reset();
    if (host_) host_->close();
}

void FirstRenewal::record(const AuditEvent& event) noexcept {
    if (event.kind != AuditEvent::Kind::outcome || event.leg != "token") return;
    const std::lock_guard lock(mutex_);
    if (!begun_.exchange(false)) return;
    status_ = event.status;
    changed_.notify_all();
}

std::optional<Status> FirstRenewal::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, Journey::never, [this] { return status_.has_value(); });
    return status_;
}

bool Journey::on_the_leg(const CannedRequest& request) const {
    return request.method == leg_.method && request.path == leg_.path &&
           request.body.find(leg_.holds) != std::string::npos &&
           (leg_.way != Way::challenge || request.authorization.empty());
}

bool Journey::meets(bool reused) {
    const std::lock_guard lock(mutex_);
    return fault_.meets == WireFault::Meets::every_request || (reused && spoilt_.empty());
}

void Journey::talk(WirePeer& peer) {
    { const std::lock_guard all_is_set_up(mutex_); }
    for (bool reused = false;; reused = true) {
        const std::string bytes =
            fault_.leaves_request_unread ? peer.peek_request() : peer.read_request();
        if (bytes.empty()) return;
        const auto request = CannedRequest::parse(bytes);
        const bool on_the_leg = this->on_the_leg(request);
        const CannedAnswer answer = parties_->answer(bytes);
        const bool spoilt = wrong_ && on_the_leg && meets(reused);
        if (fault_.leaves_request_unread && !spoilt) peer.read_request();
        if (on_the_leg) {
            const std::lock_guard lock(mutex_);
            last_answer_ = answer;
            if (wrong_) ++requests_;
            if (spoilt) spoilt_.push_back(peer.number());
        }
        if (spoilt) fault_.play({peer, answer, at_, leg_.cap, url_, around_.soon, wrong_});
        if (spoilt ? !fault_.keeps_connection : !peer.write(answer.with_length())) return;
    }
}

User Journey::user(const char* name) {
    return host_->user(name, [this, name](std::string_view, const Bounds&) {
        SubjectAssertion assertion;
        assertion.value = parties_->id_token(name);
        return Result<SubjectAssertion>(std::move(assertion));
    });
}

// Who polls for a device waits before the first time (RFC 8628 3.5): that is skipped.
std::chrono::seconds Journey::first_pause() const {
    return std::chrono::seconds(leg_.way == Way::device ? 1 : 0);
}

// Less than this: each request has its limit, a caller one deadline; and a busy machine a while
// more. Where neither may be what ends the waiting, no time limit is: the shortest is `never`, and
// counts from the request on, so whoever was ended by it took longer. By the system's clock, as
// time limits are; the host's, which skips its pauses, would say more.
std::chrono::milliseconds Journey::time_for(std::size_t requests) const {
    if (fault_.limit == WireFault::Limit::none) return never;
    const auto margin =
        std::max<std::chrono::milliseconds>(std::chrono::seconds(2), 10 * around_.soon);
    const bool each = fault_.limit == WireFault::Limit::request;
    return margin + first_pause() + static_cast<int>(each ? requests : 1) * around_.soon;
}

Bounds Journey::bounds() const {
    Bounds out;
    out.deadline = clock_->now() + std::chrono::minutes(50);
    out.request_limit = never;
    if (!wrong_) return out;
    if (fault_.limit == WireFault::Limit::request) out.request_limit = around_.soon;
    if (fault_.limit == WireFault::Limit::deadline)
        out.deadline = clock_->now() + around_.soon + first_pause();
    return out;
}

Result<std::string> Journey::token(const char* name) {
    browsing_ = name;
    Wait wait;
    if (leg_.per_user()) wait.user = user(name);
    wait.deadline = bounds().deadline;
    wait.interaction = true;
    const auto token = chat_->token(wait);
    if (!token) return token.error();
    return std::string(token->value());
}

Result<std::string> Journey::call_tool() {
    if (!client_) {
        Wait wait;
        wait.user = user("alice");
        mcp::ClientOptions options;
        options.clock = clock_;
        auto client = std::make_unique<mcp::Client>(host_->transport(), origin_ + "/mcp",
                                                    mcp::authorize_by(*chat_, wait), options);
        if (auto opened = client->open(bounds()); !opened) return opened.failure().error;
        client_ = std::move(client);
        if (leg_.in_session() && !wrong_) return std::string("opened");
    }
    const auto said = client_->call("greet", Value::object(), bounds());
    if (!said) return said.failure().error;
    return said->text();
}

Result<std::string> Journey::ask() {
    switch (leg_.way) {
    case Way::device: {
        SignIn how;
        how.device = [](const DevicePrompt&) {};
        const auto who = host_->sign_in(how, bounds());
        if (!who) return who.error();
        return who->subject;
    }
    case Way::tool:
    case Way::resumption:
    case Way::challenge: return call_tool();
    case Way::renewal: return wrong_ ? renewed() : token("alice");
    default: return token("alice");
    }
}

// What became of a renewal in the background. Nobody waits for it: its caller has the old token.
Result<std::string> Journey::renewed() {
    // Of 3600: later its end is so near that the clock would skip to it.
    clock_->advance(std::chrono::seconds(3000));
    const auto served = token("alice");
    if (!served || !is_right(*served))
        return Error{Status::internal, "", "the old token is not served while it is renewed"};
    const auto status = renewals_->wait();
    if (!status) return Error{Status::internal, "", "it was not renewed"};
    if (*status != Status::ok) return Error{*status, leg_.error_leg, "as the audit says"};
    return replaced();
}

// The token that is served once it is another than the first.
Result<std::string> Journey::replaced() {
    const auto longest = std::chrono::steady_clock::now() + never;
    for (auto now = cached("alice"); std::chrono::steady_clock::now() < longest;
         now = cached("alice")) {
        if (now != alices_) return now;
        std::this_thread::yield();
    }
    return Error{Status::internal, "", "it is never renewed"};
}

bool Journey::is_right(const std::string& value) const {
    switch (leg_.way) {
    case Way::device: return value == "alice";
    case Way::tool:
    case Way::resumption:
    case Way::challenge: return value == "hello alice";
    default: return parties_->was_given("alice", value);
    }
}

std::string Journey::cached(const char* name) {
    const auto token = leg_.per_user() ? chat_->cached(user(name)) : chat_->cached();
    return token ? std::string(token->value()) : std::string();
}

// Tokens under other keys, and all that the leg needs to come about.
std::string Journey::prepare() {
    if (auto why = open(); !why.empty()) return why;
    const auto other = other_->token();
    if (!other) return "no token of the other server: " + other.error().message;
    others_ = other->value();
    const bool alone =
        !leg_.per_user() || leg_.way == Way::registered || leg_.way == Way::challenge;
    if (!alone) {
        const auto bobs = token("bob");
        if (!bobs) return "no token for bob: " + described(bobs);
        bobs_ = *bobs;
    }
    if (leg_.way == Way::refresh) {
        if (const auto first = token("alice"); !first) return "no code: " + described(first);
        auto request = chat_->request(user("alice"));
        if (!request.authorize("POST", origin_ + "/mcp") ||
            !request.again(401, {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}))
            return "a refused token is not replaced";
    }
    // The documents' minute is over. (A deadline given to the HTTP client itself is the system's
    // clock's; there nothing is read again.)
    if (!bobs_.empty() && !leg_.in_session()) clock_->advance(std::chrono::minutes(2));
    if (leg_.way == Way::renewal) {
        const auto first = token("alice");
        if (!first) return "no token: " + described(first);
        alices_ = *first;
    }
    if (leg_.in_session()) {
        if (const auto opened = call_tool(); !opened) return "no session: " + described(opened);
        alices_ = cached("alice");
    }
    return {};
}

std::string Journey::judge_cache(const Result<std::string>& outcome) {
    if (other_->cached() ? other_->cached()->value() != others_ : true)
        return "the other server's token is no longer served";
    if (!bobs_.empty() && cached("bob") != bobs_) return "bob's token is no longer served";
    const std::string alices = cached("alice");
    if (leg_.in_session() && alices != alices_) return "alice's token is no longer served";
    // The old one until there is another, which a failure does not hold up for long.
    if (leg_.way == Way::renewal && !parties_->was_given("alice", alices))
        return "no token is served while it is renewed";
    if (!brings_token()) return {};
    if (outcome && alices != *outcome) return "another token is cached than was handed out";
    if (!outcome && !alices.empty()) return "a token is cached, though none was handed out";
    return {};
}

// A limit that is to be reached is one that a busy machine may reach elsewhere.
std::string Journey::out_of_time(const std::string& why) const {
    return fault_.limit == WireFault::Limit::none ? why : missed + why;
}

std::string Journey::judge(const Result<std::string>& outcome, std::chrono::milliseconds took) {
    std::size_t requests = 0, met = 0;
    CannedAnswer answer;
    {
        const std::lock_guard lock(mutex_);
        requests = requests_;
        met = spoilt_.size();
        if (last_answer_) answer = *last_answer_;
    }
    const auto allowed = leg_.allowed(fault_, answer, at_);
    if (met == 0) {
        const auto why = "the fault was not met: " + described(outcome);
        return fault_.meets == WireFault::Meets::one_reused_connection ? missed + why
                                                                       : out_of_time(why);
    }
    if (std::find(allowed.begin(), allowed.end(), outcome.status()) == allowed.end())
        return "ended as " + described(outcome);
    if (outcome && !is_right(*outcome)) return "what was handed out is not what was given";
    const auto asked = "asked " + std::to_string(requests) + " times: " + described(outcome);
    if (requests > leg_.most_requests(fault_, outcome.status())) return asked;
    // The limit may have passed before a request was written.
    if (requests < leg_.least_requests(fault_, outcome.status())) return out_of_time(asked);
    if (took >= time_for(requests))
        return "took " + std::to_string(took.count()) + " ms: " + described(outcome);
    if (!outcome) {
        const Error& error = outcome.error();
        // A caller's own deadline passes wherever it is.
        const bool elsewhere = error.status == Status::deadline ||
                               error.status == Status::interaction_required ||
                               (leg_.way == Way::challenge && error.leg == "resource_metadata");
        if (error.leg != leg_.error_leg && !elsewhere)
            return "blames another leg: " + described(outcome);
        for (const auto& secret : parties_->secrets())
            if ((error.message + error.description).find(secret) != std::string::npos)
                return "the error holds a secret";
    }
    return judge_cache(outcome);
}

// A peer that asks for a pause gets it: nothing is sent, and the caller is told at once.
std::string Journey::hold_off() {
    if (!fault_.asks_for_a_second || !brings_token()) return {};
    const auto before = server_->requests().size();
    const auto held = ask();
    if (held.status() != Status::unavailable) return "not held off: " + described(held);
    if (server_->requests().size() != before) return "asked again before its Retry-After";
    clock_->advance(std::chrono::seconds(2));
    return {};
}

bool Journey::brings_token() const {
    return !leg_.in_session() && leg_.way != Way::challenge && leg_.way != Way::device &&
           leg_.way != Way::renewal;
}

// The fault is gone: the next call gets what it asks for.
std::string Journey::go_on() {
    wrong_ = false;
    clock_->skip(true);
    // A connection that is closed just as it is used again is a fault of its own.
    const auto spoilt = [&] {
        const std::lock_guard lock(mutex_);
        return spoilt_;
    }();
    if (!fault_.keeps_connection)
        for (const int number : spoilt) server_->wait_closed(number);
    if (auto why = hold_off(); !why.empty()) return why;
    Result<std::string> next = ask();
    // What was under way when a caller gave up ends as it must; a machine that is busy may take
    // longer than a limit that is meant to be reached.
    for (int more = 0; more < 3 && fault_.limit != WireFault::Limit::none && !next; ++more)
        next = ask();
    if (!next) return out_of_time("afterwards: " + described(next));
    if (leg_.way == Way::renewal) next = replaced();
    if (!next) return "afterwards: " + described(next);
    if (!is_right(*next)) return "afterwards what was handed out is not what was given";
    if (auto why = judge_cache(next); !why.empty()) return "afterwards " + why;
    for (const auto& complaint : parties_->complaints()) return complaint;
    return {};
}

std::string Journey::run() {
    if (auto why = prepare(); !why.empty()) return out_of_time("before the fault: " + why);
    clock_->skip(fault_.limit != WireFault::Limit::deadline || leg_.way == Way::device);
    wrong_ = true;
    const auto began = std::chrono::steady_clock::now();
    const auto outcome = ask();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    if (auto why = judge(outcome, took); !why.empty()) return why;
    return go_on();
}

CannedAnswer Journey::answer_of(const Leg& leg, const Surroundings& around) {
    static const WireFault none;
    Journey journey(leg, none, 0, around);
    if (journey.prepare().empty()) (void)journey.ask();
    const std::lock_guard lock(journey.mutex_);
    return journey.last_answer_.value_or(CannedAnswer{});
}

}  // namespace mcp_auth::wire
