// tls_client_auth (RFC 8705) against a server that demands a certificate: what it sees of the
// client, and that the connection of one client never serves another.
#include "certificates.hpp"
#include "http_client.hpp"
#include "token_endpoint.hpp"
#include "wire_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TlsClientAuth : public ::testing::Test {
protected:
    TlsClientAuth() {
        tls_->identity = make_identity({}, &authority_);
        tls_->client_authority = authority_.certificate;
        PolicyConfig policy;
        policy.private_networks = {"127.0.0.0/8"};
        policy.ca_file = ca_.path();
        auto made = make_http_client(policy, {});
        EXPECT_TRUE(made) << made.error().message;
        http_ = *made;
        metadata_.issuer = "https://auth.example";
    }
    static void serve(WirePeer& peer, std::vector<std::string>& seen) {
        while (!peer.read_request().empty()) {
            seen.push_back(peer.client_name());
            const std::string body = R"({"access_token":"t","token_type":"Bearer"})";
            peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
        }
    }
    ClientConfig client(const std::string& id, const Identity& own) const {
        ClientConfig client;
        client.name = "mcp";
        client.id = id;
        client.method = ClientMethod::tls_client_auth;
        client.certificate.from = client.key.from = SecretReference::From::literal;
        client.certificate.literal = Secret(own.certificate_pem());
        client.key.literal = Secret(own.key_pem());
        return client;
    }
    Identity named(const std::string& name, const Identity* issuer) const {
        CertificateRequest request;
        request.common_name = name;
        return make_identity(request, issuer);
    }
    Result<TokenResponse> ask(const ClientConfig& client) {
        std::vector<std::pair<std::string, Secret>> fields;
        fields.emplace_back("grant_type", Secret("client_credentials"));
        return TokenEndpoint(*http_, clock_).request(client, metadata_, fields, {}, {});
    }

    Identity authority_ = make_authority();
    TemporaryFile ca_{authority_.certificate_pem()};
    std::shared_ptr<WireTls> tls_ = std::make_shared<WireTls>();
    std::shared_ptr<HttpTransport> http_;
    SkewedClock clock_{system_clock()};  // the network waits by it, too
    ServerMetadata metadata_;
};

TEST_F(TlsClientAuth, ShowsEachClientsOwnCertificateAtTheAliasedEndpoint) {
    std::vector<std::string> seen;
    WireServer server([&](WirePeer& peer) { serve(peer, seen); }, tls_);
    metadata_.token_endpoint = "https://127.0.0.1:1/token";  // nobody listens there
    metadata_.mtls_token_endpoint = server.url("/mtls/token", "localhost");
    const auto one = client("one", named("one", &authority_));
    const auto other = client("other", named("other", &authority_));
    for (const auto* who : {&one, &other, &one}) {
        const auto token = ask(*who);
        ASSERT_TRUE(token) << token.error().message;
    }
    EXPECT_THAT(seen, ElementsAre("one", "other", "one"));
    EXPECT_EQ(server.accepts(), 2);  // each its own connection, used again by its own client
    EXPECT_THAT(server.requests().at(0), HasSubstr("POST /mtls/token"));
    EXPECT_THAT(server.requests().at(0), HasSubstr("client_id=one"));
    EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Authorization")));
}

// What is weak is named: the administrator has to know what to replace.
TEST_F(TlsClientAuth, NamesWhatIsTooWeakOfACertificate) {
    CertificateRequest request;
    request.digest = "SHA1";
    const auto by_sha1 = make_identity(request, &authority_);
    request.digest = "SHA256";
    request.key = "rsa:1024";
    const auto short_key = make_identity(request, &authority_);
    request.key = "P-256";
    request.authority = true;
    request.digest = "SHA1";
    const auto between = make_identity(request, &authority_);
    auto under_sha1 = client("three", named("three", &between));
    under_sha1.certificate.literal = Secret(
        std::string(under_sha1.certificate.literal.reveal()).append(between.certificate_pem()));
    metadata_.token_endpoint = "https://127.0.0.1:1/token";
    const std::pair<ClientConfig, const char*> rows[] = {
        {client("one", by_sha1), "it is signed with SHA1, a digest that is too weak"},
        {client("two", short_key), "it has a key that is too weak (RSA needs 2048 bits)"},
        {under_sha1, "a certificate between it and the root is signed with SHA1"}};
    for (const auto& [who, says] : rows) {
        const auto answer = ask(who);
        EXPECT_EQ(answer.status(), Status::misconfigured) << says;
        EXPECT_THAT(answer.error().message, HasSubstr(says));
    }
}

TEST_F(TlsClientAuth, FollowsACertificateThatRotates) {
    std::vector<std::string> seen;
    WireServer server([&](WirePeer& peer) { serve(peer, seen); }, tls_);
    metadata_.token_endpoint = server.url("/token", "localhost");
    ASSERT_TRUE(ask(client("one", named("old", &authority_))));
    ASSERT_TRUE(ask(client("one", named("new", &authority_))));
    EXPECT_THAT(seen, ElementsAre("old", "new"));
}

TEST_F(TlsClientAuth, IsMisconfiguredWhereTheServerDoesNotKnowTheCertificate) {
    std::vector<std::string> seen;
    WireServer server([&](WirePeer& peer) { serve(peer, seen); }, tls_);
    metadata_.token_endpoint = server.url("/token", "localhost");
    const auto stranger = make_authority("another CA");
    const auto token = ask(client("one", named("one", &stranger)));
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured) << token.error().message;
    EXPECT_EQ(token.error().leg, "token");
    EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace mcp_auth::host::testing
