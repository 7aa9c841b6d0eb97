// What a target asks of a reader besides that it does no harm.
#pragma once

#include <mcp_auth/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace mcp_auth::fuzz {

// Ends the fuzzer as a finding, and fails the test that replays the file.
struct BrokenPromise : std::logic_error {
    using std::logic_error::logic_error;
};

inline void must(bool holds, const char* what) {
    if (!holds) throw BrokenPromise(what);
}

// Put where a secret would stand: whatever is said of the input must not have it (L4).
inline constexpr std::string_view canary = "CANARY-n0b0dy-may-see-this";

// Nobody forges a second line of a log, or drives a terminal (L4): no C0 control, no DEL, and no C1
// control, as bytes of UTF-8.
inline bool is_for_a_log(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return false;
        if (byte == 0xc2 && i + 1 < text.size() &&
            (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80)
            return false;
    }
    return true;
}

inline void must_be_for_a_log(const Error& error) {
    must(error.status != Status::ok && error.status != Status::internal,
         "what the input is to blame for has a status that says so");
    for (const auto* text :
         {&error.leg, &error.message, &error.oauth_error, &error.description, &error.acr_values})
        must(is_for_a_log(*text), "an error has no control characters");
    must(error.message.find(canary) == std::string::npos &&
             error.description.find(canary) == std::string::npos,
         "an error has nothing of a secret");
}

// Of a Result: nothing where it is good.
template <class T>
void must_be_for_a_log_or_good(const Result<T>& result) {
    if (!result) must_be_for_a_log(result.error());
}

}  // namespace mcp_auth::fuzz
