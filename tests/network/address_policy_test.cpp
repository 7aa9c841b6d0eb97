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
    // All of IPv6 is not all of IPv4, although the bytes of one hold the other.
    EXPECT_TRUE(check_address(policy(false, {"::/0"}), "fd00::1"));
    EXPECT_FALSE(check_address(policy(false, {"::/0"}), "10.2.0.1"));
    EXPECT_FALSE(check_address(policy(false, {"::/0"}), "::ffff:169.254.169.254"));
    EXPECT_FALSE(check_address(policy(false, {"::/64"}), "127.0.0.1"));
    EXPECT_TRUE(check_address(policy(false, {"::ffff:10.0.0.0/104"}), "10.2.0.1"));
}

TEST(AddressPolicy, RefusesAnEntryThatIsNoNetwork) {
    for (const char* const entry :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0", "fd00::/129",
          "example.com", "10.0.0.0/8/8", "[fd00::]/8", " 10.0.0.0/8", "10.0.0.1/8", "fd00::1/8",
          "::ffff:10.0.0.0/8", "::ffff:0.0.0.0/95", "::1/0"}) {
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
