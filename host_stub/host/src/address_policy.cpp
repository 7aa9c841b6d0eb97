#include "address_policy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace mcp_auth::host {
namespace {

constexpr int ipv4_bits = 96;  // what stands before an IPv4 address
constexpr AddressBytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};

AddressBytes mapped(const void* ipv4) noexcept {
    AddressBytes out = mapped_prefix;
    std::memcpy(out.data() + 12, ipv4, 4);
    return out;
}

AddressBytes mapped(std::uint32_t ipv4) noexcept {
    const std::uint32_t wire = htonl(ipv4);
    return mapped(&wire);
}

bool has_prefix(const AddressBytes& address, const AddressBytes& network, int bits) noexcept {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                    network.begin()))
        return false;
    const int rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned>(0xff00 >> rest) & 0xffU;
    return (address[whole] & mask) == (network[whole] & mask);
}

AddressBytes bytes_of(const char* text) noexcept {
    AddressBytes out{};
    if (std::strchr(text, ':') != nullptr) {
        inet_pton(AF_INET6, text, out.data());
        return out;
    }
    in_addr ipv4{};
    inet_pton(AF_INET, text, &ipv4);
    return mapped(&ipv4);
}

struct Range {
    const char* network;
    int prefix;
    const char* what;
};

// IANA's special-purpose registries (RFC 6890), the narrower range first, so that the message
// names what it is. https://... of a metadata service hands out the machine's own credentials.
constexpr Range ipv4_ranges[] = {
    {"169.254.169.254", 32, "a cloud's metadata service"},
    {"168.63.129.16", 32, "a cloud's metadata service"},  // of no private network
    {"100.100.100.200", 32, "a cloud's metadata service"},
    {"0.0.0.0", 8, "unspecified"},
    {"10.0.0.0", 8, "private"},
    {"100.64.0.0", 10, "shared (carrier-grade NAT)"},
    {"127.0.0.0", 8, "loopback"},
    {"169.254.0.0", 16, "link-local"},
    {"172.16.0.0", 12, "private"},
    {"192.0.0.0", 24, "reserved"},
    {"192.0.2.0", 24, "for documentation"},
    {"192.88.99.0", 24, "reserved"},
    {"192.168.0.0", 16, "private"},
    {"198.18.0.0", 15, "for benchmarks"},
    {"198.51.100.0", 24, "for documentation"},
    {"203.0.113.0", 24, "for documentation"},
    {"224.0.0.0", 4, "multicast"},
    {"240.0.0.0", 4, "reserved"},
};
constexpr Range ipv6_ranges[] = {
    {"fd00:ec2::254", 128, "a cloud's metadata service"},
    {"::", 128, "unspecified"},
    {"::1", 128, "loopback"},
    {"fc00::", 7, "private (unique local)"},
    {"fe80::", 10, "link-local"},
    {"fec0::", 10, "site-local"},
    {"ff00::", 8, "multicast"},
    {"64:ff9b:1::", 48, "private (local NAT64)"},
    {"2001::", 23, "reserved"},  // Teredo and other protocols' own
    {"2001:db8::", 32, "for documentation"},
    {"3fff::", 20, "for documentation"},
};

bool is_ipv4(const AddressBytes& address) noexcept {
    return has_prefix(address, mapped_prefix, ipv4_bits);
}

// The IPv4 address that a packet to this IPv6 address ends up at: NAT64 (RFC 6052), 6to4
// (RFC 3056), and the long deprecated IPv4-compatible form.
std::optional<AddressBytes> embedded_ipv4(const AddressBytes& address) noexcept {
    if (has_prefix(address, bytes_of("64:ff9b::"), 96)) return mapped(address.data() + 12);
    if (has_prefix(address, bytes_of("2002::"), 16)) return mapped(address.data() + 2);
    if (has_prefix(address, bytes_of("::"), 96) && address[12] != 0)
        return mapped(address.data() + 12);
    return std::nullopt;
}

// What kind of address this is if it is not a public one; null if it is.
const char* special(const AddressBytes& address) noexcept {
    const auto find = [&](const auto& ranges, int extra) -> const char* {
        for (const Range& range : ranges) {
            if (has_prefix(address, bytes_of(range.network), range.prefix + extra))
                return range.what;
        }
        return nullptr;
    };
    if (is_ipv4(address)) return find(ipv4_ranges, 96);
    if (const char* const what = find(ipv6_ranges, 0)) return what;
    if (const auto inner = embedded_ipv4(address)) {
        if (const char* const what = special(*inner)) return what;
    }
    // What is neither global unicast nor NAT64 is not given to anybody (RFC 4291 2.4).
    return has_prefix(address, bytes_of("2000::"), 3) ||
                   has_prefix(address, bytes_of("64:ff9b::"), 96)
               ? nullptr
               : "reserved";
}

bool is_loopback(const AddressBytes& address) noexcept {
    return has_prefix(address, bytes_of("127.0.0.0"), 104) ||
           has_prefix(address, bytes_of("::1"), 128);
}

std::string text_of(const AddressBytes& address) {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (is_ipv4(address)) {
        inet_ntop(AF_INET, address.data() + 12, buffer, sizeof buffer);
    } else {
        inet_ntop(AF_INET6, address.data(), buffer, sizeof buffer);
    }
    return buffer;
}

// Programs read some spellings differently: "010.8.8.8" is 8.8.8.8 to inet_aton and 10.8.8.8 to
// others, a proxy or OpenSSL's name check perhaps. What was checked must be what they connect to.
Result<void> check_spelling(const AddressBytes& address, std::string_view host) {
    const std::string text = text_of(address);
    if (!is_ipv4(address) || host.find(':') != std::string_view::npos || host == text) return {};
    return Error(Status::misconfigured, "",
                 "the host " + std::string(host) +
                     " is an address in a spelling that not every program reads alike; write it "
                     "as " +
                     text);
}

std::string_view without_final_dot(std::string_view host) noexcept {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    return host;
}

// One part of an inet_aton address: decimal, octal with a leading 0, hex with a leading 0x.
std::optional<std::uint32_t> number_part(std::string_view part) noexcept {
    int base = 10;
    if (part.size() > 1 && part[0] == '0' && part[1] == 'x') {
        base = 16;
        part.remove_prefix(2);
        if (part.empty()) return 0;
    } else if (part.size() > 1 && part[0] == '0') {
        base = 8;
    }
    std::uint32_t value = 0;
    const char* const end = part.data() + part.size();
    const auto [stop, fault] = std::from_chars(part.data(), end, value, base);
    if (part.empty() || fault != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// As inet_aton: of n parts the last fills what the others leave.
std::optional<AddressBytes> aton(std::string_view host) {
    const auto parts = split(host, '.');
    if (parts.size() > 4) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = number_part(parts[i]);
        if (!part) return std::nullopt;
        const bool last = i + 1 == parts.size();
        const auto shift = static_cast<unsigned>(8 * (3 - i));
        const std::uint64_t limit = last ? std::uint64_t{1} << (shift + 8) : 256;
        if (*part >= limit) return std::nullopt;
        value |= last ? *part : *part << shift;
    }
    return mapped(value);
}

// No top-level domain is a number; a resolver reads such a host as an address, or not at all. One
// that is too large is a number too: somebody may drop what does not fit into 32 bits.
bool ends_in_number(std::string_view host) {
    auto last = split(host, '.').back();
    const bool hex = last.substr(0, 2) == "0x";
    if (hex) last.remove_prefix(2);
    const auto digits = hex ? "0123456789abcdef" : "0123456789";
    return (hex || !last.empty()) && last.find_first_not_of(digits) == std::string_view::npos;
}

Error refused(std::string message) {
    return {Status::misconfigured, "", std::move(message)};
}

AddressBytes masked(AddressBytes address, int bits) noexcept {
    for (int i = 0; i < 16; ++i) {
        const int kept = std::clamp(bits - 8 * i, 0, 8);
        address[static_cast<std::size_t>(i)] &= static_cast<unsigned char>(0xff00 >> kept);
    }
    return address;
}

// The network of `bits`, of 128, as it is written.
std::string cidr_of(const AddressBytes& address, int bits) {
    return text_of(masked(address, bits)) + "/" +
           std::to_string(is_ipv4(address) ? bits - ipv4_bits : bits);
}

// Whoever writes more than the prefix covers means another network, most often a smaller one.
Result<void> check_exact(const AddressBytes& address, int bits) {
    if (masked(address, bits) == address) return {};
    if (is_ipv4(address) && bits < ipv4_bits) {
        const std::string mapped =
            "a network of IPv4 addresses that are mapped into IPv6 has a "
            "prefix of 96 or more; write ";
        if (bits > 32) return refused(mapped + "it as IPv4, such as 10.0.0.0/8");
        return refused(mapped + cidr_of(address, bits + ipv4_bits));
    }
    return refused("expected a network whose bits behind the prefix are zero: write " +
                   cidr_of(address, bits) + ", or " + cidr_of(address, 128) +
                   " if this one address is meant");
}

}  // namespace

std::optional<AddressBytes> address_literal(std::string_view host) {
    if (host.find(':') != std::string_view::npos) {
        AddressBytes out{};
        if (inet_pton(AF_INET6, std::string(host).c_str(), out.data()) != 1) return std::nullopt;
        return out;
    }
    return aton(without_final_dot(host));
}

bool is_loopback_host(std::string_view host) {
    if (const auto literal = address_literal(host)) return is_loopback(*literal);
    const auto name = without_final_dot(host);
    constexpr std::string_view suffix = ".localhost";
    return name == "localhost" ||
           (name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix);
}

Result<AddressPolicy::Network> AddressPolicy::parse_network(std::string_view cidr) {
    const auto no_network =
        refused("expected a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8");
    const auto slash = cidr.find('/');
    const std::string address(cidr.substr(0, slash));
    const bool ipv6 = address.find(':') != std::string::npos;
    int prefix = ipv6 ? 128 : 32;  // without a slash: this one address
    if (slash != std::string_view::npos) {
        const auto digits = cidr.substr(slash + 1);
        int given = 0;
        const char* const end = digits.data() + digits.size();
        const auto [stop, fault] = std::from_chars(digits.data(), end, given);
        if (digits.empty() || fault != std::errc{} || stop != end || given < 0 || given > prefix)
            return no_network;
        prefix = given;
    }
    Network network{};
    if (ipv6) {
        if (inet_pton(AF_INET6, address.c_str(), network.bytes.data()) != 1) return no_network;
    } else {
        in_addr ipv4{};
        if (inet_pton(AF_INET, address.c_str(), &ipv4) != 1) return no_network;
        network.bytes = mapped(&ipv4);
        prefix += ipv4_bits;
    }
    network.prefix = prefix;
    if (auto exact = check_exact(network.bytes, prefix); !exact) return exact.error();
    return network;
}

Result<void> AddressPolicy::check_network(std::string_view cidr) {
    const auto network = parse_network(cidr);
    return network ? Result<void>() : network.error();
}

Result<AddressPolicy> AddressPolicy::from(const PolicyConfig& policy) {
    AddressPolicy out;
    out.http_loopback_ = policy.allow_http_loopback;
    for (const std::string& cidr : policy.private_networks) {
        const auto network = parse_network(cidr);
        if (!network)
            return refused("policy.private_networks: \"" + cidr + "\": " + network.error().message);
        out.allowed_.push_back(*network);
    }
    return out;
}

bool AddressPolicy::allows(const AddressBytes& address) const noexcept {
    if (http_loopback_ && is_loopback(address)) return true;
    // A translator's own loopback is not this machine's: listing that does not allow it.
    auto inner = embedded_ipv4(address);
    if (inner && is_loopback(*inner)) inner.reset();
    // "::/0" is every IPv6 address, not the IPv4 ones that are written inside of it here.
    const auto holds = [](const Network& network, const AddressBytes& one) {
        return has_prefix(one, network.bytes, network.prefix) &&
               (network.prefix >= ipv4_bits || !is_ipv4(one));
    };
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const Network& network) {
        return holds(network, address) || (inner && holds(network, *inner));
    });
}

Result<void> AddressPolicy::check_address(const AddressBytes& address,
                                          std::string_view host) const {
    const char* const what = special(address);
    if (what == nullptr || allows(address)) return {};
    const std::string text = text_of(address);
    return refused("the address " + text + " of " + std::string(host) + " is " + what +
                   " and refused; if this peer is meant, list its network in "
                   "policy.private_networks, at the least \"" +
                   text + (is_ipv4(address) ? "/32\"" : "/128\""));
}

Result<void> AddressPolicy::check(const Url& url) const {
    const std::string& host = url.host();
    const auto literal = address_literal(host);
    if (!literal && ends_in_number(without_final_dot(host)))
        return refused("the host " + host + " is neither a name nor an address");
    if (!url.secure()) {
        if (!is_loopback_host(host))
            return refused("plain http to " + host +
                           " is refused: a peer that is not on this machine needs https");
        if (!http_loopback_)
            return refused("plain http to " + host +
                           " is refused; policy.allow_http_loopback would permit it");
    }
    if (literal) {
        if (auto ok = check_address(*literal, host); !ok) return ok;
        return check_spelling(*literal, host);
    }
    // Such a name means this machine, whatever a resolver makes of it.
    if (is_loopback_host(host) && !allows(bytes_of("127.0.0.1")) && !allows(bytes_of("::1")))
        return check_address(bytes_of("127.0.0.1"), host);
    return {};
}

Result<void> AddressPolicy::check(const sockaddr* address, std::string_view host,
                                  bool plain_http) const {
    AddressBytes bytes{};
    if (address->sa_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, address, sizeof ipv4);
        bytes = mapped(&ipv4.sin_addr);
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, address, sizeof ipv6);
        std::memcpy(bytes.data(), &ipv6.sin6_addr, bytes.size());
    } else {
        return refused("the host " + std::string(host) + " has no internet address");
    }
    if (plain_http && !(http_loopback_ && is_loopback(bytes)))
        return refused("plain http to " + text_of(bytes) + " (" + std::string(host) +
                       ") is refused: it is not this machine");
    return check_address(bytes, host);
}

}  // namespace mcp_auth::host
