#include "loopback_listener.hpp"
#include "loopback_client.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host {
namespace {

using testing::get;
using ::testing::HasSubstr;
using testing::LoopbackClient;
using ::testing::StartsWith;

class Listener : public ::testing::Test {
protected:
    LoopbackListener::Judge judge() {
        return [this](std::string_view query) {
            const std::lock_guard lock(mutex);
            queries.emplace_back(query);
            return LoopbackListener::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                                           [this] {
                                               const std::lock_guard inner(mutex);
                                               ++sent;
                                               changed.notify_all();
                                           }};
        };
    }
    std::unique_ptr<LoopbackListener> listen(RedirectUri uri = {}) {
        auto listener = LoopbackListener::listen(std::move(uri), judge());
        EXPECT_TRUE(listener) << listener.error().message;
        return listener ? std::move(*listener) : nullptr;
    }
    void wait_sent(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return sent >= count; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> queries;
    int sent = 0;
};

TEST_F(Listener, AnswersARedirectToItsPathAndHandsOverTheQuery) {
    const auto listener = listen();
    EXPECT_THAT(listener->address().text(), StartsWith("http://127.0.0.1:"));
    EXPECT_THAT(get(listener->address().port, "/callback?code=c&state=s"), HasSubstr("\r\n\r\nok"));
    wait_sent(1);
    EXPECT_EQ(queries, std::vector<std::string>{"code=c&state=s"});
}

TEST_F(Listener, AnswersOtherPathsWith404AndGoesOn) {
    const auto listener = listen();
    EXPECT_THAT(get(listener->address().port, "/favicon.ico"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(get(listener->address().port, "/callback/"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(get(listener->address().port, "/callback?x=1"), HasSubstr("ok"));
    EXPECT_EQ(queries, std::vector<std::string>{"x=1"});
}

struct Refused {
    const char* name;
    const char* head;  // PORT stands for the port
    const char* status;
};
class ListenerRefuses : public Listener, public ::testing::WithParamInterface<Refused> {};

TEST_P(ListenerRefuses, WithItsStatusAndAsksNobody) {
    const auto listener = listen();
    const auto port = std::to_string(listener->address().port);
    std::string head = GetParam().head;
    if (const auto at = head.find("PORT"); at != std::string::npos) head.replace(at, 4, port);
    const LoopbackClient client(listener->address().port);
    client.write(head + "\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 " + std::string(GetParam().status)));
    EXPECT_TRUE(queries.empty());
}

INSTANTIATE_TEST_SUITE_P(
    A, ListenerRefuses,
    ::testing::Values(
        Refused{"Post", "POST /callback?code=c HTTP/1.1\r\nHost: 127.0.0.1:PORT", "405"},
        Refused{"Head", "HEAD /callback?code=c HTTP/1.1\r\nHost: 127.0.0.1:PORT", "405"},
        // DNS rebinding: the name of a page that resolves to loopback now.
        Refused{"ReboundName", "GET /callback?code=c HTTP/1.1\r\nHost: evil.example:PORT", "421"},
        Refused{"HostWithoutPort", "GET /callback?code=c HTTP/1.1\r\nHost: 127.0.0.1", "421"},
        Refused{"HostLocalhost", "GET /callback?code=c HTTP/1.1\r\nHost: localhost:PORT", "421"},
        Refused{"NoHost", "GET /callback?code=c HTTP/1.1", "421"},
        Refused{"TwoHosts",
                "GET /callback?code=c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example",
                "421"},
        // No browser sends these in a URL, and a reader of lines or words would see an end.
        Refused{"SpaceInTheQuery", "GET /callback?code=a b HTTP/1.1\r\nHost: 127.0.0.1:PORT",
                "400"},
        Refused{"LineFeedInTheQuery", "GET /callback?code=a\nb HTTP/1.1\r\nHost: 127.0.0.1:PORT",
                "400"},
        Refused{"EightBitsInTheQuery",
                "GET /callback?code=a\xC2\x87"
                "b HTTP/1.1\r\nHost: 127.0.0.1:PORT",
                "400"},
        Refused{"NoHttp", "hello", "400"}, Refused{"Http2", "PRI * HTTP/2.0", "400"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(Listener, RefusesAHeadThatDoesNotEnd) {
    const auto listener = listen();
    const LoopbackClient client(listener->address().port);
    client.write("GET /callback HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 431 "));
    EXPECT_TRUE(queries.empty());
}

TEST_F(Listener, IsNotHeldUpByConnectionsThatSayNothing) {
    const auto listener = listen();
    std::vector<std::unique_ptr<LoopbackClient>> silent;
    for (int i = 0; i < 40; ++i)
        silent.push_back(std::make_unique<LoopbackClient>(listener->address().port));
    EXPECT_THAT(get(listener->address().port, "/callback?x=1"), HasSubstr("ok"));
}

TEST_F(Listener, TakesAHeadInPieces) {
    const auto listener = listen();
    const LoopbackClient client(listener->address().port);
    client.write("GET /call");
    client.write("back?x=1 HTTP/1.1\r\nhost: 127.0.0.1:");
    client.write(std::to_string(listener->address().port) + "\r\n\r");
    client.write("\n");
    EXPECT_THAT(client.read_to_end(), HasSubstr("ok"));
}

TEST_F(Listener, SaysThatAnAnswerIsSentEvenIfTheBrowserIsGone) {
    const auto listener = listen();
    {
        const LoopbackClient client(listener->address().port);
        client.write("GET /callback?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                     std::to_string(listener->address().port) + "\r\n\r\n");
    }
    wait_sent(1);
}

TEST_F(Listener, SaysSoWhereThePortIsTaken) {
    const auto first = listen();
    RedirectUri same;
    same.port = first->address().port;
    const auto second = LoopbackListener::listen(same, judge());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().status, Status::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("port " + std::to_string(same.port)));
}

TEST_F(Listener, TakesThePortAgainOnceTheFirstIsGone) {
    RedirectUri uri;
    uri.port = listen()->address().port;
    EXPECT_THAT(get(listen(uri)->address().port, "/callback?x=1"), HasSubstr("ok"));
}

TEST_F(Listener, StopsByItself) {
    const auto listener = listen();
    listener->stop_after(std::chrono::milliseconds(1));
    while (!listener->stopped()) std::this_thread::yield();
    EXPECT_EQ(get(listener->address().port, "/callback?x=1"), "");
}

TEST_F(Listener, AnswersToTheNameThatIsRegistered) {
    RedirectUri uri;
    uri.host = "localhost";
    const auto listener = listen(uri);
    const LoopbackClient client(listener->address().port);
    client.write("GET /callback?x=1 HTTP/1.1\r\nHost: localhost:" +
                 std::to_string(listener->address().port) + "\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), HasSubstr("ok"));
}

}  // namespace
}  // namespace mcp_auth::host
