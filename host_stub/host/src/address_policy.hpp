// Which addresses may be connected to (protocol.md L1, L2).
//
// A URL that came from a peer could name the cloud's metadata service, a printer, or this machine
// (server-side request forgery). So an address that is not public is refused unless the
// administrator listed its range, and the check is on the address that will be connected to: a
// name is only as good as what it resolves to at that moment.
#pragma once

#include "config.hpp"
#include "url.hpp"

#include <mcp_auth/result.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace mcp_auth::host {

// 16 bytes in network order; an IPv4 address is ::ffff:a.b.c.d.
using AddressBytes = std::array<unsigned char, 16>;

// An address written in place of a host name, as any resolver would read it: IPv6, dotted decimal,
// and what inet_aton takes ("2130706433", "0x7f.1", "0177.0.0.1"). Nothing for a name. `host` is
// lower case without brackets, as Url::host().
std::optional<AddressBytes> address_literal(std::string_view host);

// "localhost", "*.localhost" (RFC 6761 6.3), and literals of loopback addresses.
bool is_loopback_host(std::string_view host);

class AddressPolicy {
public:
    // Errors: misconfigured (a private_networks entry that check_network refuses).
    static Result<AddressPolicy> from(const PolicyConfig& policy);

    // A network as "10.1.0.0/16", "fd00::/8", or one address. Errors: misconfigured; the message
    // says what to write, for whoever knows the place. Bits behind the prefix are refused, and so
    // is an IPv4-mapped address with a prefix that does not cover the mapping: "::ffff:10.0.0.0/8"
    // means 10.0.0.0/8 to who writes it, and is ::/8, this machine's ::1 included.
    static Result<void> check_network(std::string_view cidr);

    // Before resolution: scheme (https, or http to a loopback name or literal when the policy
    // allows it), and address literals in any spelling (decimal, octal, hex, mapped). An IPv4
    // address that is not refused must be spelled a.b.c.d.
    // Errors: misconfigured; names the host and the setting that would allow it.
    Result<void> check(const Url& url) const;

    // After resolution. `plain_http` is held to loopback.
    Result<void> check(const sockaddr* address, std::string_view host, bool plain_http) const;

private:
    struct Network {
        AddressBytes bytes;
        int prefix;  // of 128
    };
    static Result<Network> parse_network(std::string_view cidr);
    bool allows(const AddressBytes& address) const noexcept;
    Result<void> check_address(const AddressBytes& address, std::string_view host) const;

    std::vector<Network> allowed_;
    bool http_loopback_ = false;
};

}  // namespace mcp_auth::host
