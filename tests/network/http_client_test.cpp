// The client against servers that say exact bytes: what arrives, what is refused, when it ends.
#include "http_client.hpp"

#include "wire_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::WirePeer;
using testing::WireServer;

std::shared_ptr<HttpTransport> client(TimeLimits limits = {}) {
    PolicyConfig policy;
    policy.allow_http_loopback = true;
    auto made = make_http_client(policy, limits);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
}

// A limit that is reached soon, where reaching it is what the test is about.
TimeLimits short_limits() {
    TimeLimits limits;
    limits.request = 100ms;
    return limits;
}

HttpRequest get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return request;
}

HttpRequest post(const std::string& url, const std::string& body = "a=b") {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.body = body;
    return request;
}

// Reads one request and answers with these bytes, then closes.
WireServer::Talk answer(const std::string& bytes) {
    return [bytes](WirePeer& peer) {
        peer.read_request();
        peer.write(bytes);
    };
}

// Every request of a connection gets the same answer.
WireServer::Talk always(const std::string& bytes) {
    return [bytes](WirePeer& peer) {
        while (!peer.read_request().empty()) peer.write(bytes);
    };
}

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

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
    WireServer server(
        answer("HTTP/1.1 200\r\nX-Folded: one\r\n  two\r\nContent-Length: 2\r\n"
               "Content-Length: 2\r\n\r\nok"));
    const auto response = client()->send(get(server.url("/")), {});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->header("x-folded"), "one two");
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

// One fault each: the bytes, and the status that it must get.
struct Fault {
    const char* name;
    std::string bytes;
    Status status;
};
class HttpFault : public ::testing::TestWithParam<Fault> {};

TEST_P(HttpFault, IsRefused) {
    WireServer server(answer(GetParam().bytes));
    HttpRequest request = post(server.url("/secret-path"), "assertion=secret-body");
    request.max_response_bytes = 1000;
    const auto response = client()->send(request, {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.status(), GetParam().status) << response.error().message;
    EXPECT_EQ(response.error().leg, "");
    EXPECT_THAT(response.error().message, HasSubstr("127.0.0.1:" + std::to_string(server.port())));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
    EXPECT_EQ(server.accepts(), 1);  // sent once, whatever came back
}

const std::string head = "HTTP/1.1 200 OK\r\n";
INSTANTIATE_TEST_SUITE_P(
    Wire, HttpFault,
    ::testing::Values(
        Fault{"ClosedBeforeTheAnswer", "", Status::unavailable},
        Fault{"ClosedInTheStatusLine", "HTTP/1.1 20", Status::protocol},
        Fault{"ClosedInTheHeaders", head + "Content-Le", Status::protocol},
        Fault{"ClosedAfterAnInterimAnswer", "HTTP/1.1 100 Continue\r\n\r\n", Status::protocol},
        Fault{"BodyShorterThanItsLength", head + "Content-Length: 9\r\n\r\nshort",
              Status::protocol},
        Fault{"ChunkCutOff", head + "Transfer-Encoding: chunked\r\n\r\n9\r\nshort",
              Status::protocol},
        Fault{"LastChunkMissing", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
              Status::protocol},
        Fault{"TrailerCutOff", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", Status::protocol},
        Fault{"ChunkSizeNotANumber", head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
              Status::protocol},
        Fault{"ChunkSizeNegative",
              head + "Transfer-Encoding: chunked\r\n\r\n-5\r\nshort\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"ChunkSizeTooLarge",
              head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx", Status::protocol},
        Fault{"ChunkLongerThanItsSize",
              head + "Transfer-Encoding: chunked\r\n\r\n3\r\nshort\r\n0\r\n\r\n", Status::protocol},
        Fault{"LengthAboveTheCap", head + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
              Status::protocol},
        Fault{"ChunksAboveTheCap",
              head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') +
                  "\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"UntilCloseAboveTheCap", head + "\r\n" + std::string(1001, 'x'), Status::protocol},
        Fault{"HeaderBlockAboveItsCap", head + "X: " + std::string(33 * 1024, 'x') + "\r\n\r\n",
              Status::protocol},
        Fault{"HeaderBlockThatNeverEnds", head + "X: " + std::string(64 * 1024, 'x'),
              Status::protocol},
        Fault{"LengthAndTransferEncoding",
              head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"TwoLengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
              Status::protocol},
        Fault{"LengthNotANumber", head + "Content-Length: 2, 2\r\n\r\nok", Status::protocol},
        Fault{"UnknownTransferCoding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Status::protocol},
        Fault{"StatusNotANumber", "HTTP/1.1 2x0 OK\r\n\r\n", Status::protocol},
        Fault{"StatusTooLong", "HTTP/1.1 2000 OK\r\n\r\n", Status::protocol},
        Fault{"OtherVersion", "HTTP/2.0 200 OK\r\n\r\n", Status::protocol},
        Fault{"SpaceBeforeTheColon", head + "Content-Length : 2\r\n\r\nok", Status::protocol},
        Fault{"HeaderWithoutColon", head + "Nonsense\r\nContent-Length: 2\r\n\r\nok",
              Status::protocol},
        Fault{"ControlCharacterInAHeader", head + "X: a\x01z\r\nContent-Length: 2\r\n\r\nok",
              Status::protocol},
        Fault{"BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", Status::protocol},
        Fault{"SwitchingProtocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n" + ok,
              Status::protocol},
        Fault{"EndlessInterimAnswers",
              [] {
                  std::string all;
                  for (int i = 0; i < 17; ++i) all += "HTTP/1.1 103 Early Hints\r\n\r\n";
                  return all + ok;
              }(),
              Status::protocol}),
    [](const auto& fault) { return fault.param.name; });

TEST(HttpClient, TellsAConnectionThatIsResetBeforeTheAnswerFromAnAnswer) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.reset();
    });
    EXPECT_EQ(client()->send(post(server.url("/")), {}).status(), Status::unavailable);
    EXPECT_EQ(server.accepts(), 1);
}

TEST(HttpClient, FindsNobodyListening) {
    std::string url;
    {
        const WireServer gone([](WirePeer&) {});
        url = gone.url("/");
    }
    const auto response = client()->send(get(url), {});
    EXPECT_EQ(response.status(), Status::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("connecting to 127.0.0.1:"));
}

TEST(HttpClient, EndsAnAnswerThatNeverComesAtTheRequestsTimeLimit) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.wait_closed();
    });
    const auto response = client(short_limits())->send(get(server.url("/")), {});
    EXPECT_EQ(response.status(), Status::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("time_limits.request"));
}

TEST(HttpClient, EndsAnAnswerThatDripsForEver) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (peer.write("1\r\nx\r\n")) {
        }
    });
    HttpRequest request = get(server.url("/"));
    request.max_response_bytes = std::size_t{1} << 40;
    EXPECT_EQ(client(short_limits())->send(request, {}).status(), Status::unavailable);
}

TEST(HttpClient, TellsTheCallersDeadlineFromTheRequestsTimeLimit) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.wait_closed();
    });
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() + 50ms;
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::deadline);
}

TEST(HttpClient, SendsNothingAfterTheDeadline) {
    WireServer server(answer(ok));
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() - 1ms;
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::deadline);
    EXPECT_EQ(server.accepts(), 0);
}

TEST(HttpClient, StopsWhenAnotherThreadCancels) {
    Bounds bounds;
    WireServer server([&](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        bounds.cancellation.cancel();
        peer.wait_closed();
    });
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::cancelled);
}

TEST(HttpClient, StopsWritingALargeRequestWhenAnotherThreadCancels) {
    Bounds bounds;
    std::atomic<bool> done{false};
    WireServer server([&](WirePeer&) {
        bounds.cancellation.cancel();  // and reads nothing
        while (!done) std::this_thread::yield();
    });
    const auto response = client()->send(post(server.url("/"), std::string(64 << 20, 'x')), bounds);
    done = true;
    EXPECT_EQ(response.status(), Status::cancelled);
}

TEST(HttpClient, SendsNothingOnceCancelled) {
    WireServer server(answer(ok));
    Bounds bounds;
    bounds.cancellation.cancel();
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::cancelled);
    EXPECT_EQ(server.accepts(), 0);
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

TEST(HttpClient, HandsOutPiecesAsTheyArrive) {
    // The server says more only once the client has seen what came before.
    std::atomic<int> seen{0};
    WireServer server([&](WirePeer& peer) {
        peer.read_request();
        peer.write(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n");
        while (seen < 1) std::this_thread::yield();
        peer.write("7\r\ndata: 2\r\n0\r\n\r\n");
    });
    std::string all;
    const auto response = client()->send(
        get(server.url("/")), {}, [&](const HttpResponse& first, std::string_view piece) {
            EXPECT_EQ(first.header("content-type"), "text/event-stream");
            EXPECT_EQ(first.body, "");
            all += piece;
            ++seen;
            return true;
        });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(all, "data: 1data: 2");
    EXPECT_EQ(response->body, "");
}

TEST(HttpClient, StopsAStreamWhenTheReaderHasHadEnough) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\n\r\ndata");
        peer.wait_closed();
    });
    const auto response = client()->send(
        get(server.url("/")), {}, [](const HttpResponse&, std::string_view) { return false; });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
}

// A stream of two pieces; the second comes when the request's time limit has long passed.
Result<HttpResponse> read_a_long_stream(const Bounds& bounds, const TimeLimits& limits) {
    std::atomic<bool> late{false};
    WireServer server([&](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
        while (!late) std::this_thread::yield();
        peer.write("2");
    });
    const auto limit_passed = std::chrono::steady_clock::now() + 2 * limits.request;
    return client(limits)->send(get(server.url("/")), bounds,
                                [&](const HttpResponse&, std::string_view) {
                                    while (std::chrono::steady_clock::now() < limit_passed)
                                        std::this_thread::yield();
                                    late = true;
                                    return true;
                                });
}

TEST(HttpClient, LetsAStreamThatGoesOnOutlastTheRequestsTimeLimitWithinTheCallersDeadline) {
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() + 30s;
    const auto response = read_a_long_stream(bounds, short_limits());
    EXPECT_TRUE(response) << response.error().message;
}

TEST(HttpClient, EndsAStreamAtTheRequestsTimeLimitWithoutADeadlineOfTheCallers) {
    EXPECT_EQ(read_a_long_stream({}, short_limits()).status(), Status::unavailable);
}

TEST(HttpClient, EndsAStreamThatFallsSilent) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\n\r\ndata");
        peer.wait_closed();
    });
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() + 30s;
    const auto response = client(short_limits())
                              ->send(get(server.url("/")), bounds,
                                     [](const HttpResponse&, std::string_view) { return true; });
    EXPECT_EQ(response.status(), Status::unavailable);
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
