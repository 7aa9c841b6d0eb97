// Callers of the public API who check all that they are handed.
#pragma once

#include "enterprise.hpp"
#include "ledger.hpp"
#include "verdict.hpp"

#include <mcp_auth/host.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mcp_auth::load {

using Clock = std::chrono::steady_clock;

// What came of the calls of one row of the table.
struct Tally {
    std::atomic<std::uint64_t> begun{0}, ended{0}, tokens{0}, sign_outs{0};
    std::array<std::atomic<std::uint64_t>, 11> failures{};  // by status, each with its cause
    SharedCountByFault unserved{};  // requests at the MCP server itself, by the fault they show
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<Clock::rep> latest{Clock::duration::min().count()};

    std::uint64_t expected_failures() const;
};

class Callers {
public:
    Callers(const Host& host, std::string base, Ledger& ledger, unsigned seed);

    // Each of the first `keys` keys once.
    void warm_up(std::size_t keys, Tally& tally);
    // So many callers at once until `enough` returns true, which is asked every tenth of a second.
    void block(unsigned count, Tally& tally, const std::function<bool()>& enough);
    // The same without a thread each: so many asynchronous calls are under way at any time.
    void complete(unsigned count, Tally& tally, const std::function<bool()>& enough);

private:
    using Random = std::mt19937_64;
    struct Person {
        std::optional<User> handle;
        std::atomic<std::uint64_t> generation{1};  // of the next sign-in
        std::atomic<std::uint64_t> floor{1};       // what a call that begins now may be given
    };
    struct Call {
        Key key;
        std::uint64_t floor = 0;
        Wait wait;
        bool cancelled = false;  // by its caller
    };

    User new_user(std::size_t number);
    Call new_call(const Key& key, Random& random) const;
    void make(Call& call, Random& random, Tally& tally);
    void token(Call& call, Tally& tally);
    void request(Call& call, Tally& tally);
    void cached(const Call& call, Tally& tally);
    void sign_out(const Call& call, Tally& tally);
    struct Chain;
    void begin(Chain& chain);

    void check(const Call& call, std::size_t scope, const AccessToken& token, Tally& tally);
    void check(const Call& call, const Error& error, Tally& tally);
    void check(const Call& call, const Unserved& unserved, Tally& tally);
    void check_time(const Call& call, const char* what, Tally& tally);
    void complain(Tally& tally, const std::string& what);

    const Host& host_;
    const std::string base_;
    Ledger& ledger_;
    const unsigned seed_;
    std::uint64_t callers_ = 0;  // so far, of all rows
    std::atomic<int> complaints_{0};
    std::atomic<bool> stop_{false};
    std::vector<Connection> connections_;
    std::vector<Person> people_{user_count};
};

}  // namespace mcp_auth::load
