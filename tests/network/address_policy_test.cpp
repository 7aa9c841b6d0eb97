// protocol.md L1, L2: which addresses are refused, in whatever spelling.
#include "address_policy.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;

AddressPolicy policy(bool http_loopback = false, std::vector<std::string> networks = {}) {
    PolicyConfig config;
    config.allow_http_loopback = http_loopback;
    config.private_networks = std::move(networks);
    auto made = AddressPolicy::from(config);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
}

Status check_url(const AddressPolicy& rules, const std::string& text) {
    const auto url = Url::parse(text);
    EXPECT_TRUE(url) << text;
    return url ? rules.check(*url).status() : Status::internal;
}

Result<void> check_address(const AddressPolicy& rules, const std::string& text,
                           bool plain_http = false) {
    sockaddr_storage storage{};
    if (text.find(':') != std::string::npos) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr), 1) << text;
        std::memcpy(&storage, &address, sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &address.sin_addr), 1) << text;
        std::memcpy(&storage, &address, sizeof address);
    }
    return rules.check(reinterpret_cast<const sockaddr*>(&storage), "name.example", plain_http);
}

std::string bracketed(const std::string& address) {
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

class SpecialAddress : public ::testing::TestWithParam<const char*> {};

TEST_P(SpecialAddress, IsRefusedAsALiteralAndAfterResolution) {
    EXPECT_EQ(check_url(policy(), "https://" + bracketed(GetParam()) + "/"), Status::misconfigured);
    const auto resolved = check_address(policy(), GetParam());
    ASSERT_EQ(resolved.status(), Status::misconfigured);
    EXPECT_THAT(resolved.error().message, HasSubstr("name.example"));
    EXPECT_THAT(resolved.error().message, HasSubstr("policy.private_networks"));
}

TEST_P(SpecialAddress, IsAllowedWhereItIsListed) {
    const auto rules = policy(false, {GetParam()});
    EXPECT_EQ(check_url(rules, "https://" + bracketed(GetParam()) + "/"), Status::ok);
    EXPECT_TRUE(check_address(rules, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Registries, SpecialAddress,
    ::testing::Values("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1",
                      "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.0.1",
                      "169.254.169.254", "168.63.129.16", "100.64.0.1", "100.127.255.255",
                      "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255",
                      "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
                      "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1",
                      "fd00:ec2::254", "fdff::1", "ff02::1", "64:ff9b:1::1", "2001::1",
                      "2001:db8::1", "3fff::1", "100::1", "4000::1",
                      // IPv4 inside of IPv6: mapped, compatible, NAT64, 6to4
                      "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
                      "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
                      "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::"));

TEST(AddressPolicy, LetsPublicAddressesPass) {
    for (const char* const address :
         {"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
          "192.167.1.1", "169.253.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
          "2001:200::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"}) {
        EXPECT_TRUE(check_address(policy(), address)) << address;
        EXPECT_EQ(check_url(policy(), "https://" + bracketed(address) + "/"), Status::ok)
            << address;
    }
    EXPECT_EQ(check_url(policy(), "https://auth.chat.example/"), Status::ok);
}

TEST(AddressPolicy, ReadsLiteralsInEverySpellingOfAResolver) {
    for (const char* const host :
         {"2130706433", "0x7f000001", "0x7f.1", "0X7F.1", "0177.0.0.1", "127.1", "127.0.1",
          "127.0.0.1.", "017700000001", "0x7f.0x0.0x0.0x1", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]"})
        EXPECT_EQ(check_url(policy(), "https://" + std::string(host) + "/"), Status::misconfigured)
            << host;
    for (const char* const host : {"2852039166", "0xa9fea9fe", "0251.0376.0251.0376"})
        EXPECT_EQ(check_url(policy(), "https://" + std::string(host) + "/"), Status::misconfigured)
            << host;
    EXPECT_EQ(check_url(policy(), "https://0x01010101/"), Status::ok);  // 1.1.1.1
}

TEST(AddressPolicy, RefusesAHostThatIsNeitherNameNorAddress) {
    for (const char* const host :
         {"256.0.0.1", "1.2.3.4.5", "4294967296", "evil.127", "1.2.3.08", "evil.0x7f"})
        EXPECT_EQ(check_url(policy(), "https://" + std::string(host) + "/"), Status::misconfigured)
            << host;
}

TEST(AddressPolicy, TakesLocalhostForLoopbackWhateverAResolverSays) {  // RFC 6761 6.3
    for (const char* const host : {"localhost", "LOCALHOST", "localhost.", "a.b.localhost"}) {
        const std::string url = "https://" + std::string(host) + "/";
        EXPECT_EQ(check_url(policy(), url), Status::misconfigured) << host;
        EXPECT_EQ(check_url(policy(false, {"127.0.0.0/8"}), url), Status::ok) << host;
        EXPECT_EQ(check_url(policy(true), url), Status::ok) << host;
    }
    EXPECT_EQ(check_url(policy(), "https://notlocalhost/"), Status::ok);
}

TEST(AddressPolicy, HoldsPlainHttpToLoopbackAndOnlyWherePermitted) {  // L1
    EXPECT_EQ(check_url(policy(), "http://127.0.0.1/"), Status::misconfigured);
    EXPECT_EQ(check_url(policy(false, {"127.0.0.0/8"}), "http://127.0.0.1/"),
              Status::misconfigured);
    EXPECT_EQ(check_url(policy(true), "http://127.0.0.1/"), Status::ok);
    EXPECT_EQ(check_url(policy(true), "http://[::1]/"), Status::ok);
    EXPECT_EQ(check_url(policy(true), "http://localhost/"), Status::ok);
    EXPECT_EQ(check_url(policy(true), "https://127.0.0.1/"), Status::ok);
    EXPECT_EQ(check_url(policy(true), "http://auth.chat.example/"), Status::misconfigured);
    EXPECT_EQ(check_url(policy(true), "http://1.1.1.1/"), Status::misconfigured);
    EXPECT_EQ(check_url(policy(true, {"10.0.0.0/8"}), "http://10.0.0.1/"), Status::misconfigured);
    EXPECT_TRUE(check_address(policy(true), "127.0.0.1", true));
    EXPECT_FALSE(check_address(policy(true), "1.1.1.1", true));
    EXPECT_FALSE(check_address(policy(true, {"10.0.0.0/8"}), "10.0.0.1", true));
    EXPECT_FALSE(check_address(policy(), "127.0.0.1", true));
}

TEST(AddressPolicy, AllowsListedNetworksAndNothingBesideThem) {
    const auto rules = policy(false, {"10.1.0.0/16", "fd12:3456::/32", "192.168.7.9"});
    EXPECT_TRUE(check_address(rules, "10.1.255.255"));
    EXPECT_TRUE(check_address(rules, "::ffff:10.1.0.1"));
    EXPECT_TRUE(check_address(rules, "64:ff9b::10.1.0.1"));
    EXPECT_FALSE(check_address(rules, "10.2.0.1"));
    EXPECT_TRUE(check_address(rules, "fd12:3456::1"));
    EXPECT_FALSE(check_address(rules, "fd12:3457::1"));
    EXPECT_TRUE(check_address(rules, "192.168.7.9"));
    EXPECT_FALSE(check_address(rules, "192.168.7.8"));
    EXPECT_TRUE(check_address(policy(false, {"0.0.0.0/0"}), "10.2.0.1"));
    EXPECT_FALSE(check_address(policy(false, {"10.128.0.0/9"}), "10.127.255.255"));
}

TEST(AddressPolicy, RefusesAnEntryThatIsNoNetwork) {
    for (const char* const entry :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0", "fd00::/129",
          "example.com", "10.0.0.0/8/8", "[fd00::]/8", " 10.0.0.0/8"}) {
        PolicyConfig config;
        config.private_networks = {entry};
        const auto made = AddressPolicy::from(config);
        ASSERT_EQ(made.status(), Status::misconfigured) << entry;
        EXPECT_THAT(made.error().message, HasSubstr("private_networks")) << entry;
    }
}

TEST(AddressPolicy, KnowsLoopbackHosts) {
    for (const char* const host :
         {"localhost", "x.localhost", "127.0.0.1", "::1", "0x7f.1", "2130706433"})
        EXPECT_TRUE(is_loopback_host(host)) << host;
    for (const char* const host :
         {"localhost.example", ".localhost", "128.0.0.1", "::2", "10.0.0.1"})
        EXPECT_FALSE(is_loopback_host(host)) << host;
}

}  // namespace
}  // namespace mcp_auth::host
