#include "secret.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

namespace mcp_auth::host {

void wipe(void* bytes, std::size_t size) noexcept {
    if (size != 0) explicit_bzero(bytes, size);
}

void wipe(std::string& text) noexcept {
    // What a longer, earlier value left behind the end counts too. Growing to the capacity
    // allocates nothing.
    text.resize(text.capacity());
    wipe(text.data(), text.size());
    text.clear();
}

// Moving a short string copies its bytes and leaves them in the source, so every move wipes it.
Secret::Secret(std::string&& bytes) noexcept : bytes_(std::move(bytes)) {
    wipe(bytes);
}

Secret::Secret(std::string_view bytes) : bytes_(bytes) {}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
    wipe(other.bytes_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
    return *this;
}

Secret::~Secret() {
    wipe(bytes_);
}

Secret Secret::clone() const {
    return Secret(std::string_view(bytes_));
}

bool operator==(const Secret& a, const Secret& b) noexcept {
    return a.bytes_.size() == b.bytes_.size() &&
           CRYPTO_memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
}

}  // namespace mcp_auth::host
