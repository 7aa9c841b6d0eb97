// What is wrong with what a caller was handed, how a call ended and what a process holds. Nothing
// here makes a call, so that each wrong outcome can be shown to it (verdict_test.cpp).
#pragma once

#include "ledger.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mcp_auth::load {

constexpr auto slack = std::chrono::seconds(10);  // of a machine that is busy with other things

std::string scope_name(std::size_t scope);

// A token, and the call that got it.
struct Handed {
    Key asked;
    std::uint64_t floor = 0;  // the sign-in that the user had when the call began
    std::string token, scope;
    std::chrono::system_clock::time_point expires_at;
};
std::vector<std::string> wrong_with(const Handed& handed,
                                    std::chrono::system_clock::time_point now);

// A call that got none.
struct Refused {
    Status status = Status::ok;
    bool signed_out = false, cancelled = false;  // meanwhile, and by its caller
    bool time_is_up = false;                     // its caller's
    Faults behind = 0;                           // its key
};
bool explained(const Refused& refused);

// Of one row of the table.
constexpr std::uint64_t lost(std::uint64_t begun, std::uint64_t ended) {
    return begun > ended ? begun - ended : ended - begun;
}

// What this process holds. The heap is exact, where malloc counts (not under a sanitizer).
struct Held {
    double resident_mb = 0, heap_mb = 0;
    std::size_t threads = 0, descriptors = 0;

    static Held now();
    static Held most(const std::vector<Held>& samples, std::size_t from, std::size_t to);
};
// From a row's second quarter to its last. `whole`: it is long enough for memory to be flat.
std::vector<std::string> wrong_with_growth(const Held& early, const Held& late, bool whole);
// By a host that was opened and destroyed.
std::vector<std::string> wrong_with_rest(const Held& before, const Held& after);

}  // namespace mcp_auth::load
