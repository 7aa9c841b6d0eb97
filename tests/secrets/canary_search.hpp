// Finds canaries in bytes: whole, in any of their forms, or a piece of window_bytes.
//
//     const CanarySearch search(canaries_of(*enterprise));
//     EXPECT_EQ(describe(search.in(outcome.err)), "");
//
// Says what was found and how much of it, never its bytes.
#pragma once

#include "canaries.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mcp_auth::secrets {

struct Found {
    std::size_t count = 0;    // places
    std::size_t longest = 0;  // bytes in a row
};
// By "refresh_token, base64url", or what a caller puts before it.
using Findings = std::map<std::string, Found>;

// One line each: "refresh_token, base64url: 2 places, up to 43 bytes". Empty: none.
std::string describe(const Findings& findings);

class CanarySearch {
public:
    // `held`: canaries that may be there, so what others have in common with them is not looked for
    // (two JWTs of one issuer begin alike).
    explicit CanarySearch(const std::vector<Canary>& canaries,
                          const std::vector<Canary>& held = {});

    Findings in(std::string_view bytes) const;
    // Adds what is found, each name behind `where`.
    void in(std::string_view bytes, const std::string& where, Findings& findings) const;

private:
    std::vector<std::string> names_;
    std::unordered_map<std::uint64_t, std::size_t> windows_;  // hash of a window: index of a name
    std::vector<bool> seen_;  // by a short hash, so that most places cost one look
};

}  // namespace mcp_auth::secrets
