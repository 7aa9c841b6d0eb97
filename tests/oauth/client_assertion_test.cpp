// private_key_jwt: what the assertion says, which algorithm signs it, and what is refused before
// anything is sent (protocol.md G2).
#include "client_assertion.hpp"

#include "json_web_key.hpp"
#include "openssl_command.hpp"
#include "support/manual_clock.hpp"

#include <mcp_auth/jws.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

class ClientAssertion : public ::testing::Test {
protected:
    ClientAssertion() {
        client.name = "mcp";
        client.id = "client-1";
        client.method = ClientMethod::private_key_jwt;
        client.key.from = SecretReference::From::file;
        client.key.name = openssl.path("key.pem");
        metadata.issuer = "https://auth.example/tenant";
        give("P-256");
    }
    void give(const std::string& kind) { openssl.file("key.pem", openssl.key(kind)); }
    Result<Secret> make() {
        return make_client_assertion(client, metadata, "https://auth.example/token", clock, keys,
                                     "redemption", {});
    }
    Jws made() {
        const auto assertion = make();
        EXPECT_TRUE(assertion) << assertion.error().message;
        return assertion ? *Jws::decode(assertion->reveal()) : Jws();
    }
    void expect_misconfigured(std::string_view says) {
        const auto assertion = make();
        ASSERT_FALSE(assertion);
        EXPECT_EQ(assertion.status(), Status::misconfigured);
        EXPECT_EQ(assertion.error().leg, "redemption");
        EXPECT_THAT(assertion.error().message, HasSubstr("client \"mcp\""));
        EXPECT_THAT(assertion.error().message, HasSubstr(std::string(says)));
    }

    OpensslCommand openssl;
    ManualClock clock;
    SigningKeys keys;
    ClientConfig client;
    ServerMetadata metadata;
};

TEST_F(ClientAssertion, SaysWhoWeAreToTheIssuerAloneForAMinute) {
    const auto jws = made();
    EXPECT_EQ(jws.payload.string("iss"), "client-1");
    EXPECT_EQ(jws.payload.string("sub"), "client-1");
    EXPECT_EQ(jws.payload.string("aud"), "https://auth.example/tenant");
    EXPECT_EQ(jws.payload.find("iat")->as_integer(), ManualClock::start_wall);
    EXPECT_EQ(jws.payload.find("exp")->as_integer(), ManualClock::start_wall + 60);
    EXPECT_EQ(jws.payload.string("jti").size(), 22U);
    EXPECT_EQ(jws.header.string("alg"), "ES256");
    EXPECT_EQ(jws.header.find("kid"), nullptr);
}

TEST_F(ClientAssertion, IsAnotherEachTime) {
    EXPECT_NE(made().payload.string("jti"), made().payload.string("jti"));
}

TEST_F(ClientAssertion, IsForTheTokenEndpointWhereTheSettingSaysSo) {
    client.assertion_audience = "token_endpoint";
    EXPECT_EQ(made().payload.string("aud"), "https://auth.example/token");
}

TEST_F(ClientAssertion, NamesTheConfiguredKeyIdElseThatOfTheJwk) {
    auto jwk = json::Value::object();
    jwk.set("kty", "EC")
        .set("crv", "P-256")
        .set("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
        .set("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        .set("d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")
        .set("kid", "of the key");
    openssl.file("key.pem", jwk.dump());
    EXPECT_EQ(made().header.string("kid"), "of the key");
    client.key_id = "configured";
    EXPECT_EQ(made().header.string("kid"), "configured");
}

TEST_F(ClientAssertion, NamesAMetadataDocumentAsTheClient) {
    client.id.clear();
    client.metadata_document = "https://app.example/client.json";
    EXPECT_EQ(made().payload.string("sub"), "https://app.example/client.json");
}

TEST_F(ClientAssertion, IsSignedByTheConfiguredAlgorithm) {
    give("rsa:2048");
    client.algorithm = "PS256";
    EXPECT_EQ(made().header.string("alg"), "PS256");
    client.algorithm.clear();
    EXPECT_EQ(made().header.string("alg"), "RS256");
    give("P-384");
    EXPECT_EQ(made().header.string("alg"), "ES384");
}

TEST_F(ClientAssertion, IsSignedByAnAlgorithmThatTheServerLists) {
    give("rsa:2048");
    metadata.auth_signing_algorithms = {"ES256", "PS256"};
    EXPECT_EQ(made().header.string("alg"), "PS256");
}

TEST_F(ClientAssertion, IsNotMadeWhereTheKeyIsOfAnotherTypeThanAlg) {
    client.algorithm = "RS256";
    expect_misconfigured("an EC key on P-256, which signs ES256, and not the configured");
}

TEST_F(ClientAssertion, IsNotMadeWhereTheServerDoesNotListTheAlgorithm) {
    metadata.auth_signing_algorithms = {"RS256"};
    expect_misconfigured("token_endpoint_auth_signing_alg_values_supported");
    give("rsa:2048");
    client.algorithm = "PS256";
    expect_misconfigured("token_endpoint_auth_signing_alg_values_supported");
    metadata.auth_signing_algorithms = std::vector<std::string>{};
    expect_misconfigured("token_endpoint_auth_signing_alg_values_supported");
}

TEST_F(ClientAssertion, IsNotMadeWithAKeyThatCannotBeRead) {
    client.key.name = openssl.path("nowhere.pem");
    expect_misconfigured("nowhere.pem: No such file");
    client.key.name = openssl.file("other.pem", "not a key");
    expect_misconfigured("it cannot be read");
    client.key.name = openssl.file("weak.pem", openssl.key("rsa:1024"));
    expect_misconfigured("an RSA key of 1024 bits");
}

TEST_F(ClientAssertion, FollowsAKeyFileThatRotates) {
    const auto thumbprint = [&] {
        const auto key = keys.key(client.key, "key", "", {});
        return key ? (*key)->thumbprint() : key.error().message;
    };
    const auto first = thumbprint();
    const auto* const parsed = keys.key(client.key, "key", "", {})->get();
    EXPECT_EQ(keys.key(client.key, "key", "", {})->get(), parsed);  // the bytes are the same
    give("P-256");
    EXPECT_NE(thumbprint(), first);
    openssl.file("key.pem", "gone wrong");  // never the old one instead
    EXPECT_THAT(thumbprint(), HasSubstr("cannot be read"));
}

TEST_F(ClientAssertion, TellsLiteralKeysApart) {
    SecretReference one, other;
    one.from = other.from = SecretReference::From::literal;
    one.literal = Secret(openssl.key("P-256"));
    other.literal = Secret(openssl.key("P-256"));
    const auto a = keys.key(one, "key", "", {}), b = keys.key(other, "key", "", {});
    ASSERT_TRUE(a && b);
    EXPECT_NE((*a)->thumbprint(), (*b)->thumbprint());
}

}  // namespace
}  // namespace mcp_auth::host::testing
