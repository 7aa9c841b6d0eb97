// When a request ends that would not end by itself, and streams.
#include "http_requests.hpp"
#include "io_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::WirePeer;
using testing::WireServer;

TEST(HttpTime, EndsAnAnswerThatNeverComesAtTheRequestsTimeLimit) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.wait_closed();
    });
    const auto response = client(short_limits())->send(get(server.url("/")), {});
    EXPECT_EQ(response.status(), Status::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("time_limits.request"));
}

// Waits of other kinds have limits of their own, and are not to be looked for in the configuration.
TEST(HttpTime, CallsALimitByItsName) {
    WakeSignals signals;
    const WakeSignal never;
    for (const auto& [what, says] :
         {std::pair("time_limits.request", "browser took longer than time_limits.request (1 ms)"),
          std::pair("a program may take to start",
                    "browser took longer than a program may take to start (1 ms)")}) {
        IoLimit limit({}, 1ms, signals, what);
        limit.set_peer("browser");
        const auto waited = limit.wait(never.fd(), POLLIN);
        EXPECT_EQ(waited.status(), Status::unavailable);
        EXPECT_EQ(waited.error().message, says);
    }
}

TEST(HttpTime, EndsAnAnswerThatDripsForEver) {
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

TEST(HttpTime, TellsTheCallersDeadlineFromTheRequestsTimeLimit) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.wait_closed();
    });
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() + 50ms;
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::deadline);
}

TEST(HttpTime, SendsNothingAfterTheDeadline) {
    WireServer server(answer(ok));
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() - 1ms;
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::deadline);
    EXPECT_EQ(server.accepts(), 0);
}

TEST(HttpTime, StopsWhenAnotherThreadCancels) {
    Bounds bounds;
    WireServer server([&](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        bounds.cancellation.cancel();
        peer.wait_closed();
    });
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::cancelled);
}

TEST(HttpTime, StopsWritingALargeRequestWhenAnotherThreadCancels) {
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

TEST(HttpTime, SendsNothingOnceCancelled) {
    WireServer server(answer(ok));
    Bounds bounds;
    bounds.cancellation.cancel();
    EXPECT_EQ(client()->send(get(server.url("/")), bounds).status(), Status::cancelled);
    EXPECT_EQ(server.accepts(), 0);
}

TEST(HttpTime, HandsOutPiecesAsTheyArrive) {
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

TEST(HttpTime, StopsAStreamWhenTheReaderHasHadEnough) {
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

TEST(HttpTime, LetsAStreamThatGoesOnOutlastTheRequestsTimeLimitWithinTheCallersDeadline) {
    Bounds bounds;
    bounds.deadline = std::chrono::steady_clock::now() + 30s;
    const auto response = read_a_long_stream(bounds, short_limits());
    EXPECT_TRUE(response) << response.error().message;
}

TEST(HttpTime, EndsAStreamAtTheRequestsTimeLimitWithoutADeadlineOfTheCallers) {
    EXPECT_EQ(read_a_long_stream({}, short_limits()).status(), Status::unavailable);
}

TEST(HttpTime, EndsAStreamThatFallsSilent) {
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

}  // namespace
}  // namespace mcp_auth::host
