// TLS as the client has it: whose certificate is accepted, whose is not, and what is said of it.
#include "http_client.hpp"

#include "wire_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace mcp_auth::host {
namespace {

using testing::CertificateRequest;
using ::testing::HasSubstr;
using testing::Identity;
using testing::make_authority;
using testing::make_identity;
using ::testing::Not;
using testing::TemporaryFile;
using testing::WirePeer;
using testing::WireServer;
using testing::WireTls;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void answer(WirePeer& peer) {
    while (!peer.read_request().empty()) peer.write(ok);
}

std::shared_ptr<WireTls> tls(Identity identity) {
    auto out = std::make_shared<WireTls>();
    out->identity = std::move(identity);
    return out;
}

class HttpTls : public ::testing::Test {
protected:
    // A client that trusts `authority_` alone, and may go to loopback.
    std::shared_ptr<HttpTransport> client(const std::string& proxy = {}) const {
        PolicyConfig policy;
        policy.proxy = proxy;
        policy.private_networks = {"127.0.0.0/8"};
        policy.ca_file = ca_.path();
        auto made = make_http_client(policy, {});
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    static HttpRequest get(const std::string& url) {
        HttpRequest request;
        request.url = url;
        request.headers = {{"Authorization", "Bearer canary"}};
        return request;
    }
    // What a request to a server with this certificate ends with; it must not get through.
    Error refused(Identity identity, const std::string& host = "localhost") const {
        WireServer server(answer, tls(std::move(identity)));
        const auto response = client()->send(get(server.url("/", host)), {});
        EXPECT_FALSE(response);
        EXPECT_EQ(server.requests().size(), 0U);
        return response ? Error() : response.error();
    }

    Identity authority_ = make_authority();
    TemporaryFile ca_{authority_.certificate_pem()};
    Identity good_ = make_identity({}, &authority_);
};

TEST_F(HttpTls, AcceptsAServerOfATrustedAuthorityByNameAndByAddress) {
    WireServer server(answer, tls(good_));
    for (const char* const host : {"localhost", "127.0.0.1"}) {
        const auto response = client()->send(get(server.url("/", host)), {});
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "ok");
    }
}

TEST_F(HttpTls, KeepsAConnectionForTheNextRequest) {
    WireServer server(answer, tls(good_));
    const auto http = client();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(http->send(get(server.url("/", "localhost")), {}));
    EXPECT_EQ(server.accepts(), 1);
}

TEST_F(HttpTls, RefusesAnExpiredCertificate) {
    CertificateRequest request;
    request.not_before = -7200;
    request.not_after = -3600;
    const Error error = refused(make_identity(request, &authority_));
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("expired"));
}

TEST_F(HttpTls, RefusesACertificateThatIsNotValidYet) {
    CertificateRequest request;
    request.not_before = 3600;
    request.not_after = 7200;
    const Error error = refused(make_identity(request, &authority_));
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("not valid yet"));
}

TEST_F(HttpTls, RefusesACertificateForAnotherNameEvenOnLocalhost) {
    CertificateRequest request;
    request.names = "DNS:other.example";
    const Error error = refused(make_identity(request, &authority_));
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("another name"));
}

TEST_F(HttpTls, RefusesACertificateForAnotherAddress) {
    CertificateRequest request;
    request.names = "DNS:localhost,IP:127.0.0.2";
    const Error error = refused(make_identity(request, &authority_), "127.0.0.1");
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("another name"));
}

TEST_F(HttpTls, DoesNotTakeACommonNameForAName) {  // RFC 9525 6.1
    CertificateRequest request;
    request.names = "";
    request.common_name = "localhost";
    EXPECT_EQ(refused(make_identity(request, &authority_)).status, Status::misconfigured);
}

TEST_F(HttpTls, RefusesASelfSignedCertificate) {
    const Error error = refused(make_identity({}, nullptr));
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("self-signed"));
}

TEST_F(HttpTls, RefusesACertificateOfAnUnknownAuthority) {
    const Identity other = make_authority("another CA");
    const Error error = refused(make_identity({}, &other));
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("unknown authority"));
}

TEST_F(HttpTls, RefusesAnIssuerThatIsNoAuthority) {
    EXPECT_EQ(refused(make_identity({}, &good_)).status, Status::misconfigured);
}

TEST_F(HttpTls, RefusesTlsBeforeTls12) {
    auto old = tls(good_);
    old->max_version = TLS1_1_VERSION;
    WireServer server(answer, old);
    const auto response = client()->send(get(server.url("/", "localhost")), {});
    EXPECT_EQ(response.status(), Status::misconfigured);
}

TEST_F(HttpTls, SpeaksTls12) {
    auto old = tls(good_);
    old->max_version = TLS1_2_VERSION;
    WireServer server(answer, old);
    const auto response = client()->send(get(server.url("/", "localhost")), {});
    EXPECT_TRUE(response) << response.error().message;
}

TEST_F(HttpTls, SaysThatAServerDoesNotSpeakTls) {
    WireServer server([](WirePeer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    const auto response =
        client()->send(get("https://localhost:" + std::to_string(server.port()) + "/"), {});
    EXPECT_EQ(response.status(), Status::misconfigured);
    EXPECT_THAT(response.error().message, HasSubstr("does not speak TLS"));
}

TEST_F(HttpTls, TakesAConnectionThatIsClosedDuringTheHandshakeForAnOutage) {
    WireServer server([](WirePeer&) {});
    const auto response =
        client()->send(get("https://localhost:" + std::to_string(server.port()) + "/"), {});
    EXPECT_EQ(response.status(), Status::unavailable);
}

TEST_F(HttpTls, EndsAHandshakeThatNeverEnds) {
    WireServer server([](WirePeer& peer) { peer.wait_closed(); });
    PolicyConfig policy;
    policy.private_networks = {"127.0.0.0/8"};
    policy.ca_file = ca_.path();
    TimeLimits limits;
    limits.connect = std::chrono::milliseconds(100);
    const auto response = (*make_http_client(policy, limits))
                              ->send(get("https://localhost:" + std::to_string(server.port())), {});
    EXPECT_EQ(response.status(), Status::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("time_limits.connect"));
}

TEST_F(HttpTls, DoesNotTakeACutConnectionForTheEndOfABody) {  // RFC 8446 6.1
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    WireServer cut(
        [&](WirePeer& peer) {
            peer.read_request();
            peer.write(head + "part of it");
            peer.cut();
        },
        tls(good_));
    EXPECT_EQ(client()->send(get(cut.url("/", "localhost")), {}).status(), Status::protocol);
    WireServer whole(
        [&](WirePeer& peer) {
            peer.read_request();
            peer.write(head + "all of it");
        },
        tls(good_));
    const auto response = client()->send(get(whole.url("/", "localhost")), {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "all of it");
}

TEST_F(HttpTls, RefusesLoopbackThatThePolicyDoesNotList) {  // L2
    WireServer server(answer, tls(good_));
    PolicyConfig policy;
    policy.ca_file = ca_.path();
    const auto http = make_http_client(policy, {});
    for (const char* const host : {"localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]"}) {
        const auto response = (*http)->send(get(server.url("/", host)), {});
        EXPECT_EQ(response.status(), Status::misconfigured) << host;
        EXPECT_THAT(response.error().message, HasSubstr("private_networks")) << host;
    }
    EXPECT_EQ(server.accepts(), 0);
}

TEST_F(HttpTls, TrustsOnlyTheAuthoritiesOfCaFile) {
    WireServer server(answer, tls(good_));
    PolicyConfig system;
    system.private_networks = {"127.0.0.0/8"};
    const auto http = make_http_client(system, {});
    ASSERT_TRUE(http) << http.error().message;
    EXPECT_EQ((*http)->send(get(server.url("/", "localhost")), {}).status(), Status::misconfigured);
}

TEST_F(HttpTls, ShowsAClientCertificateOnlyWithTheRequestThatHasOne) {  // RFC 8705
    CertificateRequest about_client;
    about_client.common_name = "the client";
    about_client.names = "";
    const Identity own = make_identity(about_client, &authority_);
    auto demanding = tls(good_);
    demanding->client_authority = authority_.certificate;
    std::string seen;
    WireServer server(
        [&](WirePeer& peer) {
            peer.read_request();
            seen = peer.client_name();
            peer.write(ok);
            peer.wait_closed();
        },
        demanding);
    const auto http = client();
    HttpRequest request = get(server.url("/", "localhost"));
    request.client_certificate = own.certificate_pem();
    request.client_key = own.key_pem();
    const auto response = http->send(request, {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(seen, "the client");

    // Nor does it ride on the connection that was made with one.
    const auto without = http->send(get(server.url("/", "localhost")), {});
    EXPECT_EQ(without.status(), Status::misconfigured) << without.error().message;
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpTls, RefusesAClientCertificateWithTheKeyOfAnother) {
    WireServer server(answer, tls(good_));
    HttpRequest request = get(server.url("/", "localhost"));
    request.client_certificate = make_identity({}, &authority_).certificate_pem();
    request.client_key = make_identity({}, &authority_).key_pem();
    const auto response = client()->send(request, {});
    EXPECT_EQ(response.status(), Status::misconfigured);
    EXPECT_THAT(response.error().message, Not(HasSubstr("PRIVATE")));
    EXPECT_EQ(server.accepts(), 0);
}

void count_sigpipe(int) {
    std::abort();
}

TEST_F(HttpTls, WritingToAClosedConnectionRaisesNoSignal) {
    auto* const former = std::signal(SIGPIPE, count_sigpipe);
    WireServer server([](WirePeer& peer) { peer.reset(); }, tls(good_));
    HttpRequest request = get(server.url("/", "localhost"));
    request.method = "POST";
    request.body = std::string(8 << 20, 'x');
    EXPECT_EQ(client()->send(request, {}).status(), Status::unavailable);
    std::signal(SIGPIPE, former);
}

TEST_F(HttpTls, ReachesAServerThroughTheProxyAndChecksTheServersNameThere) {
    CertificateRequest about_server;
    about_server.names = "DNS:auth.chat.example";
    auto tunnel = tls(make_identity(about_server, &authority_));
    tunnel->behind_connect = true;
    WireServer proxy(answer, tunnel);
    const auto http = client("http://127.0.0.1:" + std::to_string(proxy.port()));
    const auto response = http->send(get("https://auth.chat.example/token"), {});
    ASSERT_TRUE(response) << response.error().message;
    ASSERT_EQ(proxy.requests().size(), 2U);
    EXPECT_EQ(proxy.requests().at(0),
              "CONNECT auth.chat.example:443 HTTP/1.1\r\nHost: auth.chat.example:443\r\n\r\n");
    EXPECT_THAT(proxy.requests().at(1),
                ::testing::StartsWith("GET /token HTTP/1.1\r\nHost: auth.chat.example\r\n"));
    const auto other = http->send(get("https://other.example/"), {});
    EXPECT_EQ(other.status(), Status::misconfigured);
    EXPECT_THAT(other.error().message, HasSubstr("another name"));
}

TEST_F(HttpTls, ChecksLiteralsBeforeItAsksTheProxyAndNeverSendsLoopbackThere) {  // L2
    WireServer proxy([](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    const auto http = client("http://127.0.0.1:" + std::to_string(proxy.port()));
    EXPECT_EQ(http->send(get("https://10.0.0.1/"), {}).status(), Status::misconfigured);
    EXPECT_EQ(http->send(get("https://0xa9fea9fe/"), {}).status(), Status::misconfigured);
    WireServer direct(answer, tls(good_));
    EXPECT_TRUE(http->send(get(direct.url("/", "localhost")), {}));
    EXPECT_EQ(proxy.accepts(), 0);
    const auto refused_there = http->send(get("https://auth.chat.example/"), {});
    EXPECT_EQ(refused_there.status(), Status::misconfigured);
    EXPECT_THAT(refused_there.error().message, HasSubstr("proxy refused"));
}

TEST_F(HttpTls, SkipsTheInterimAnswersOfAProxy) {  // RFC 9110 15.2
    WireServer proxy([](WirePeer& peer) {
        peer.read_request();
        peer.write(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    });
    const auto http = client("http://127.0.0.1:" + std::to_string(proxy.port()));
    const auto refused = http->send(get("https://auth.chat.example/"), {});
    EXPECT_EQ(refused.status(), Status::unavailable);
    EXPECT_EQ(refused.error().http_status, 502);
}

}  // namespace
}  // namespace mcp_auth::host
