#include "client_authentication.hpp"

#include "network/certificates.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs revealed(const std::vector<std::pair<std::string, Secret>>& pairs) {
    Pairs out;
    for (const auto& [name, value] : pairs) out.emplace_back(name, value.reveal());
    return out;
}

class ClientAuthentication : public ::testing::Test {
protected:
    ClientAuthentication() {
        client.name = "mcp";
        client.id = "f53f191f9311af35";
        client.method = ClientMethod::client_secret_basic;
        client.secret.from = SecretReference::From::literal;
        client.secret.literal = "canary-secret";
        metadata.issuer = "https://auth.example";
        parts.fields.emplace_back("grant_type", Secret("client_credentials"));
    }
    Result<void> run() {
        return authenticate_client(client, metadata, clock, keys, parts, "redemption", {});
    }
    void list(std::vector<std::string> methods) {
        metadata.states_auth_methods = true;
        metadata.auth_methods = std::move(methods);
    }
    // Refused before anything was added that could be sent.
    void expect_misconfigured(std::string_view why) {
        const auto result = run();
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().status, Status::misconfigured);
        EXPECT_EQ(result.error().leg, "redemption");
        EXPECT_NE(result.error().message.find("\"mcp\""), std::string::npos);
        EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
        EXPECT_EQ(result.error().message.find("canary"), std::string::npos);
        EXPECT_EQ(parts.fields.size(), 1u);
        EXPECT_TRUE(parts.headers.empty());
    }

    testing::ManualClock clock;
    SigningKeys keys;
    ClientConfig client;
    ServerMetadata metadata;
    TokenRequestParts parts;
};

TEST_F(ClientAuthentication, SendsBasicInAHeaderAndNothingInTheBody) {
    ASSERT_TRUE(run());
    // base64 of "f53f191f9311af35:canary-secret"
    EXPECT_EQ(revealed(parts.headers),
              (Pairs{{"Authorization", "Basic ZjUzZjE5MWY5MzExYWYzNTpjYW5hcnktc2VjcmV0"}}));
    EXPECT_EQ(revealed(parts.fields), (Pairs{{"grant_type", "client_credentials"}}));
}

// G2: "+", ":" and "%" of either part survive only when each is form-encoded by itself.
TEST_F(ClientAuthentication, FormEncodesIdAndSecretSeparatelyForBasic) {
    client.id = "https://app.example/client";
    client.secret.literal = "a+b:c%/ \xc3\xa4";
    ASSERT_TRUE(run());
    // base64 of "https%3A%2F%2Fapp.example%2Fclient:a%2Bb%3Ac%25%2F+%C3%A4"
    EXPECT_EQ(revealed(parts.headers),
              (Pairs{{"Authorization",
                      "Basic aHR0cHMlM0ElMkYlMkZhcHAuZXhhbXBsZSUyRmNsaWVudDphJTJCYiUzQWMlMjUlMkYr"
                      "JUMzJUE0"}}));
}

TEST_F(ClientAuthentication, SendsBasicUnencodedWhereTheServerDoesNotDecode) {
    client.secret.literal = "a+b:c%/";
    client.basic_raw = true;
    ASSERT_TRUE(run());
    // base64 of "f53f191f9311af35:a+b:c%/"
    EXPECT_EQ(revealed(parts.headers),
              (Pairs{{"Authorization", "Basic ZjUzZjE5MWY5MzExYWYzNTphK2I6YyUv"}}));
}

TEST_F(ClientAuthentication, RefusesAColonInTheIdOfAnUnencodedBasic) {
    client.id = "https://app.example/client";
    client.basic_raw = true;
    expect_misconfigured("basic_raw");
}

TEST_F(ClientAuthentication, SendsPostInTheBodyAndNoHeader) {
    client.method = ClientMethod::client_secret_post;
    ASSERT_TRUE(run());
    EXPECT_TRUE(parts.headers.empty());
    EXPECT_EQ(revealed(parts.fields), (Pairs{{"grant_type", "client_credentials"},
                                             {"client_id", "f53f191f9311af35"},
                                             {"client_secret", "canary-secret"}}));
}

// E2: and no secret, even if one stands in the configuration.
TEST_F(ClientAuthentication, SendsTheIdOfAPublicClientAlone) {
    client.method = ClientMethod::none;
    ASSERT_TRUE(run());
    EXPECT_TRUE(parts.headers.empty());
    EXPECT_EQ(revealed(parts.fields),
              (Pairs{{"grant_type", "client_credentials"}, {"client_id", "f53f191f9311af35"}}));
}

TEST_F(ClientAuthentication, TakesAClientWithoutMethodAndSecretForAPublicOne) {
    client.method.reset();
    client.secret = {};
    ASSERT_TRUE(run());
    EXPECT_EQ(revealed(parts.fields).back(),
              (std::pair<std::string, std::string>{"client_id", "f53f191f9311af35"}));
}

TEST_F(ClientAuthentication, NamesAMetadataDocumentAsTheId) {
    client.id.clear();
    client.metadata_document = "https://app.example/client.json";
    client.method = ClientMethod::none;
    ASSERT_TRUE(run());
    EXPECT_EQ(revealed(parts.fields).back().second, "https://app.example/client.json");
}

TEST_F(ClientAuthentication, RefusesASecretWithoutAMethod) {
    client.method.reset();
    expect_misconfigured("\"method\"");
}

TEST_F(ClientAuthentication, RefusesAClientWithoutAnId) {
    client.id.clear();
    expect_misconfigured("\"id\"");
}

TEST_F(ClientAuthentication, RefusesASecretThatCannotBeRead) {
    client.secret.from = SecretReference::From::env;
    client.secret.name = "MCP_AUTH_TEST_VARIABLE_THAT_NOBODY_SETS";
    expect_misconfigured("MCP_AUTH_TEST_VARIABLE_THAT_NOBODY_SETS");
}

class ConfiguredMethod : public ClientAuthentication,
                         public ::testing::WithParamInterface<ClientMethod> {};

TEST_P(ConfiguredMethod, IsUsedWhereTheServerListsIt) {
    client.method = GetParam();
    list({"private_key_jwt", std::string(to_string(GetParam()))});
    EXPECT_TRUE(run());
}

// RFC 8414 2 then means client_secret_basic; what the administrator wrote down stands all the same.
TEST_P(ConfiguredMethod, IsUsedWhereTheServerPublishesNoList) {
    client.method = GetParam();
    EXPECT_TRUE(run());
}

TEST_P(ConfiguredMethod, IsRefusedWhereTheServersListLacksIt) {
    client.method = GetParam();
    list({"private_key_jwt"});
    expect_misconfigured("token_endpoint_auth_methods_supported");
}

TEST_P(ConfiguredMethod, IsRefusedWhereTheServersListIsEmpty) {
    client.method = GetParam();
    list({});
    expect_misconfigured("token_endpoint_auth_methods_supported");
}

INSTANTIATE_TEST_SUITE_P(Each, ConfiguredMethod,
                         ::testing::Values(ClientMethod::none, ClientMethod::client_secret_basic,
                                           ClientMethod::client_secret_post));

TEST_F(ClientAuthentication, SendsAnAssertionInTheBodyAndNoSecret) {
    client.method = ClientMethod::private_key_jwt;
    client.secret = {};
    client.key.from = SecretReference::From::literal;
    client.key.literal = testing::make_authority().key_pem();
    ASSERT_TRUE(run());
    EXPECT_TRUE(parts.headers.empty());
    const auto fields = revealed(parts.fields);
    ASSERT_EQ(fields.size(), 4U);
    EXPECT_EQ(fields[1], (std::pair<std::string, std::string>{"client_id", "f53f191f9311af35"}));
    EXPECT_EQ(fields[2], (std::pair<std::string, std::string>{
                             "client_assertion_type",
                             "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}));
    EXPECT_EQ(fields[3].first, "client_assertion");
}

// RFC 8705.
class TlsClientAuthentication : public ClientAuthentication {
protected:
    TlsClientAuthentication() {
        client.method = ClientMethod::tls_client_auth;
        client.secret = {};
        client.certificate.from = client.key.from = SecretReference::From::literal;
        const auto own = testing::make_authority();
        client.certificate.literal = own.certificate_pem();
        client.key.literal = own.key_pem();
        parts.endpoint = metadata.token_endpoint = "https://auth.example/token";
    }
};

TEST_F(TlsClientAuthentication, PutsTheCertificateOnTheConnectionAndTheIdInTheBody) {
    ASSERT_TRUE(run());
    EXPECT_EQ(parts.client_certificate,
              client.certificate.literal.substr(0, client.certificate.literal.size() - 1));
    EXPECT_FALSE(parts.client_key.empty());
    EXPECT_TRUE(parts.headers.empty());
    EXPECT_EQ(revealed(parts.fields),
              (Pairs{{"grant_type", "client_credentials"}, {"client_id", "f53f191f9311af35"}}));
    EXPECT_EQ(parts.endpoint, "https://auth.example/token");
}

TEST_F(TlsClientAuthentication, GoesToTheAliasThatTheServerNames) {
    metadata.mtls_token_endpoint = "https://mtls.auth.example/token";
    ASSERT_TRUE(run());
    EXPECT_EQ(parts.endpoint, "https://mtls.auth.example/token");
}

TEST_F(TlsClientAuthentication, StaysAtTheEndpointThatTheAdministratorNames) {
    metadata.mtls_token_endpoint = "https://mtls.auth.example/token";
    client.token_endpoint = "https://auth.example/token";
    ASSERT_TRUE(run());
    EXPECT_EQ(parts.endpoint, "https://auth.example/token");
}

TEST_F(TlsClientAuthentication, IsRefusedWithTheKeyOfAnotherCertificate) {
    client.key.literal = testing::make_authority().key_pem();
    expect_misconfigured("belongs to another certificate");
}

TEST_F(TlsClientAuthentication, IsRefusedWithACertificateThatCannotBeRead) {
    client.certificate.literal = "canary";
    expect_misconfigured("is not a PEM certificate");
}

TEST_F(TlsClientAuthentication, IsRefusedWithAFileThatIsNotThere) {
    client.key.from = SecretReference::From::file;
    client.key.name = "/nonexistent/key.pem";
    expect_misconfigured("/nonexistent/key.pem");
}

TEST_F(TlsClientAuthentication, IsRefusedWithoutTls) {
    parts.endpoint = "http://127.0.0.1:1/token";
    expect_misconfigured("plain http");
}

}  // namespace
}  // namespace mcp_auth::host
