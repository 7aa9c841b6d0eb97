// The signing keys that configurations refer to, read anew at each use and parsed when they
// changed.
#pragma once

#include "config.hpp"
#include "signing_key.hpp"

#include <mcp_auth/host/wait.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// Any thread.
class SigningKeys {
public:
    // Keys rotate: what was parsed is used only as long as the bytes are the same, and is wiped
    // when others take their place. `what` ("key of client \"mcp\"") and `leg` go into errors.
    // Errors: those of read_secret and of SigningKey::read.
    Result<std::shared_ptr<const SigningKey>> key(const SecretReference& reference,
                                                  std::string_view what, std::string_view leg,
                                                  const Bounds& bounds);

private:
    struct Parsed {
        std::string digest;  // of the bytes; they are not kept
        std::shared_ptr<const SigningKey> key;
    };
    std::mutex mutex_;
    std::map<std::string, Parsed> parsed_;  // by where it comes from
};

}  // namespace mcp_auth::host
