#include "pkce.hpp"

#include <mcp_auth/jws.hpp>

#include <openssl/sha.h>

#include <array>
#include <string_view>
#include <utility>

namespace mcp_auth::host {

Secret unguessable(Clock& clock) {
    std::array<char, 32> bytes{};
    clock.random(bytes.data(), bytes.size());
    auto text = base64url_encode({bytes.data(), bytes.size()});
    wipe(bytes.data(), bytes.size());
    return Secret(std::move(text));
}

Pkce new_pkce(Clock& clock) {
    auto verifier = unguessable(clock);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    const auto text = verifier.reveal();
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    auto challenge =
        base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
    return {std::move(verifier), std::move(challenge)};
}

}  // namespace mcp_auth::host
