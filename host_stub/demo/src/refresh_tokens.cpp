#include "refresh_tokens.hpp"

#include "keys.hpp"

namespace mcp_auth::demo {

std::string RefreshTokens::issue(const RefreshGrant& grant) {
    std::string token = random_text(32);
    const std::lock_guard lock(mutex_);
    entries_[token] = {grant, token, false};
    return token;
}

std::optional<RefreshGrant> RefreshTokens::find(const std::string& token, std::int64_t now) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(token);
    if (found == entries_.end() || found->second.spent || found->second.grant.expires_at <= now)
        return std::nullopt;
    return found->second.grant;
}

std::optional<RefreshTokens::Rotated> RefreshTokens::rotate(const std::string& token,
                                                            std::int64_t now) {
    std::string successor = random_text(32);
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(token);
    if (found == entries_.end()) return std::nullopt;
    if (found->second.spent) {
        end_line(std::string(found->second.line));
        return std::nullopt;
    }
    if (found->second.grant.expires_at <= now) return std::nullopt;
    found->second.spent = true;
    const RefreshGrant grant = found->second.grant;
    entries_[successor] = {grant, found->second.line, false};
    return Rotated{grant, successor};
}

void RefreshTokens::end_line(const std::string& line) {
    std::erase_if(entries_, [&line](const auto& entry) { return entry.second.line == line; });
}

void RefreshTokens::revoke(const std::string& token) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(token); found != entries_.end())
        end_line(std::string(found->second.line));
}

void RefreshTokens::revoke_all() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
}

}  // namespace mcp_auth::demo
