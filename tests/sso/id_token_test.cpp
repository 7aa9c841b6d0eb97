#include "id_token.hpp"

#include "signing_issuer.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using testing::issuer_url;
using testing::jwks_url;
using testing::ManualClock;
using testing::ScriptedTransport;
using testing::SigningIssuer;

constexpr std::int64_t now = ManualClock::start_wall;

json::Value list_of(std::initializer_list<const char*> texts) {
    json::Value list = json::Value::array();
    for (const char* text : texts) list.push(text);
    return list;
}

class IdTokenTest : public ::testing::Test {
protected:
    IdTokenTest() {
        server.issuer = issuer_url;
        server.document = json::Value::object().set("jwks_uri", jwks_url);
        expected.issuer = issuer_url;
        expected.client_id = "host";
        expected.nonce = "the-nonce";
        header = issuer.header();
        claims.set("iss", issuer_url)
            .set("sub", "00u-alice")
            .set("aud", "host")
            .set("iat", now - 1)
            .set("exp", now + 600)
            .set("auth_time", now - 100)
            .set("nonce", "the-nonce")
            .set("email", "alice@acme.example");
    }
    Result<IdTokenClaims> verify(const std::string& token) {
        return tokens.verify(token, server, expected, now, {}, {});
    }
    Result<IdTokenClaims> verify() {
        http.on("GET", jwks_url).always().json(200, issuer.jwks());
        return verify(issuer.sign(header, claims));
    }

    SigningIssuer issuer;
    ScriptedTransport http;
    ManualClock clock;
    JwkSets keys{http, clock};
    IdTokens tokens{keys, false};
    ServerMetadata server;
    ExpectedIdToken expected;
    json::Value header, claims = json::Value::object();
};

TEST_F(IdTokenTest, AGoodOneSaysWhoSignedIn) {
    const auto who = verify();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->issuer, issuer_url);
    EXPECT_EQ(who->subject, "00u-alice");
    EXPECT_EQ(who->name, "alice@acme.example");
    EXPECT_EQ(who->expires_at, now + 600);
}

TEST_F(IdTokenTest, SeveralAudiencesAreFineWhenAzpSaysThatItIsOurs) {
    claims.set("aud", list_of({"other", "host"})).set("azp", "host");
    EXPECT_TRUE(verify());
}

TEST_F(IdTokenTest, TheHashOfTheAccessTokenIsCheckedWhereItIsThere) {
    expected.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    claims.set("at_hash", "77QmUPtjPfzWtF2AnpK9RQ");  // OpenID Connect Core, A.3
    EXPECT_TRUE(verify());
}

// RFC 7519 2: a NumericDate may have a fraction.
TEST_F(IdTokenTest, TimesMayHaveFractions) {
    claims.set("exp", json::Value::number(std::to_string(now + 600) + ".75"));
    const auto who = verify();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->expires_at, now + 600);
}

TEST_F(IdTokenTest, AnyAgeMayBeAllowed) {
    expected.max_age = std::chrono::seconds::max();
    claims.set("auth_time", now - 10);
    EXPECT_TRUE(verify());
}

// One valid token, and one thing wrong with it.
struct Fault {
    const char* name;
    const char* says;
    std::function<void(json::Value& header, json::Value& claims)> change;
    Status status = Status::protocol;
};
void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

class IdTokenFaultTest : public IdTokenTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(IdTokenFaultTest, IsRefused) {
    expected.access_token = "the-access-token";
    expected.subject = "00u-alice";
    expected.max_age = std::chrono::seconds(300);
    expected.acr_values = "phr phrh";
    ASSERT_TRUE(verify());
    GetParam().change(header, claims);
    const auto who = verify();
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), GetParam().status);
    EXPECT_EQ(who.error().leg, "id_token");
    EXPECT_THAT(who.error().message, HasSubstr(GetParam().says));
}

#define CLAIM(name, value) [](json::Value&, json::Value& claims) { claims.set(name, value); }
#define WITHOUT(name) [](json::Value&, json::Value& claims) { claims.erase(name); }

INSTANTIATE_TEST_SUITE_P(
    Each, IdTokenFaultTest,
    ::testing::Values(
        Fault{"AnotherType", "its typ",
              [](json::Value& header, json::Value&) { header.set("typ", "oauth-id-jag+jwt"); }},
        Fault{"AnotherIssuer", "iss", CLAIM("iss", "https://idp.example/")},
        Fault{"AnotherAudience", "aud", CLAIM("aud", "other")},
        Fault{"NoAudience", "aud", WITHOUT("aud")},
        Fault{"OtherAudiencesToo", "azp", CLAIM("aud", list_of({"host", "other"}))},
        Fault{"IssuedToAnother", "azp", CLAIM("azp", "other")},
        Fault{"AzpOfAnotherKind", "azp", CLAIM("azp", 7)},
        Fault{"Expired", "expired", CLAIM("exp", now)},
        Fault{"ExpiryAsText", "exp", CLAIM("exp", "never")},
        Fault{"NoExpiry", "exp", WITHOUT("exp")}, Fault{"NoTimeOfIssue", "iat", WITHOUT("iat")},
        Fault{"FromTheFuture", "iat", CLAIM("iat", now + 61)},
        Fault{"NotYet", "nbf", CLAIM("nbf", now + 61)}, Fault{"NoNonce", "nonce", WITHOUT("nonce")},
        Fault{"NonceOfAnEarlierSignIn", "nonce", CLAIM("nonce", "the-nonc3")},
        Fault{"NoSubject", "sub", WITHOUT("sub")},
        Fault{"SomebodyElse", "sub", CLAIM("sub", "00u-bob")},
        Fault{"OfAnotherAccessToken", "at_hash", CLAIM("at_hash", "77QmUPtjPfzWtF2AnpK9RQ")},
        Fault{"NoTimeOfSignIn", "auth_time", WITHOUT("auth_time")},
        Fault{"SignedInTooLongAgo", "max_age", CLAIM("auth_time", now - 361),
              Status::interaction_required},
        // Sums of such times would overflow; this one is refused before anybody's signature is
        // seen.
        Fault{"SignedInAtTheEndOfTime", "auth_time",
              CLAIM("auth_time", std::numeric_limits<std::int64_t>::max())},
        Fault{"SignedInAtTheBeginningOfTime", "auth_time",
              CLAIM("auth_time", std::numeric_limits<std::int64_t>::min())},
        Fault{"ExpiresAtTheEndOfTime", "exp",
              CLAIM("exp", std::numeric_limits<std::int64_t>::max())},
        Fault{"SignedInAnotherWay", "acr_values", CLAIM("acr", "pwd"),
              Status::interaction_required},
        Fault{"CriticalExtension", "algorithm",
              [](json::Value& header, json::Value&) { header.set("crit", list_of({"b64"})); }}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST_F(IdTokenTest, AlgNoneIsNotASignature) {
    http.on("GET", jwks_url).always().json(200, issuer.jwks());
    header.set("alg", "none");
    const auto who = verify(SigningIssuer::unsigned_token(header, claims));
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_THAT(who.error().message, HasSubstr("algorithm"));
}

// With HS256 the public key would be the secret.
TEST_F(IdTokenTest, HS256IsNotASignature) {
    http.on("GET", jwks_url).always().json(200, issuer.jwks());
    header.set("alg", "HS256");
    const auto who = verify(SigningIssuer::unsigned_token(header, claims, std::string(32, 'x')));
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_THAT(who.error().message, HasSubstr("algorithm"));
}

TEST_F(IdTokenTest, AForgedSignatureIsRefused) {
    http.on("GET", jwks_url).always().json(200, issuer.jwks());
    const auto who = verify(SigningIssuer("key-1").sign(header, claims));
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_THAT(who.error().message, HasSubstr("not its issuer's"));
}

TEST_F(IdTokenTest, AKeyOfAnotherTypeVerifiesNothing) {
    const json::Value rsa = json::Value(json::Value::object())
                                .set("kty", "RSA")
                                .set("kid", "key-1")
                                .set("n", base64url_encode(std::string(256, '\xc1')))
                                .set("e", "AQAB");
    http.on("GET", jwks_url)
        .always()
        .json(200, json::Value(json::Value::object())
                       .set("keys", json::Value(json::Value::array()).push(rsa))
                       .dump());
    const auto who = verify(issuer.sign(header, claims));
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
}

TEST_F(IdTokenTest, AnEncryptedOneNeedsAnotherRegistration) {
    const auto who = verify("e30.e30.e30.e30.e30");
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::misconfigured);
}

TEST_F(IdTokenTest, WithoutOneThereIsNoSignIn) {
    const auto who = verify(std::string());
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(IdTokenTest, ARotatedKeyIsFetchedOnce) {
    const SigningIssuer rotated("key-2");
    http.on("GET", jwks_url).json(200, issuer.jwks()).json(200, rotated.jwks());
    ASSERT_TRUE(verify(issuer.sign(header, claims)));
    clock.advance(std::chrono::minutes(2));
    const auto who = verify(rotated.sign(rotated.header(), claims));
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(http.requests().size(), 2U);
}

TEST_F(IdTokenTest, AnInventedKeyIdIsNoReasonToAskAgainAndAgain) {
    const SigningIssuer stranger("invented");
    http.on("GET", jwks_url).json(200, issuer.jwks()).json(200, issuer.jwks());
    for (int i = 0; i < 5; ++i) {
        const auto who = verify(stranger.sign(stranger.header(), claims));
        ASSERT_FALSE(who);
        EXPECT_EQ(who.status(), Status::protocol);
        EXPECT_THAT(who.error().message, HasSubstr("does not publish"));
    }
    EXPECT_EQ(http.requests().size(), 1U);
    clock.advance(std::chrono::seconds(61));
    EXPECT_FALSE(verify(stranger.sign(stranger.header(), claims)));
    EXPECT_EQ(http.requests().size(), 2U);
}

TEST_F(IdTokenTest, KeysAreKeptForAnHour) {
    http.on("GET", jwks_url).json(200, issuer.jwks()).json(200, issuer.jwks());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(verify(issuer.sign(header, claims)));
    EXPECT_EQ(http.requests().size(), 1U);
    clock.advance(std::chrono::hours(1));
    EXPECT_TRUE(verify(issuer.sign(header, claims)));
    EXPECT_EQ(http.requests().size(), 2U);
}

TEST_F(IdTokenTest, KeysOverPlainHttpAreNotAskedFor) {
    server.document.set("jwks_uri", "http://idp.example/jwks");
    const auto who = verify(issuer.sign(header, claims));
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::misconfigured);
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(IdTokenTest, WhatIsNoKeySetSaysSo) {
    http.on("GET", jwks_url).json(200, "{}").json(503, "").json(404, "");
    EXPECT_EQ(verify(issuer.sign(header, claims)).status(), Status::protocol);
    EXPECT_EQ(verify(issuer.sign(header, claims)).status(), Status::unavailable);
    EXPECT_EQ(verify(issuer.sign(header, claims)).status(), Status::protocol);
}

}  // namespace
}  // namespace mcp_auth::host
