// What a provider hands to the sinks of the ABI, copied.
#pragma once

#include <mcp_auth/secret.hpp>

#include <cstdint>
#include <string>

namespace mcp_auth::host {

struct GrantedToken {
    Secret access_token;
    std::string token_type, scope;
    std::int64_t expires_at = 0;  // Unix seconds; 0: not known
};

struct GrantedAssertion {
    Secret assertion;
    std::string token_type, issuer, scope;
    std::int64_t expires_at = 0;
};

}  // namespace mcp_auth::host
