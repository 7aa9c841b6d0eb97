#include "verdict.hpp"

#include "enterprise.hpp"

#include <fmt/format.h>

#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mcp_auth::load {
namespace {

std::size_t entries_of(const char* directory) {
    const std::filesystem::directory_iterator all(directory);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

std::string scope_name(std::size_t scope) {
    return fmt::format("s{}", scope);
}

// The tokens of this enterprise are secret to nobody, so a complaint may say what they are.
std::vector<std::string> wrong_with(const Handed& handed,
                                    std::chrono::system_clock::time_point now) {
    const auto marks = Marks::of(handed.token);
    if (!marks) return {"a token that nobody issued"};
    std::vector<std::string> wrong;
    const auto& asked = handed.asked;
    if (marks->key.number() != asked.number() || handed.scope != scope_name(asked.scope))
        wrong.push_back(fmt::format("user {} asked for r{} and s{} and got {} with scope {}",
                                    asked.user, asked.resource, asked.scope, handed.token,
                                    handed.scope));
    if (marks->generation < handed.floor)
        wrong.push_back(
            fmt::format("{} is from before the sign-in {}", handed.token, handed.floor));
    const std::chrono::system_clock::time_point issued{std::chrono::milliseconds(marks->issued_ms)};
    if (now > handed.expires_at + slack || now > issued + std::chrono::seconds(token_life + 3))
        wrong.push_back(fmt::format("{} is dead", handed.token));
    return wrong;
}

bool explained(const Refused& refused) {
    return (refused.status == Status::cancelled && (refused.signed_out || refused.cancelled)) ||
           (refused.status == Status::deadline && refused.time_is_up) ||
           (causes_of(refused.status) & refused.behind) != 0;
}

std::optional<Fault> shown_by(const Unserved& unserved) {
    if (unserved.http_status == 401) return Fault::challenge;
    if (unserved.http_status == 503) return Fault::unavailable;
    if (unserved.http_status != 0) return std::nullopt;
    if (unserved.took >= request_limit && (causes_of(unserved.status) & bit(Fault::stall)) != 0)
        return Fault::stall;
    if (unserved.status == Status::unavailable) return Fault::reset;
    if (unserved.status == Status::protocol) return Fault::truncated;
    return std::nullopt;
}

std::vector<std::string> wrong_with_unserved(const CountByFault& shown, const Answered& servers,
                                             std::uint64_t callers) {
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < fault_count; ++i) {
        // A busy machine that stands still for a second lets each caller's request time out.
        const auto standstills = static_cast<Fault>(i) == Fault::stall ? callers : 0;
        if (shown[i] > servers.by_fault[i] + standstills)
            wrong.push_back(fmt::format("MCP servers: {} requests show the fault {}, injected {}",
                                        shown[i], fault_names[i], servers.by_fault[i]));
    }
    return wrong;
}

std::vector<std::string> wrong_with_faults(const AnsweredLegs& legs) {
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < leg_count; ++i) {
        const auto kinds = kinds_of(static_cast<Leg>(i));
        for (std::size_t fault = 0; fault < fault_count; ++fault) {
            const auto likely = std::count(kinds.begin(), kinds.end(), static_cast<Fault>(fault));
            const auto expected = static_cast<double>(legs[i].answers) / 10 *
                                  static_cast<double>(likely) / static_cast<double>(kinds.size());
            // Where twenty are expected, that none comes has a chance of e^-20.
            if (expected >= 20 && legs[i].by_fault[fault] == 0)
                wrong.push_back(fmt::format("no {} in {} answers of the leg {}", fault_names[fault],
                                            legs[i].answers, leg_names[i]));
        }
    }
    // The tenth is counted off, not drawn; some fall on requests that are refused anyway.
    const auto answers = sum(legs).answers, faults = sum(legs).faults();
    if (answers >= 1000 && (faults * 100 < answers * 7 || faults * 100 > answers * 13))
        wrong.push_back(fmt::format("{} faults in {} answers", faults, answers));
    return wrong;
}

Held Held::now() {
    std::ifstream statm("/proc/self/statm");
    long pages = 0;
    statm >> pages >> pages;
    return {static_cast<double>(pages) * 4096 / 1e6,
            static_cast<double>(mallinfo2().uordblks) / 1e6, entries_of("/proc/self/task"),
            entries_of("/proc/self/fd")};
}

Held Held::most(const std::vector<Held>& samples, std::size_t from, std::size_t to) {
    Held most;
    for (auto i = from; i < to && i < samples.size(); ++i) {
        most.resident_mb = std::max(most.resident_mb, samples[i].resident_mb);
        most.heap_mb = std::max(most.heap_mb, samples[i].heap_mb);
        most.threads = std::max(most.threads, samples[i].threads);
        most.descriptors = std::max(most.descriptors, samples[i].descriptors);
    }
    return most;
}

std::vector<std::string> wrong_with_growth(const Held& early, const Held& late, bool whole) {
    std::vector<std::string> wrong;
    if (late.threads > early.threads + 2) wrong.emplace_back("threads grow");
    if (late.descriptors > early.descriptors + early.descriptors / 4 + 8)
        wrong.emplace_back("descriptors grow");
    if (whole && late.resident_mb > early.resident_mb * 1.1 + 4) wrong.emplace_back("memory grows");
    return wrong;
}

std::vector<std::string> wrong_with_rest(const Held& before, const Held& after) {
    std::vector<std::string> wrong;
    if (after.threads != before.threads) wrong.emplace_back("threads are left behind");
    if (after.descriptors != before.descriptors) wrong.emplace_back("descriptors are left behind");
    // Where a row's figures may grow with the cache, here all is gone: little faults add up.
    if (after.heap_mb > before.heap_mb + 0.4) wrong.emplace_back("memory is left behind");
    return wrong;
}

}  // namespace mcp_auth::load
