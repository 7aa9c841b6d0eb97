// The keys of an issuer that rotates them (RFC 7517 5): it signs with the newest, and publishes
// the former one as long as what it signed may still be about.
#pragma once

#include "keys.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace mcp_auth::demo {

// Any thread.
class KeyRing {
public:
    // Keys are called `name`-1, `name`-2, ...
    explicit KeyRing(std::string name);
    std::shared_ptr<const SigningKey> current() const;
    void rotate();
    std::string jwks() const;  // {"keys": [...]}, as published

private:
    std::string next_name();

    const std::string name_;
    mutable std::mutex mutex_;
    unsigned made_ = 0;
    std::shared_ptr<const SigningKey> current_, former_;
};

}  // namespace mcp_auth::demo
