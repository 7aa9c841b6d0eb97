#include "url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mcp_auth::host {
namespace {

Url url(std::string_view text) {
    auto parsed = Url::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
    return parsed ? *parsed : Url();
}

TEST(Url, KeepsTheBytesItWasGiven) {
    for (const std::string text :
         {"https://auth.example", "https://auth.example/", "https://AUTH.example:443/A/../b%2Fc?",
          "HTTPS://auth.example//x", "https://auth.example/%zz", "https://auth.example?x=/y"})
        EXPECT_EQ(url(text).text(), text);
}

TEST(Url, ReadsItsParts) {
    const auto parsed = url("HTTPS://Auth.Example:8443/a/%2e%2E/b?x=1?2");
    EXPECT_EQ(parsed.scheme(), "https");
    EXPECT_EQ(parsed.host(), "auth.example");
    EXPECT_EQ(parsed.port(), 8443);
    EXPECT_EQ(parsed.path(), "/a/%2e%2E/b");
    EXPECT_EQ(parsed.query(), "x=1?2");
    EXPECT_TRUE(parsed.has_query());
    EXPECT_TRUE(parsed.secure());
    EXPECT_EQ(parsed.origin(), "https://auth.example:8443");
    EXPECT_EQ(parsed.target(), "/a/%2e%2E/b?x=1?2");
}

TEST(Url, HasTheDefaultPortOfItsScheme) {
    EXPECT_EQ(url("https://h").port(), 443);
    EXPECT_EQ(url("http://h").port(), 80);
    EXPECT_EQ(url("https://h:443/a").origin(), "https://h");
    EXPECT_EQ(url("http://h:443/a").origin(), "http://h:443");
    EXPECT_FALSE(url("http://h").secure());
}

TEST(Url, AsksForTheRootWhenThereIsNoPath) {
    EXPECT_EQ(url("https://h").target(), "/");
    EXPECT_EQ(url("https://h?q").target(), "/?q");
    EXPECT_EQ(url("https://h/?").target(), "/?");
    EXPECT_TRUE(url("https://h").path().empty());
}

TEST(Url, TakesAnIpv6AddressInBrackets) {
    const auto parsed = url("https://[2001:DB8::1]:444/a");
    EXPECT_EQ(parsed.host(), "2001:db8::1");
    EXPECT_EQ(parsed.origin(), "https://[2001:db8::1]:444");
}

TEST(Url, HasAnOriginOfSchemeHostAndPort) {
    EXPECT_TRUE(url("https://H/a").same_origin(url("https://h:443/b?c")));
    EXPECT_FALSE(url("https://h").same_origin(url("http://h")));
    EXPECT_FALSE(url("https://h").same_origin(url("https://h:444")));
    EXPECT_FALSE(url("https://h").same_origin(url("https://h.evil")));
}

struct Refusal {
    std::string text, why;
};
class RefusedUrl : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedUrl, IsAnInvalidArgumentThatSaysWhyAndQuotesNothing) {
    const auto parsed = Url::parse(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.status(), Status::invalid_argument);
    EXPECT_NE(parsed.error().message.find(GetParam().why), std::string::npos)
        << parsed.error().message;
    EXPECT_EQ(parsed.error().message.find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Each, RefusedUrl,
    ::testing::Values(
        Refusal{"", "https://"}, Refusal{"auth.example/canary", "https://"},
        Refusal{"https:/auth.example", "https://"}, Refusal{"ftp://auth.example", "scheme"},
        Refusal{"file:///canary", "scheme"}, Refusal{"https://", "no host"},
        Refusal{"https:///path", "no host"}, Refusal{"https://:443", "no host"},
        Refusal{"https://user:canary@auth.example", "user name"},
        Refusal{"https://auth.example@evil.example", "user name"},
        Refusal{"https://auth.example\\@evil.example", "backslash"},
        Refusal{"https://auth.example/a\nb", "control character"},
        Refusal{std::string("https://auth.example/a\0b", 24), "control character"},
        Refusal{"https://auth.example/\x7f", "control character"},
        Refusal{"https://auth.example/a b", "space"}, Refusal{"https://\xc3\xa4.example", "ASCII"},
        Refusal{"https://auth.example/#f", "fragment"}, Refusal{"https://auth.example:0", "port"},
        Refusal{"https://auth.example:65536", "port"}, Refusal{"https://auth.example:", "port"},
        Refusal{"https://auth.example:+443", "port"}, Refusal{"https://auth.example:44x", "port"},
        Refusal{"https://auth%2eexample", "host name"},
        Refusal{"https://auth..example", "host name"}, Refusal{"https://.example", "host name"},
        Refusal{"https://a,b", "host name"},
        Refusal{"https://" + std::string(254, 'a'), "host name"},
        Refusal{"https://[::1", "bracket"}, Refusal{"https://[::g]", "IPv6"},
        Refusal{"https://[fe80::1%25eth0]", "IPv6"}, Refusal{"https://[::1]x", "behind its host"},
        Refusal{"https://auth.example/" + std::string(9000, 'a'), "8 KiB"}));

TEST(WellKnown, IsInsertedBetweenHostAndPath) {
    EXPECT_EQ(well_known(url("https://h/a/b"), "oauth-authorization-server"),
              "https://h/.well-known/oauth-authorization-server/a/b");
    EXPECT_EQ(well_known(url("https://h"), "oauth-authorization-server"),
              "https://h/.well-known/oauth-authorization-server");
    EXPECT_EQ(well_known(url("https://h/"), "oauth-protected-resource"),
              "https://h/.well-known/oauth-protected-resource");
    EXPECT_EQ(well_known(url("https://h:8443/a"), "x"), "https://h:8443/.well-known/x/a");
}

// RFC 8414 3.1 drops the slash that ends an issuer's path, RFC 9728 3.1 keeps a resource's.
TEST(WellKnown, DropsTheFinalSlashOfAnIssuerOnly) {
    EXPECT_EQ(well_known(url("https://h/a/"), "oauth-authorization-server"),
              "https://h/.well-known/oauth-authorization-server/a");
    EXPECT_EQ(well_known(url("https://h/mcp/"), "oauth-protected-resource"),
              "https://h/.well-known/oauth-protected-resource/mcp/");
}

TEST(WellKnown, KeepsTheQueryOfAResource) {
    EXPECT_EQ(well_known(url("https://h/a?k=v"), "oauth-protected-resource"),
              "https://h/.well-known/oauth-protected-resource/a?k=v");
    EXPECT_EQ(well_known(url("https://h/?k=v"), "oauth-protected-resource"),
              "https://h/.well-known/oauth-protected-resource?k=v");
}

TEST(WellKnown, HasARootFormAndAnAppendedForm) {
    EXPECT_EQ(well_known_root(url("https://h/a/b?q"), "d"), "https://h/.well-known/d");
    EXPECT_EQ(well_known_appended(url("https://h/a"), "openid-configuration"),
              "https://h/a/.well-known/openid-configuration");
    EXPECT_EQ(well_known_appended(url("https://h/a/"), "openid-configuration"),
              "https://h/a/.well-known/openid-configuration");
    EXPECT_EQ(well_known_appended(url("https://h"), "openid-configuration"),
              "https://h/.well-known/openid-configuration");
}

}  // namespace
}  // namespace mcp_auth::host
