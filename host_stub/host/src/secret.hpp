// Bytes that must not be seen: a client secret, a key, an assertion, a token (protocol.md L4, L5).
//
// A Secret does not print, is not copied by accident, compares in constant time, and is wiped when
// released. reveal() is the only way to the bytes; grep for it to review where they go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// Overwrites in a way that the optimiser keeps.
void wipe(void* bytes, std::size_t size) noexcept;
// Wipes the whole capacity, then clears.
void wipe(std::string& text) noexcept;

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string&& bytes) noexcept;  // takes over; the argument is left empty, wiped
    explicit Secret(std::string_view bytes);        // copies
    explicit Secret(const char* bytes) : Secret(std::string_view(bytes)) {}
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const;  // a copy on purpose
    std::string_view reveal() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    friend bool operator==(const Secret& a, const Secret& b) noexcept;  // constant time

private:
    std::string bytes_;
};

}  // namespace mcp_auth::host
