// The client against servers that say exact bytes: what is sent, what is read, and when a
// connection is used again.
#include "http_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::WirePeer;
using testing::WireServer;

TEST(HttpClient, SendsTheRequestByteForByteAndReadsTheAnswer) {
    WireServer server(answer(
        "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
    HttpRequest request = post(server.url("/a%2Fb//c?x=%20y&z"), "grant_type=x");
    request.headers = {{"Accept", "application/json"}, {"X-Two", "2"}};
    const auto response = client()->send(request, {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->header("content-TYPE"), "text/plain");
    EXPECT_EQ(server.requests().at(0), "POST /a%2Fb//c?x=%20y&z HTTP/1.1\r\nHost: 127.0.0.1:" +
                                           std::to_string(server.port()) +
                                           "\r\nAccept: application/json\r\nX-Two: 2\r\n"
                                           "User-Agent: mcp-auth\r\nContent-Length: 12\r\n\r\n"
                                           "grant_type=x");
}

TEST(HttpClient, SendsAnEmptyPathAsSlashAndNoLengthWithGet) {
    WireServer server(answer(ok));
    ASSERT_TRUE(client()->send(get(server.url("")), {}));
    EXPECT_THAT(server.requests().at(0), StartsWith("GET / HTTP/1.1\r\nHost: 127.0.0.1:"));
    EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Content-Length")));
    EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Accept-Encoding")));
}

TEST(HttpClient, ReadsEveryFraming) {
    for (const std::string framing :
         {"Content-Length: 11\r\n\r\nhello world",
          "Transfer-Encoding: chunked\r\n\r\n5;ext=\"x\"\r\nhello\r\n06\r\n world\r\n0\r\nX-T: "
          "1\r\n\r\n",
          "Connection: close\r\n\r\nhello world"}) {
        WireServer server(answer("HTTP/1.1 200 OK\r\n" + framing));
        const auto response = client()->send(get(server.url("/")), {});
        ASSERT_TRUE(response) << framing << response.error().message;
        EXPECT_EQ(response->body, "hello world");
    }
}

TEST(HttpClient, SkipsInterimAnswersWhateverTheirNumber) {  // RFC 9110 15.2
    WireServer server(
        answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
               "HTTP/1.1 102 Processing\r\n\r\n" +
               ok));
    const auto response = client()->send(post(server.url("/")), {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "ok");
    EXPECT_EQ(response->header("link"), "");
}

TEST(HttpClient, ReadsFoldedHeadersAndTheSameLengthTwice) {  // RFC 9112 5.2, RFC 9110 8.6
    WireServer server(answer(
        "HTTP/1.1 200\r\nX-Folded: one\r\n  two\r\nContent-Length: 2\r\n"
        "Content-Length: 2\r\nX-Begins-Later:\r\n\tone\r\nX-Ends-Before: one\r\n\t\r\n\r\nok"));
    const auto response = client()->send(get(server.url("/")), {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->header("x-folded"), "one two");
    EXPECT_EQ(response->header("x-begins-later"), "one");
    EXPECT_EQ(response->header("x-ends-before"), "one");
    EXPECT_EQ(response->body, "ok");
}

TEST(HttpClient, DoesNotWaitForABodyWhereThereIsNone) {
    WireServer server(always("HTTP/1.1 204 No Content\r\n\r\n"));
    const auto http = client(short_limits());
    for (int i = 0; i < 2; ++i) {
        const auto response = http->send(get(server.url("/")), {});
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->status, 204);
    }
    EXPECT_EQ(server.accepts(), 1);
}

TEST(HttpClient, KeepsAConnectionForTheNextRequest) {
    WireServer server(always(ok));
    const auto http = client();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(http->send(post(server.url("/")), {}));
    EXPECT_EQ(server.accepts(), 1);
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpClient, DoesNotKeepAConnectionThatTheServerCloses) {
    WireServer server(
        always("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
    const auto http = client();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(http->send(get(server.url("/")), {}));
    EXPECT_EQ(server.accepts(), 2);
}

TEST(HttpClient, DoesNotKeepAConnectionWithBytesThatNobodyAskedFor) {
    WireServer server(always(ok + ok));  // the second would answer the next request
    const auto http = client();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(http->send(get(server.url("/")), {}));
    EXPECT_EQ(server.accepts(), 2);
}

// The first connection answers once and goes away when the next request is on it.
WireServer::Talk closes_on_second_request() {
    return [](WirePeer& peer) {
        peer.read_request();
        peer.write(ok);
        if (!peer.read_request().empty() && peer.number() > 1) peer.write(ok);
    };
}

TEST(HttpClient, SendsAGetAgainWhenAKeptConnectionTurnsOutClosed) {
    WireServer server(closes_on_second_request());
    const auto http = client();
    ASSERT_TRUE(http->send(get(server.url("/1")), {}));
    const auto second = http->send(get(server.url("/2")), {});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(server.accepts(), 2);
}

TEST(HttpClient, NeverSendsAPostTwice) {  // RFC 9110 9.2.2
    WireServer server(closes_on_second_request());
    const auto http = client();
    ASSERT_TRUE(http->send(post(server.url("/1")), {}));
    EXPECT_EQ(http->send(post(server.url("/2")), {}).status(), Status::unavailable);
    EXPECT_EQ(server.accepts(), 1);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(HttpClient, NoticesThatAKeptConnectionWasClosedBeforeItPostsOnIt) {
    std::atomic<bool> closed{false};
    WireServer server([&](WirePeer& peer) {
        peer.read_request();
        peer.write(ok);
        if (peer.number() > 1) return;
        peer.shut();
        closed = true;
    });
    const auto http = client();
    ASSERT_TRUE(http->send(post(server.url("/1")), {}));
    while (!closed) std::this_thread::yield();  // on loopback its end has then arrived
    const auto second = http->send(post(server.url("/2")), {});
    EXPECT_TRUE(second) << second.error().message;
    EXPECT_EQ(server.accepts(), 2);
}

TEST(HttpClient, DoesNotFollowARedirectOfAPost) {
    WireServer server(
        always("HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\n"
               "Content-Length: 0\r\n\r\n"));
    HttpRequest request = post(server.url("/token"));
    request.max_redirects = 3;
    const auto response = client()->send(request, {});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 307);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClient, FollowsARedirectOfAGetAsOftenAsItMay) {
    WireServer server(always("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"));
    HttpRequest request = get(server.url("/first"));
    request.max_redirects = 3;
    const auto response = client()->send(request, {});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
    ASSERT_EQ(server.requests().size(), 4U);
    EXPECT_THAT(server.requests().at(1), StartsWith("GET /next HTTP/1.1\r\n"));
}

TEST(HttpClient, FollowsARedirectToANameBesideTheFormer) {
    WireServer server(
        always("HTTP/1.1 302 Found\r\nLocation: next?x=1#part\r\nContent-Length: 0\r\n\r\n"));
    HttpRequest request = get(server.url("/a/b/first"));
    request.max_redirects = 1;
    ASSERT_TRUE(client()->send(request, {}));
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_THAT(server.requests().at(1), StartsWith("GET /a/b/next?x=1 HTTP/1.1\r\n"));
}

TEST(HttpClient, RefusesARedirectInAFormThatWouldHaveToBeGuessed) {
    for (const char* location : {"?x=1", "../up", "./here", "#part"}) {
        WireServer server(answer("HTTP/1.1 302 Found\r\nLocation: " + std::string(location) +
                                 "\r\nContent-Length: 0\r\n\r\n"));
        HttpRequest request = get(server.url("/a/b"));
        request.max_redirects = 3;
        const auto response = client()->send(request, {});
        EXPECT_EQ(response.status(), Status::protocol) << location;
        EXPECT_EQ(server.requests().size(), 1U) << location;
    }
}

// Only what the request was for reaches the reader: not the page that says "moved".
TEST(HttpClient, GivesAReaderNothingOfARedirect) {
    WireServer server([](WirePeer& peer) {
        const auto request = peer.read_request();
        peer.write(request.find("/first") != std::string::npos
                       ? "HTTP/1.1 302 Found\r\nLocation: /next\r\nConnection: close\r\n"
                         "Content-Length: 5\r\n\r\nmoved"
                       : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere");
    });
    HttpRequest request = get(server.url("/first"));
    request.max_redirects = 1;
    std::string read;
    const auto response =
        client()->send(request, {}, [&](const HttpResponse&, std::string_view piece) {
            read += piece;
            return true;
        });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(read, "here");
}

TEST(HttpClient, TakesNoCredentialToAnotherOrigin) {
    WireServer other(answer(ok));
    WireServer server(answer("HTTP/1.1 302 Found\r\nLocation: " + other.url("/x") +
                             "\r\nContent-Length: 0\r\n\r\n"));
    HttpRequest request = get(server.url("/"));
    request.headers = {{"Authorization", "Bearer canary"}, {"Accept", "text/plain"}};
    request.max_redirects = 1;
    ASSERT_TRUE(client()->send(request, {}));
    EXPECT_THAT(other.requests().at(0), HasSubstr("Accept: text/plain"));
    EXPECT_THAT(other.requests().at(0), Not(HasSubstr("canary")));
}

TEST(HttpClient, ChecksEachHopOfARedirect) {
    for (const auto& [location, status] :
         {std::pair{"http://10.0.0.1/", Status::misconfigured},
          std::pair{"https://127.0.0.1/", Status::protocol},  // another scheme
          std::pair{"http://user@127.0.0.1/", Status::protocol},
          std::pair{"file:///etc/passwd", Status::protocol}}) {
        WireServer server(answer("HTTP/1.1 302 Found\r\nLocation: " + std::string(location) +
                                 "\r\nContent-Length: 0\r\n\r\n"));
        HttpRequest request = get(server.url("/"));
        request.max_redirects = 3;
        EXPECT_EQ(client()->send(request, {}).status(), status) << location;
    }
}

TEST(HttpClient, RefusesAHeaderThatWouldBecomeTwo) {
    WireServer server(answer(ok));
    for (const auto& [name, value] :
         {std::pair{"X-Test", "a\r\nAuthorization: Bearer x"}, std::pair{"X-Test", "a\nb"},
          std::pair{"X-Te\r\nst", "a"}, std::pair{"X Test", "a"}, std::pair{"Content-Length", "5"},
          std::pair{"transfer-encoding", "chunked"}, std::pair{"Host", "other.example"}}) {
        HttpRequest request = get(server.url("/"));
        request.headers = {{name, value}};
        EXPECT_EQ(client()->send(request, {}).status(), Status::invalid_argument) << name;
    }
    HttpRequest request = get(server.url("/"));
    request.method = "GET / HTTP/1.1\r\nX:";
    EXPECT_EQ(client()->send(request, {}).status(), Status::invalid_argument);
    EXPECT_EQ(server.accepts(), 0);
}

TEST(HttpClient, RefusesPlainHttpUnlessThePolicyAllowsItOnLoopback) {  // L1
    WireServer server(answer(ok));
    const auto strict = make_http_client({}, {});
    ASSERT_TRUE(strict);
    const auto response = (*strict)->send(get(server.url("/")), {});
    EXPECT_EQ(response.status(), Status::misconfigured);
    EXPECT_THAT(response.error().message, HasSubstr("allow_http_loopback"));
    EXPECT_EQ(client()->send(get("http://192.0.2.1/"), {}).status(), Status::misconfigured);
    EXPECT_EQ(server.accepts(), 0);
}

TEST(HttpClient, TurnsAnExceptionOfTheReaderIntoInternal) {
    WireServer server(answer(ok));
    const auto response = client()->send(
        get(server.url("/")), {},
        [](const HttpResponse&, std::string_view) -> bool { throw std::runtime_error("canary"); });
    EXPECT_EQ(response.status(), Status::internal);
    EXPECT_THAT(response.error().message, Not(HasSubstr("canary")));
}

TEST(HttpClient, RefusesAConfigurationThatItCannotUse) {
    PolicyConfig network;
    network.private_networks = {"10.0.0.0/33"};
    EXPECT_EQ(make_http_client(network, {}).status(), Status::misconfigured);
    PolicyConfig authority;
    authority.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(make_http_client(authority, {}).status(), Status::misconfigured);
    PolicyConfig proxy;
    proxy.proxy = "https://proxy.example:3128";
    EXPECT_EQ(make_http_client(proxy, {}).status(), Status::misconfigured);
}

}  // namespace
}  // namespace mcp_auth::host
