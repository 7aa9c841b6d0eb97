#include "signing_keys.hpp"

#include "secret_reference.hpp"
#include "sha256.hpp"

#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_keys = 1024;  // a configuration that names more parses them again

std::string place_of(const SecretReference& reference, const std::string& digest) {
    std::string place = std::to_string(static_cast<int>(reference.from)) + "\n" + reference.name;
    for (const auto& word : reference.command) place += "\n" + word;
    // A literal has no other place than itself.
    if (reference.from == SecretReference::From::literal) place += "\n" + digest;
    return place;
}

}  // namespace

Result<std::shared_ptr<const SigningKey>> SigningKeys::key(const SecretReference& reference,
                                                           std::string_view what,
                                                           std::string_view leg,
                                                           const Bounds& bounds) {
    const auto text = read_secret(reference, what, leg, bounds);
    if (!text) return text.error();
    const auto digest = sha256(text->reveal());
    const auto place = place_of(reference, digest);
    {
        const std::lock_guard lock(mutex_);
        const auto known = parsed_.find(place);
        if (known != parsed_.end() && known->second.digest == digest) return known->second.key;
    }
    auto read = SigningKey::read(*text);
    if (!read)
        return Error(read.status(), std::string(leg),
                     std::string(what) + ": " + read.error().message);
    auto key = std::make_shared<const SigningKey>(std::move(*read));
    const std::lock_guard lock(mutex_);
    if (parsed_.size() >= most_keys) parsed_.clear();
    parsed_.insert_or_assign(place, Parsed{digest, key});
    return key;
}

}  // namespace mcp_auth::host
