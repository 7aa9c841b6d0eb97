#include "callers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

namespace mcp_auth::load {

std::uint64_t Tally::expected_failures() const {
    std::uint64_t all = 0;
    for (const auto& one : failures) all += one;
    return all;
}

Callers::Callers(const Host& host, std::string base, Ledger& ledger, unsigned seed)
    : host_(host), base_(std::move(base)), ledger_(ledger), seed_(seed) {
    for (std::size_t i = 0; i < resource_count; ++i)
        connections_.push_back(*host_.connection(fmt::format("{}/r{}", base_, i)));
    for (std::size_t i = 0; i < user_count; ++i) people_[i].handle = new_user(i);
}

User Callers::new_user(std::size_t number) {
    auto& person = people_[number];
    return host_.user(
        fmt::format("tenant/{}", number),
        [this, &person, number](std::string_view type, const Bounds&) -> Result<SubjectAssertion> {
            if (type != "urn:ietf:params:oauth:token-type:id_token")
                return Error{Status::unsupported, "subject", "an ID token is all there is"};
            SubjectAssertion assertion;
            assertion.value = id_token(base_, number, person.generation);
            return assertion;
        });
}

Callers::Call Callers::new_call(const Key& key, Random& random) const {
    Call call;
    call.key = key;
    call.floor = people_[key.user].floor;
    call.wait.user = people_[key.user].handle;
    call.wait.scope = scope_name(key.scope);
    const bool impatient = random() % 8 == 0;
    call.wait.deadline = Clock::now() + std::chrono::milliseconds(
                                            impatient ? 5 + random() % 45 : 1000 + random() % 2000);
    return call;
}

void Callers::complain(Tally& tally, const std::string& what) {
    ++tally.wrong;
    if (++complaints_ <= 20) std::fprintf(stderr, "load: %s\n", what.c_str());
}

void Callers::check(const Call& call, std::size_t scope, const AccessToken& token, Tally& tally) {
    ++tally.tokens;
    const Handed handed{{call.key.user, call.key.resource, scope},
                        call.floor,
                        std::string(token.value()),
                        std::string(token.scope()),
                        token.expires_at()};
    for (const auto& what : wrong_with(handed, std::chrono::system_clock::now()))
        complain(tally, what);
}

void Callers::check(const Call& call, const Error& error, Tally& tally) {
    const Refused refused{error.status, people_[call.key.user].generation != call.floor,
                          call.cancelled, Clock::now() >= call.wait.deadline,
                          ledger_.behind(call.key)};
    if (!explained(refused))
        return complain(
            tally, fmt::format("{} without a fault that explains it ({:x}): {}: {}",
                               to_string(error.status), refused.behind, error.leg, error.message));
    ++tally.failures[static_cast<std::size_t>(error.status)];
}

void Callers::check(const Call& call, const Unserved& unserved, Tally& tally) {
    if (const auto fault = shown_by(unserved)) {
        ++tally.unserved[static_cast<std::size_t>(*fault)];
    } else if (explained({unserved.status, false, false, Clock::now() >= call.wait.deadline, 0})) {
        ++tally.failures[static_cast<std::size_t>(unserved.status)];
    } else {
        complain(tally, fmt::format("a request at the MCP server ends in {}, HTTP status {}",
                                    to_string(unserved.status), unserved.http_status));
    }
}

void Callers::check_time(const Call& call, const char* what, Tally& tally) {
    const auto late = Clock::now() - call.wait.deadline;
    auto latest = tally.latest.load();
    while (latest < late.count() && !tally.latest.compare_exchange_weak(latest, late.count())) {
    }
    if (late > slack) complain(tally, fmt::format("{} did not end in time", what));
}

void Callers::token(Call& call, Tally& tally) {
    const auto token = connections_[call.key.resource].token(call.wait);
    check_time(call, "token", tally);
    token ? check(call, call.key.scope, *token, tally) : check(call, token.error(), tally);
}

// A whole MCP request, at the MCP server.
void Callers::request(Call& call, Tally& tally) {
    const auto& connection = connections_[call.key.resource];
    auto request = connection.request(call.wait);
    const Bounds bounds{call.wait.deadline, call.wait.cancellation, request_limit};
    HttpRequest http;
    http.method = "POST";
    http.url = connection.server();
    http.body = "{}";
    for (int refusals = 0, tries = 0;;) {
        auto headers = request.authorize(http.method, http.url);
        check_time(call, "authorize", tally);
        if (!headers) return check(call, headers.error(), tally);
        if (request.token()) check(call, call.key.scope, *request.token(), tally);
        http.headers = std::move(*headers);
        const auto sent = Clock::now();
        const auto response = host_.transport()->send(http, bounds);
        const auto took = Clock::now() - sent;
        check_time(call, "send", tally);
        if (!response) return check(call, Unserved{response.status(), 0, took}, tally);
        // Without a token, a 401 is no fault: the server says how to get one.
        const bool asked_for_a_token = response->status == 401 && !request.token();
        if (response->status != 200 && !asked_for_a_token)
            check(call, Unserved{Status::ok, response->status, took}, tally);
        if (response->status == 401) ++refusals;
        if (++tries > 3) return complain(tally, "a request that is tried without end");
        if (request.again(response->status, response->headers)) continue;
        if (request.error() && refusals < 2)
            complain(tally, fmt::format("a request ends after {} refusals", refusals));
        if (request.error()) ++tally.failures[static_cast<std::size_t>(request.error()->status)];
        return;
    }
}

void Callers::cached(const Call& call, Tally& tally) {
    if (const auto token = connections_[call.key.resource].cached(call.wait.user))
        check(call, 0, *token, tally);  // of the connection's own scope
}

void Callers::sign_out(const Call& call, Tally& tally) {
    auto& person = people_[call.key.user];
    const auto generation = ++person.generation;
    person.handle->sign_out();
    auto floor = person.floor.load();
    while (floor < generation && !person.floor.compare_exchange_weak(floor, generation)) {
    }
    ++tally.sign_outs;
}

void Callers::make(Call& call, Random& random, Tally& tally) {
    ++tally.begun;
    const auto what = random() % 1000;
    if (what < 10)
        sign_out(call, tally);
    else if (what < 60)
        cached(call, tally);
    else if (what < 300)
        request(call, tally);
    else
        token(call, tally);
    ++tally.ended;
}

void Callers::warm_up(std::size_t keys, Tally& tally) {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 64; ++i)
        threads.emplace_back([&, seed = seed_ + ++callers_] {
            Random random(seed);
            for (auto key = next++; key < keys; key = next++) {
                auto call = new_call(Key::of(key), random);
                ++tally.begun;
                token(call, tally);
                ++tally.ended;
            }
        });
    for (auto& thread : threads) thread.join();
}

void Callers::block(unsigned count, Tally& tally, const std::function<bool()>& enough) {
    stop_ = false;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i)
        threads.emplace_back([&, seed = seed_ + ++callers_] {
            Random random(seed);
            while (!stop_) {
                auto call = new_call(Key::of(random() % key_count), random);
                make(call, random, tally);
            }
        });
    while (!enough()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop_ = true;
    for (auto& thread : threads) thread.join();
}

// Calls that follow each other: the completion of one begins the next.
struct Callers::Chain {
    Callers& callers;
    Tally& tally;
    Random random;
    std::atomic<bool> over{false};
};

void Callers::begin(Chain& chain) {
    struct Under {
        Call call;
        std::atomic<int> completions{0};
    };
    auto under = std::make_shared<Under>();
    under->call = new_call(Key::of(chain.random() % key_count), chain.random);
    under->call.cancelled = chain.random() % 64 == 0;
    auto cancellation = under->call.wait.cancellation;
    const bool cancel = under->call.cancelled;
    ++chain.tally.begun;
    connections_[under->call.key.resource].authorize_async(
        under->call.wait, [this, &chain, under](const Result<AccessToken>& token) {
            if (under->completions++ != 0) return complain(chain.tally, "a call that ended twice");
            const auto& call = under->call;
            check_time(call, "authorize_async", chain.tally);
            token ? check(call, call.key.scope, *token, chain.tally)
                  : check(call, token.error(), chain.tally);
            ++chain.tally.ended;
            if (stop_)
                chain.over = true;
            else
                begin(chain);
        });
    if (cancel) cancellation.cancel();
}

void Callers::complete(unsigned count, Tally& tally, const std::function<bool()>& enough) {
    stop_ = false;
    std::vector<std::unique_ptr<Chain>> chains;
    for (unsigned i = 0; i < count; ++i)
        chains.push_back(
            std::unique_ptr<Chain>(new Chain{*this, tally, Random(seed_ + ++callers_), {}}));
    for (auto& chain : chains) begin(*chain);
    while (!enough()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop_ = true;
    const auto longest = Clock::now() + std::chrono::seconds(3) + slack;
    const auto all_over = [&] {
        return std::all_of(chains.begin(), chains.end(),
                           [](const auto& chain) { return chain->over.load(); });
    };
    while (!all_over() && Clock::now() < longest)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    // One that is lost could still come back, to what it uses.
    for (auto& chain : chains)
        if (!chain->over) (void)chain.release();
}

}  // namespace mcp_auth::load
