// An identity provider, two authorization servers and ten MCP servers on one loopback port, of
// whose answers every tenth is a fault. What they grant says whose it is, for what, and from when.
#pragma once

#include "ledger.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mcp_auth::load {

constexpr const char* idp_client = "host-at-idp";
constexpr const char* mcp_client = "host-at-mcp";

struct Request {
    std::string method, path, authorization, body;
};

// One answer, and what becomes of the connection.
struct Answer {
    enum class End { keep, reset, stall, cut };
    End end = End::keep;
    std::string bytes;
};

// What a token says of itself: "u7.r3.s2.g5.t1764180000000.n123".
struct Marks {
    Key key;
    std::uint64_t generation = 0, issued_ms = 0, serial = 0;
    static std::optional<Marks> of(std::string_view token);
    std::string text() const;
};

// A JWT that nobody signed: the host is not its audience (protocol.md F4).
std::string id_token(const std::string& base, std::size_t user, std::uint64_t generation);
std::uint64_t now_ms();
// The faults of a leg, each as often as it is likely.
std::span<const Fault> kinds_of(Leg leg);

class Enterprise {
public:
    Enterprise(std::string base, unsigned seed, Ledger& ledger)
        : base_(std::move(base)), seed_(seed), ledger_(ledger) {}

    Answer answer(const Request& request);

private:
    std::optional<Fault> next_fault(Leg leg);
    Answer metadata(const std::string& path, std::optional<Fault> fault);
    Answer exchange(const Request& request, std::optional<Fault> fault);
    Answer redemption(const Request& request, std::size_t issuer, std::optional<Fault> fault);
    Answer resource(const Request& request, std::optional<Fault> fault);
    Answer misused();
    void injected(Leg leg, Fault fault, Behind* behind = nullptr);

    const std::string base_;
    const unsigned seed_;
    Ledger& ledger_;
    std::uint64_t answers_ = 0;  // every tenth is a fault
};

}  // namespace mcp_auth::load
