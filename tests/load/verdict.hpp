// What is wrong with what a caller was handed, how a call ended and what a process holds. Nothing
// here makes a call, so that each wrong outcome can be shown to it (verdict_test.cpp).
#pragma once

#include "ledger.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
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

constexpr auto request_limit = std::chrono::seconds(1);  // of one at an MCP server itself

// Such a request that did not get what it asked for.
struct Unserved {
    Status status = Status::ok;
    int http_status = 0;  // of the answer, where there was one
    std::chrono::nanoseconds took{0};
};
// The fault that it shows; nothing if no fault of an MCP server looks so.
std::optional<Fault> shown_by(const Unserved& unserved);
// Of one row: what its callers were shown, and what the MCP servers did meanwhile. No two callers
// share a request, so each needs a fault of its own.
std::vector<std::string> wrong_with_unserved(const CountByFault& shown, const Answered& servers,
                                             std::uint64_t callers);

// Of the whole run: faults that did not come, so that nothing was tried.
std::vector<std::string> wrong_with_faults(const AnsweredLegs& legs);

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
