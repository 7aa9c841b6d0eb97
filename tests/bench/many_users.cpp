// many_users first: the first token of a host, discovery included, in round trips of 50 ms.
// many_users slow USERS [THREADS]: users at once, each cold, with peers that answer after 50 ms.
// many_users kept USERS: memory of so many cached tokens of 1 KB, with the ID-JAGs they came from.
// many_users alone USERS: the same with a store that keeps no ID-JAG.
// The enterprise is in this process: what is measured is the host, not a network.
#include "canned_enterprise.hpp"
#include "measured.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>

namespace {

using namespace mcp_auth;

constexpr std::chrono::milliseconds delay{50};

class NoStore final : public Store {
public:
    Result<std::string> get(std::string_view, std::int64_t) override { return std::string(); }
    Result<void> put(std::string_view, std::string_view, std::int64_t) override { return {}; }
    Result<void> erase_prefix(std::string_view, std::string_view) override { return {}; }
    Result<std::shared_ptr<void>> lease(std::string_view, const Bounds&) override {
        return std::shared_ptr<void>(std::make_shared<int>(0));
    }
};

// All of them at once, without a thread each. False: one failed.
bool acquire_all(const Host& host, const Connection& chat, const SubjectSource& source,
                 unsigned long count) {
    std::mutex mutex;
    std::condition_variable finished;
    unsigned long done = 0, failed = 0;
    for (unsigned long i = 0; i < count; ++i) {
        Wait wait;
        wait.user = host.user("user" + std::to_string(i), source);
        wait.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
        {
            // As many as the host's queue takes.
            std::unique_lock lock(mutex);
            finished.wait(lock, [&] { return i < done + 12'000; });
        }
        chat.authorize_async(std::move(wait), [&](const Result<AccessToken>& token) {
            const std::lock_guard lock(mutex);
            if (!token && ++failed == 1)
                std::fprintf(stderr, "%s\n", token.error().message.c_str());
            ++done;
            finished.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return done == count; });
    return failed == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if ((mode != "first" && mode != "slow" && mode != "kept" && mode != "alone") ||
        (mode != "first" && argc < 3)) {
        std::fprintf(stderr,
                     "usage: many_users first | slow USERS [THREADS] | kept USERS | "
                     "alone USERS\n");
        return 2;
    }
    const auto count = argc > 2 ? static_cast<unsigned long>(std::atol(argv[2])) : 1;
    const auto enterprise =
        bench::CannedEnterprise::at("https://idp.example", "https://auth.example", 1024);
    Options options;
    options.threads = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 32;
    const unsigned threads = options.threads;
    const bool answers_late = mode == "first" || mode == "slow";
    options.transport =
        bench::canned_transport(enterprise, answers_late ? delay : std::chrono::milliseconds{});
    if (mode == "alone") options.store = std::make_shared<NoStore>();
    const auto host = enterprise.open(std::move(options));
    if (!host) return std::fprintf(stderr, "%s\n", host.error().message.c_str()), 1;
    const auto chat = host->connection(enterprise.resource);

    const bench::Measured first;
    if (!chat || !chat->token()) return std::fprintf(stderr, "no token\n"), 1;
    if (mode == "first") {
        std::printf("the first token: %.2f round trips\n", first.wall_us() / 50'000);
        return 0;
    }
    const double before = bench::rss_mb();
    const bench::Measured measured;
    if (!acquire_all(*host, *chat, enterprise.source(), count)) return 1;
    const double seconds = measured.wall_us() / 1e6;
    if (mode == "slow") {
        const double least = static_cast<double>(2 * count) * 0.05 / threads;
        std::printf(
            "%lu users, %u threads: %.2f s, %.3f x (requests x delay / threads); "
            "largest memory %.1f MB\n",
            count, threads, seconds, seconds / least, bench::largest_rss_mb());
    } else {
        std::printf(
            "%lu tokens of 1 KB in %.1f s: %.1f MB resident, %.1f MB of them since the "
            "host was open; largest %.1f MB\n",
            count, seconds, bench::rss_mb(), bench::rss_mb() - before, bench::largest_rss_mb());
    }
    return 0;
}
