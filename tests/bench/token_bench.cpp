// What a host does with tokens, without a network: a token that is cached, among few or many, and
// a cold acquisition whose answers cost nothing (Google Benchmark).
#include "canned_enterprise.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::bench {
namespace {

// A host without a network, and users who have their token already.
struct Signed {
    explicit Signed(std::size_t count)
        : enterprise(CannedEnterprise::at("https://idp.example", "https://auth.example", 1024)) {
        Options options;
        options.transport = canned_transport(enterprise);
        auto opened = enterprise.open(std::move(options));
        if (!opened) throw std::runtime_error(opened.error().message);
        host = std::make_unique<Host>(std::move(*opened));
        chat = std::make_unique<Connection>(*host->connection(enterprise.resource));
        if (!chat->token()) throw std::runtime_error("no token");
        for (std::size_t i = 0; i < count; ++i) {
            users.push_back(host->user("user" + std::to_string(i), enterprise.source()));
            Wait wait;
            wait.user = users.back();
            if (!chat->token(std::move(wait))) throw std::runtime_error("no token");
        }
    }
    const CannedEnterprise enterprise;
    std::unique_ptr<Host> host;
    std::unique_ptr<Connection> chat;
    std::vector<User> users;
};

Signed& signed_in(std::size_t count) {
    static Signed few(100);
    if (count <= 100) return few;
    static Signed many(100'000);
    return many;
}

// items_per_second counts all threads together: 1e9 over it is nanoseconds per call.
void count_calls(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations());
}

void cached_of_the_configured_user(benchmark::State& state) {
    const auto& chat = *signed_in(100).chat;
    for (auto _ : state) benchmark::DoNotOptimize(chat.cached());
    count_calls(state);
}
BENCHMARK(cached_of_the_configured_user)->Threads(1)->Threads(2)->UseRealTime();

void cached_one_token(benchmark::State& state) {
    const auto& with = signed_in(100);
    const std::optional<User> user = with.users.front();
    for (auto _ : state) benchmark::DoNotOptimize(with.chat->cached(user));
    count_calls(state);
}
BENCHMARK(cached_one_token)->Threads(1)->Threads(2)->UseRealTime();

void cached_a_user_each(benchmark::State& state) {
    const auto& with = signed_in(100);
    const std::optional<User> user = with.users[static_cast<std::size_t>(state.thread_index())];
    for (auto _ : state) benchmark::DoNotOptimize(with.chat->cached(user));
    count_calls(state);
}
BENCHMARK(cached_a_user_each)->Threads(1)->Threads(2)->UseRealTime();

void token_that_is_cached(benchmark::State& state) {
    const auto& with = signed_in(100);
    for (auto _ : state) {
        Wait wait;
        wait.user = with.users.front();
        benchmark::DoNotOptimize(with.chat->token(std::move(wait)));
    }
    count_calls(state);
}
BENCHMARK(token_that_is_cached)->Threads(1)->Threads(2)->UseRealTime();

void authorize_with_a_cached_token(benchmark::State& state) {
    const auto& with = signed_in(100);
    for (auto _ : state) {
        auto call = with.chat->request(with.users.front());
        benchmark::DoNotOptimize(call.authorize("POST", with.enterprise.resource));
    }
    count_calls(state);
}
BENCHMARK(authorize_with_a_cached_token)->Threads(1)->Threads(2)->UseRealTime();

// In an order that no cache line or branch predictor foresees.
void cached_among(benchmark::State& state) {
    const auto& with = signed_in(static_cast<std::size_t>(state.range(0)));
    const std::vector<std::optional<User>> users(with.users.begin(), with.users.end());
    std::size_t next = 1;
    for (auto _ : state) {
        next = (next * 6364136223846793005ULL + 1442695040888963407ULL);
        benchmark::DoNotOptimize(with.chat->cached(users[(next >> 33) % users.size()]));
    }
    count_calls(state);
}
BENCHMARK(cached_among)->Arg(100)->Arg(100'000)->UseRealTime();

void cold_without_a_network(benchmark::State& state) {
    const auto& with = signed_in(100);
    static std::atomic<unsigned long> next{0};
    for (auto _ : state) {
        Wait wait;
        wait.user = with.host->user("cold" + std::to_string(next++), with.enterprise.source());
        if (!with.chat->token(std::move(wait))) state.SkipWithError("no token");
    }
    count_calls(state);
}
BENCHMARK(cold_without_a_network)->Iterations(5000)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace mcp_auth::bench
