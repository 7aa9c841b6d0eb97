#include "authorization_codes.hpp"

#include "keys.hpp"

#include <openssl/evp.h>

#include <array>

namespace mcp_auth::demo {
namespace {

constexpr std::int64_t lifetime = 60;  // seconds

std::string s256(const std::string& verifier) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    if (EVP_Digest(verifier.data(), verifier.size(), hash.data(), &size, EVP_sha256(), nullptr) !=
        1)
        return {};
    return base64url({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace

std::string AuthorizationCodes::issue(const AuthorizedCode& code, std::int64_t now) {
    std::string text = random_text(32);
    const std::lock_guard lock(mutex_);
    entries_[text] = {code, now + lifetime};
    return text;
}

std::optional<AuthorizedCode> AuthorizationCodes::redeem(const std::string& code,
                                                         const std::string& redirect_uri,
                                                         const std::string& code_verifier,
                                                         std::int64_t now) {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.extract(code);
    if (entry.empty() || entry.mapped().expires_at <= now) return std::nullopt;
    const AuthorizedCode& found = entry.mapped().code;
    if (found.redirect_uri != redirect_uri || found.code_challenge != s256(code_verifier))
        return std::nullopt;
    return found;
}

}  // namespace mcp_auth::demo
