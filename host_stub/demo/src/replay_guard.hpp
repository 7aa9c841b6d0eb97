// What a server has seen and must not accept again: the `jti` of assertions and proofs (RFC 7523 3,
// RFC 9449 11.1), until they expire.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace mcp_auth::demo {

class ReplayGuard {
public:
    // Whether it was shown before; remembers it until it expires.
    bool shown_before(const std::string& id, std::int64_t expires_at, std::int64_t now) {
        const std::lock_guard lock(mutex_);
        std::erase_if(shown_, [&](const auto& entry) { return entry.second <= now; });
        return !shown_.emplace(id, expires_at).second;
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::int64_t> shown_;  // until when
};

}  // namespace mcp_auth::demo
