// acquire IDP_ORIGIN SERVER_ORIGIN THREADS COUNT: COUNT cold acquisitions through the host library,
// THREADS at once, each for a user of its own, so that each runs the exchange and the redemption.
// What comes before is not counted: plugin, metadata, first connections.
#include "canned_enterprise.hpp"
#include "measured.hpp"

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace mcp_auth;

// Each of the threads takes the next user until there is none left.
bool acquire_all(const Host& host, const Connection& chat, const SubjectSource& source,
                 const std::string& prefix, unsigned threads, unsigned long count) {
    std::atomic<unsigned long> next{0};
    std::atomic<bool> good{true};
    const auto work = [&] {
        for (auto i = next++; i < count; i = next++) {
            Wait wait;
            wait.user = host.user(prefix + std::to_string(i), source);
            const auto token = chat.token(std::move(wait));
            if (token) continue;
            if (good.exchange(false)) std::fprintf(stderr, "%s\n", token.error().message.c_str());
            return;
        }
    };
    std::vector<std::thread> all;
    for (unsigned i = 0; i < threads; ++i) all.emplace_back(work);
    for (auto& thread : all) thread.join();
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: acquire IDP_ORIGIN SERVER_ORIGIN THREADS COUNT\n");
        return 2;
    }
    const auto enterprise = bench::CannedEnterprise::at(argv[1], argv[2]);
    const auto threads = static_cast<unsigned>(std::atoi(argv[3]));
    const auto count = static_cast<unsigned long>(std::atol(argv[4]));
    const auto source = enterprise.source();

    const auto host = enterprise.open({});
    if (!host) return std::fprintf(stderr, "%s\n", host.error().message.c_str()), 1;
    const auto chat = host->connection(enterprise.resource);
    if (!chat) return std::fprintf(stderr, "%s\n", chat.error().message.c_str()), 1;
    if (!acquire_all(*host, *chat, source, "warm", threads, 20UL * threads)) return 1;

    const bench::Measured measured;
    if (!acquire_all(*host, *chat, source, "user", threads, count)) return 1;
    measured.print("ours", threads, count);
    return 0;
}
