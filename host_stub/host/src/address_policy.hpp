// Which addresses may be connected to (protocol.md L2).
#pragma once

#include "config.hpp"
#include "url.hpp"

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace mcp_auth::host {

class AddressPolicy {
public:
    // Errors: misconfigured (a private_networks entry that is not CIDR).
    static Result<AddressPolicy> from(const PolicyConfig& policy);

    // Before resolution: scheme (https, or http to a loopback name or literal when the policy
    // allows it), and address literals in any spelling (decimal, octal, hex, mapped).
    // Errors: misconfigured; names the host and the setting that would allow it.
    Result<void> check(const Url& url) const;

    // After resolution. `plain_http` is held to loopback.
    Result<void> check(const sockaddr* address, std::string_view host, bool plain_http) const;

private:
    struct Network { unsigned char bytes[16]; int prefix; };  // IPv4 as mapped
    std::vector<Network> allowed_;
    bool http_loopback_ = false;
};

}  // namespace mcp_auth::host
