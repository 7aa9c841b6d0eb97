#include "shown_credentials.hpp"

#include <mcp_auth/host/echo.hpp>
#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <cstddef>

namespace mcp_auth::mcp {
namespace {

constexpr std::size_t most = 4;

}  // namespace

ShownCredentials::~ShownCredentials() {
    for (std::string& one : all_) wipe(one);
}

void ShownCredentials::add(const Headers& authorization) {
    for (const auto& [name, value] : authorization) {
        // Behind the scheme, where there is one. A proof (RFC 9449) is good for one request.
        std::string credential = value.substr(value.find(' ') + 1);
        if (std::find(all_.begin(), all_.end(), credential) != all_.end()) {
            wipe(credential);
            continue;
        }
        if (all_.size() == most) {
            wipe(all_.front());
            all_.erase(all_.begin());
        }
        all_.push_back(std::move(credential));
    }
}

bool ShownCredentials::repeated_in(std::string_view text) const noexcept {
    return std::any_of(all_.begin(), all_.end(),
                       [text](const std::string& one) { return repeats(text, one); });
}

}  // namespace mcp_auth::mcp
