// soak [SECONDS [SEED]] - many threads, users, faults, refusals, cancellations and sign-outs, over
// tokens that live two seconds. Checks all the time that nobody gets another's token, one from
// before a sign-out or a dead one, and that every call ends in time; at the end that nothing is
// left. Exits 1 and says what was wrong.
#include "faulty_enterprise.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace mcp_auth::soak {
namespace {

using Clock = std::chrono::steady_clock;
constexpr unsigned thread_count = 32;
constexpr std::size_t user_count = 64;
constexpr auto slack = std::chrono::seconds(3);  // of a machine that is busy with other things

class Provider final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host&,
                                                            const plugin::Instance&) {
        return std::unique_ptr<plugin::Provider>(std::make_unique<Provider>());
    }
    Result<plugin::Token> acquire(plugin::Call& call,
                                  const plugin::TokenRequest& request) override {
        const auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN});
        if (!subject) return subject.error();
        const auto kept = call.load("mcp", "whose");
        if (!kept) return kept.error();
        if (!kept->empty() && *kept != subject->assertion)
            return Error{Status::internal, "store", "an entry of another user"};
        if (auto saved = call.save("mcp", "whose", subject->assertion, call.now() + 5); !saved)
            return saved.error();
        const auto answer = call.token_request(
            "mcp", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                    {"assertion", subject->assertion},
                    {"scope", request.scope}});
        if (!answer) return answer.error();
        return plugin::Token{answer->access_token, answer->token_type, {}, answer->expires_at};
    }
};

MCP_AUTH_BUILTIN_PLUGIN(soak_provider_entry, Provider, "soak", "1.0.0", MCP_AUTH_ROLE_TOKEN)

std::size_t entries_of(const char* directory) {
    const std::filesystem::directory_iterator all(directory);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}
double resident_mb() {
    std::ifstream statm("/proc/self/statm");
    long pages = 0;
    statm >> pages >> pages;
    return static_cast<double>(pages) * 4096 / 1e6;
}

class Soak {
public:
    explicit Soak(int seconds) : seconds_(seconds) {}

    int run() {
        // The first thread of a process brings ThreadSanitizer's own with it, which stays.
        std::thread([] {}).join();
        const auto threads_before = entries_of("/proc/self/task");
        const auto descriptors_before = entries_of("/proc/self/fd");
        double early = 0, late = 0;
        {
            auto opened = open();
            if (!opened) return complain("the host does not open: " + opened.error().message), 1;
            host_ = std::move(*opened);
            chat_ = *host_->connection(server);
            for (std::size_t i = 0; i < user_count; ++i) users_[i].handle = new_user(i);
            std::vector<std::thread> threads;
            for (unsigned i = 0; i < thread_count; ++i) threads.emplace_back([this] { work(); });
            threads.emplace_back([this] { cancel_some(); });
            const auto began = Clock::now();
            std::vector<double> samples;
            while (Clock::now() - began < std::chrono::seconds(seconds_)) {
                std::this_thread::sleep_for(std::chrono::milliseconds(250));
                samples.push_back(resident_mb());
            }
            stop_ = true;
            for (auto& thread : threads) thread.join();
            early = most(samples, samples.size() / 4, samples.size() / 2);
            late = most(samples, samples.size() * 3 / 4, samples.size());
            host_->close();
            if (async_begun_ != async_done_)
                complain(fmt::format("{} asynchronous calls began and {} completed",
                                     async_begun_.load(), async_done_.load()));
            chat_.reset();
            for (auto& user : users_) user.handle.reset();
            host_.reset();
        }
        report(early, late, threads_before, descriptors_before);
        return faults_ == 0 ? 0 : 1;
    }

private:
    struct TestUser {
        std::optional<User> handle;
        std::atomic<std::uint64_t> signed_out_at{0};  // serials up to this were issued before
    };

    Result<Host> open() {
        Options options;
        options.config_json = R"({"version": 1,
          "providers": {"acme": {"plugin": "soak",
                                 "clients": {"mcp": {"id": "us", "method": "none"}}}},
          "connections": [{"name": "chat", "server": "https://mcp.example/mcp", "provider": "acme",
                           "issuer": "https://auth.example", "scopes": ["read"]}]})";
        options.transport = http_;
        options.builtin.push_back({soak_provider_entry, R"({"manifest_version": 1, "id": "soak",
          "version": "1.0.0", "vendor": "tests", "description": "a soak's grant",
          "abi": {"major": 1, "min_minor": 0}, "roles": ["mcp.auth.token/1"], "requires": []})"});
        return Host::open(std::move(options));
    }
    User new_user(std::size_t i) {
        const auto name = fmt::format("user{}", i);
        return host_->user(name, [name](std::string_view, const Bounds&) {
            SubjectAssertion assertion;
            assertion.value = assertion.subject = name;
            assertion.issuer = "https://idp.example";
            return Result<SubjectAssertion>(std::move(assertion));
        });
    }

    void complain(const std::string& what) {
        if (++faults_ <= 20) std::fprintf(stderr, "soak: %s\n", what.c_str());
    }

    // What a call begun after `floor` was read may answer.
    void check(const TestUser& user, std::uint64_t floor, const std::string& scope,
               const AccessToken& token) {
        ++tokens_;
        const std::string text(token.value());
        const auto first = text.find('/'), last = text.rfind('/');
        if (text.substr(0, first) != user.handle->id())
            complain(fmt::format("{} got {}", user.handle->id(), text));
        if (!scope.empty() && text.substr(first + 1, last - first - 1) != scope)
            complain(fmt::format("{} asked for {} and got {}", user.handle->id(), scope, text));
        if (std::stoull(text.substr(last + 1)) <= floor)
            complain(fmt::format("{} got {} from before the sign-out at {}", user.handle->id(),
                                 text, floor));
        if (std::chrono::system_clock::now() > token.expires_at() + slack)
            complain(fmt::format("{} got a dead token", user.handle->id()));
    }
    void check_failure(const Error& error) {
        switch (error.status) {
        case Status::unavailable:
        case Status::denied:
        case Status::protocol:
        case Status::cancelled:
        case Status::deadline: ++failures_; return;
        default: complain(fmt::format("{}: {}", to_string(error.status), error.message));
        }
    }
    void check_time(Clock::time_point deadline, const char* what) {
        const auto over = Clock::now() - deadline;
        worst_ = std::max(worst_.load(), over.count());
        if (over > slack) complain(fmt::format("{} did not end in time", what));
    }

    Wait wait_for(const TestUser& user) {
        Wait wait;
        wait.user = user.handle;
        wait.deadline = Clock::now() + std::chrono::milliseconds(
                                           one_in(4) ? random()() % 20 : 500 + random()() % 1000);
        if (one_in(12)) {
            const std::lock_guard lock(mutex_);
            to_cancel_.push_back(wait.cancellation);
        }
        return wait;
    }

    void work() {
        while (!stop_) {
            auto& user = users_[random()() % user_count];
            const auto floor = user.signed_out_at.load();
            auto wait = wait_for(user);
            ++calls_;
            switch (random()() % 32) {
            case 0: sign_out(user); break;
            case 1:
            case 2:
            case 3: asynchronous(user, floor, wait); break;
            case 4:
            case 5:
            case 6:
            case 7: {
                if (const auto token = chat_->cached(user.handle)) check(user, floor, {}, *token);
                break;
            }
            case 8:
            case 9:
            case 10:
            case 11: {
                wait.scope = std::array{"a", "b", "read"}[random()() % 3];
                const auto token = chat_->token(wait);
                check_time(wait.deadline, "token");
                token ? check(user, floor, wait.scope, *token) : check_failure(token.error());
                break;
            }
            default: request(user, floor, wait);
            }
        }
    }

    void sign_out(TestUser& user) {
        const auto issued = http_->serial.load();
        user.handle->sign_out();
        auto known = user.signed_out_at.load();
        while (known < issued && !user.signed_out_at.compare_exchange_weak(known, issued)) {
        }
    }

    void asynchronous(const TestUser& user, std::uint64_t floor, const Wait& wait) {
        ++async_begun_;
        chat_->authorize_async(wait, [this, &user, floor, wait](const Result<AccessToken>& token) {
            if (!stop_) check_time(wait.deadline, "authorize_async");
            token ? check(user, floor, {}, *token) : check_failure(token.error());
            ++async_done_;
        });
    }

    // A request to a server that at random refuses tokens and asks for more scope.
    void request(const TestUser& user, std::uint64_t floor, const Wait& wait) {
        auto call = chat_->request(wait);
        int status = 200, tries = 0;
        Headers answer;
        do {
            const auto headers = call.authorize("POST", server);
            check_time(wait.deadline, "authorize");
            if (!headers) return check_failure(headers.error());
            if (call.token()) check(user, floor, {}, *call.token());
            answer.clear();
            status = headers->empty() || one_in(30) ? 401 : one_in(40) ? 403 : 200;
            if (status == 401) answer = {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}};
            if (status == 403)
                answer = {{"WWW-Authenticate",
                           fmt::format("Bearer error=\"insufficient_scope\", scope=\"{}\"",
                                       std::array{"a", "b", "c"}[random()() % 3])}};
            if (++tries > 5) return complain("a request that is tried without end");
        } while (call.again(status, answer));
        if (status != 200 && call.error()) check_failure(*call.error());
    }

    void cancel_some() {
        while (!stop_) {
            std::deque<Cancellation> due;
            {
                const std::lock_guard lock(mutex_);
                due.swap(to_cancel_);
            }
            for (auto& one : due) one.cancel();
            std::this_thread::sleep_for(std::chrono::milliseconds(random()() % 5));
        }
    }

    static double most(const std::vector<double>& samples, std::size_t from, std::size_t to) {
        double most = 0;
        for (auto i = from; i < to; ++i) most = std::max(most, samples[i]);
        return most;
    }

    void report(double early, double late, std::size_t threads, std::size_t descriptors) {
        const auto threads_after = entries_of("/proc/self/task");
        const auto descriptors_after = entries_of("/proc/self/fd");
        if (threads_after != threads) complain("threads are left behind");
        if (descriptors_after != descriptors) complain("descriptors are left behind");
        if (seconds_ >= 30 && late > early * 1.1 + 2) complain("memory grows");
        fmt::print("seconds {}, threads {}, users {}\n", seconds_, thread_count, user_count);
        fmt::print("calls {}, tokens checked {}, failures {} (all of an expected kind)\n",
                   calls_.load(), tokens_.load(), failures_.load());
        fmt::print("requests sent {}, tokens issued {}, asynchronous {}\n", http_->requests.load(),
                   http_->serial.load(), async_done_.load());
        fmt::print("latest end after a deadline {:.1f} ms\n",
                   static_cast<double>(worst_.load()) / 1e6);
        fmt::print("resident: most in the second quarter {:.1f} MB, in the last {:.1f} MB\n", early,
                   late);
        fmt::print("threads {} -> {}, descriptors {} -> {}\n", threads, threads_after, descriptors,
                   descriptors_after);
        fmt::print("{}\n",
                   faults_ == 0 ? "nothing wrong" : fmt::format("{} faults", faults_.load()));
    }

    const int seconds_;
    const std::shared_ptr<FaultyEnterprise> http_ = std::make_shared<FaultyEnterprise>();
    std::optional<Host> host_;
    std::optional<Connection> chat_;
    std::array<TestUser, user_count> users_;
    std::mutex mutex_;
    std::deque<Cancellation> to_cancel_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> calls_{0}, tokens_{0}, failures_{0}, faults_{0}, async_begun_{0},
        async_done_{0};
    std::atomic<Clock::rep> worst_{0};
};

}  // namespace
}  // namespace mcp_auth::soak

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 60;
    const auto seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : std::random_device{}();
    if (seconds <= 0) {
        std::fputs("usage: soak [SECONDS [SEED]]\n", stderr);
        return 2;
    }
    fmt::print("seed {}\n", seed);
    (void)mcp_auth::soak::random(seed);
    return mcp_auth::soak::Soak(seconds).run();
}
