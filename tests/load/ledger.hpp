// What the process of the enterprise and the process of the host both know: which fault stands
// behind which key, and how many there were. In memory that the two share.
#pragma once

#include <mcp_auth/result.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>

namespace mcp_auth::load {

// 10,000 keys: what one user may do at one MCP server with one scope.
constexpr std::size_t user_count = 250, resource_count = 10, scope_count = 4;
constexpr std::size_t key_count = user_count * resource_count * scope_count;
constexpr std::size_t issuer_count = 2;  // authorization servers; a resource's is its number's
constexpr int token_life = 20, id_jag_life = 60;  // seconds

struct Key {
    std::size_t user = 0, resource = 0, scope = 0;
    static Key of(std::size_t number) {
        return {number / (resource_count * scope_count), number / scope_count % resource_count,
                number % scope_count};
    }
    std::size_t number() const { return (user * resource_count + resource) * scope_count + scope; }
};

enum class Fault : std::uint32_t {
    unavailable,        // 503
    too_many_requests,  // 429, Retry-After: 1
    reset,
    stall,         // nothing at all, until the client gives up
    garbage,       // 200, and no JSON
    truncated,     // the connection ends before Content-Length
    wrong_type,    // token_type, or issued_token_type
    wrong_issuer,  // of metadata, or of the ID-JAG
    invalid_grant,
    challenge,  // 401 of the MCP server, to a token that is good
    count
};
constexpr auto fault_count = static_cast<std::size_t>(Fault::count);
constexpr std::array<const char*, fault_count> fault_names{
    "503",       "429",        "reset",        "stall",         "garbage",
    "truncated", "wrong type", "wrong issuer", "invalid_grant", "401 challenge"};

using Faults = std::uint32_t;  // a bit each
constexpr Faults bit(Fault fault) {
    return Faults{1} << static_cast<std::uint32_t>(fault);
}
// The faults that may end a call so. None: no fault does.
constexpr Faults causes_of(Status status) {
    switch (status) {
    case Status::unavailable:
        return bit(Fault::unavailable) | bit(Fault::too_many_requests) | bit(Fault::reset) |
               bit(Fault::stall);
    case Status::protocol:
        return bit(Fault::garbage) | bit(Fault::truncated) | bit(Fault::wrong_type) |
               bit(Fault::wrong_issuer);
    case Status::misconfigured: return bit(Fault::wrong_issuer);
    case Status::interaction_required:
    case Status::denied: return bit(Fault::invalid_grant);
    // The acquisition's own time is up: what is tried again takes time.
    case Status::deadline:
        return bit(Fault::stall) | bit(Fault::too_many_requests) | bit(Fault::unavailable) |
               bit(Fault::reset);
    default: return 0;
    }
}

using CountByFault = std::array<std::uint64_t, fault_count>;
using SharedCountByFault = std::array<std::atomic<std::uint64_t>, fault_count>;
inline CountByFault counted(const SharedCountByFault& shared) {
    CountByFault counts{};
    std::copy(shared.begin(), shared.end(), counts.begin());
    return counts;
}

// What the enterprise is asked for.
enum class Leg : std::uint32_t { metadata, exchange, redemption, resource, count };
constexpr auto leg_count = static_cast<std::size_t>(Leg::count);
constexpr std::array<const char*, leg_count> leg_names{"metadata", "exchange", "redemption",
                                                       "resource"};

// How often it was asked for that, and which of its answers were faults.
struct Answered {
    std::uint64_t answers = 0;
    CountByFault by_fault{};

    std::uint64_t faults() const {
        return std::accumulate(by_fault.begin(), by_fault.end(), std::uint64_t{0});
    }
    Answered& operator+=(const Answered& other) {
        answers += other.answers;
        for (std::size_t i = 0; i < fault_count; ++i) by_fault[i] += other.by_fault[i];
        return *this;
    }
    Answered since(const Answered& earlier) const {
        Answered later = *this;
        later.answers -= earlier.answers;
        for (std::size_t i = 0; i < fault_count; ++i) later.by_fault[i] -= earlier.by_fault[i];
        return later;
    }
};
using AnsweredLegs = std::array<Answered, leg_count>;
inline Answered sum(const AnsweredLegs& legs) {
    Answered all;
    for (const auto& leg : legs) all += leg;
    return all;
}

// The faults of one thing since its last good answers, and of some seconds before: a call that ran
// into one may hear of it after another has got its token.
class Behind {
public:
    void injected(Fault fault) { now_ |= bit(fault); }
    void went_well(std::uint64_t now_ms) {
        constexpr std::uint64_t long_ago = 5000;
        auto moved = moved_ms_.load();
        if (now_ms < moved + long_ago || !moved_ms_.compare_exchange_strong(moved, now_ms)) return;
        before_ = now_.exchange(0);
    }
    Faults all() const { return now_ | before_; }

private:
    std::atomic<Faults> now_{0}, before_{0};
    std::atomic<std::uint64_t> moved_ms_{0};
};

struct Ledger {
    std::atomic<std::uint64_t> serial{0};   // of tokens
    std::atomic<std::uint64_t> misused{0};  // requests that no right host sends
    std::array<std::atomic<std::uint64_t>, leg_count> answers{};
    std::array<SharedCountByFault, leg_count> injected{};
    std::array<Behind, key_count> keys;
    std::array<Behind, resource_count> resources;  // their metadata
    std::array<Behind, issuer_count + 1> issuers;  // likewise; the last one is the IdP

    Faults behind(const Key& key) const {
        return keys[key.number()].all() | resources[key.resource].all() |
               issuers[key.resource % issuer_count].all() | issuers[issuer_count].all();
    }
    AnsweredLegs answered() const {
        AnsweredLegs legs;
        for (std::size_t leg = 0; leg < leg_count; ++leg)
            legs[leg] = {answers[leg], counted(injected[leg])};
        return legs;
    }
};

}  // namespace mcp_auth::load
