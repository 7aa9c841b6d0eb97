// mcp_auth/secret.hpp - bytes that must not be seen: a client secret, a key, an assertion, a token.
//
//     Secret verifier(std::move(text));           // takes over; `text` is left empty, wiped
//     fields.emplace_back("code_verifier", verifier.clone());
//     if (!(answered == verifier)) ...            // in constant time
//
// A Secret does not print, is not copied by accident, compares in constant time, and is wiped when
// released. reveal() is the only way to the bytes; grep for it to review where they go. One type
// for kit, plugins and host; header only, and nothing but the standard library. What a Call hands
// out needs none of it: it is the host's memory, which wipes it. protocol.md L4, L5.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth {

// Overwrites so that the optimiser cannot tell that nobody will read the zeros.
inline void wipe(void* bytes, std::size_t size) noexcept {
    if (size == 0) return;
#if defined(__GNUC__)
    std::memset(bytes, 0, size);
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
#else
    volatile unsigned char* byte = static_cast<volatile unsigned char*>(bytes);
    while (size-- > 0) *byte++ = 0;
#endif
}

// The whole capacity, since an earlier and longer value may have left its end there; then clears.
// Growing to the capacity allocates nothing.
inline void wipe(std::string& text) noexcept {
    text.resize(text.capacity());
    wipe(text.data(), text.size());
    text.clear();
}

// Makes room: a string that grows by itself leaves what it held in freed memory.
inline void reserve_wiping(std::string& text, std::size_t more) {
    if (text.capacity() - text.size() >= more) return;
    std::string larger;
    larger.reserve(std::max(text.size() + more, 2 * text.capacity()));
    larger = text;
    text.swap(larger);
    wipe(larger);
}
inline void append_wiping(std::string& text, std::string_view more) {
    reserve_wiping(text, more.size());
    text.append(more);
}

// For what has to be a string for a while: wipes it however the block is left.
class WipedAtEnd {
public:
    explicit WipedAtEnd(std::string& text) noexcept : text_(text) {}
    ~WipedAtEnd() { wipe(text_); }
    WipedAtEnd(const WipedAtEnd&) = delete;
    WipedAtEnd& operator=(const WipedAtEnd&) = delete;

private:
    std::string& text_;
};

// Takes as long for the first byte that differs as for the last. A length is no secret.
inline bool same_in_constant_time(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^
                      static_cast<unsigned>(static_cast<unsigned char>(b[i]));
#if defined(__GNUC__)
        __asm__ __volatile__("" : "+r"(difference));  // no way to see that it cannot become 0 again
#endif
    }
    return difference == 0;
}

class Secret {
public:
    Secret() = default;
    // Moving a short string copies its bytes and leaves them in the source, so every move wipes it.
    explicit Secret(std::string&& bytes) noexcept : bytes_(std::move(bytes)) { wipe(bytes); }
    explicit Secret(std::string_view bytes) : bytes_(bytes) {}  // copies
    explicit Secret(const char* bytes) : Secret(std::string_view(bytes)) {}
    Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }
    Secret& operator=(Secret&& other) noexcept {
        if (this == &other) return *this;
        wipe(bytes_);
        bytes_ = std::move(other.bytes_);
        wipe(other.bytes_);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(bytes_); }

    Secret clone() const { return Secret(std::string_view(bytes_)); }  // a copy on purpose
    std::string_view reveal() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    friend bool operator==(const Secret& a, const Secret& b) noexcept {
        return same_in_constant_time(a.bytes_, b.bytes_);
    }
    friend bool operator!=(const Secret& a, const Secret& b) noexcept { return !(a == b); }

private:
    std::string bytes_;
};

}  // namespace mcp_auth
