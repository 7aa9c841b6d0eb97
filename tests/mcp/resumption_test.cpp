// A stream that ends before its answer (2025-11-25, "Resumability and Redelivery").
#include "manual_clock.hpp"
#include "mcp_fixture.hpp"

#include <gmock/gmock.h>

namespace mcp_auth::mcp::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

const std::string good_answer = result(1, R"("tools":[])");
const Headers streamed = {{"Content-Type", "text/event-stream"}};

class Resumption : public McpTest {
protected:
    Resumption() { clock->auto_advance(true); }

    ScriptedTransport::Script& get() { return http->on("GET", server_url); }
    Answer<ToolList> tools(Protocol protocol = Protocol::handshake_2025_11_25) {
        ClientOptions options;
        options.clock = clock;
        return client(protocol, options).tools(bounds);
    }
    std::size_t posts() const { return http->requests("POST", server_url).size(); }
    std::size_t gets() const { return http->requests("GET", server_url).size(); }
    // How long each wait was.
    std::vector<milliseconds> waits() const {
        std::vector<milliseconds> all;
        Deadline from = begun;
        for (const Deadline until : clock->waits()) {
            all.push_back(std::chrono::duration_cast<milliseconds>(until - from));
            from = until;
        }
        return all;
    }

    std::shared_ptr<host::testing::ManualClock> clock =
        std::make_shared<host::testing::ManualClock>();
    Deadline begun = clock->now();
};

TEST_F(Resumption, GoesOnBehindTheLastEventAfterTheTimeThatTheServerAsksFor) {
    stream("id: 7\nretry: 250\ndata:\n\n");
    get().respond(200, event(good_answer), streamed);
    ASSERT_TRUE(tools());
    EXPECT_EQ(posts(), 1u);
    ASSERT_EQ(gets(), 1u);
    EXPECT_EQ(header(1, "Last-Event-ID"), "7");
    EXPECT_EQ(header(1, "Accept"), "text/event-stream");
    EXPECT_EQ(sent(1).body, "");
    EXPECT_EQ(waits(), std::vector<milliseconds>{milliseconds(250)});
    EXPECT_EQ(authorization.asked.back(), "GET " + std::string(server_url));
}

TEST_F(Resumption, StaysInTheSession) {
    post()
        .json(200, result(1, R"("protocolVersion":"2025-11-25","capabilities":{})"),
              {{"Mcp-Session-Id", "s1"}})
        .respond(202, "")
        .respond(200, "id: 7\ndata:\n\n", streamed);
    get().respond(200, event(result(2, R"("tools":[])")), streamed);
    ClientOptions options;
    options.clock = clock;
    Client chat = handshake(options);
    ASSERT_TRUE(chat.open(bounds));
    ASSERT_TRUE(chat.tools(bounds));
    EXPECT_EQ(header(3, "Mcp-Session-Id"), "s1");
    EXPECT_EQ(header(3, "MCP-Protocol-Version"), "2025-11-25");
}

// Gives what came of the first answer, and then breaks the connection.
class Breaking final : public HttpTransport {
public:
    explicit Breaking(std::shared_ptr<HttpTransport> inner) : inner_(std::move(inner)) {}
    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader) override {
        auto response = inner_->send(request, bounds, reader);
        if (request.method == "GET") return response;
        return Error(Status::protocol, "", "closed the connection in the middle of its answer");
    }

private:
    std::shared_ptr<HttpTransport> inner_;
};

TEST_F(Resumption, GoesOnWhenTheConnectionBreaksInTheMiddleOfAnEvent) {
    transport = std::make_shared<Breaking>(http);
    stream("id: 7\ndata:\n\nid: 8\ndata: cut o");
    get().respond(200, event(good_answer), streamed);
    ASSERT_TRUE(tools());
    EXPECT_EQ(header(1, "Last-Event-ID"), "7");
    EXPECT_EQ(posts(), 1u);
}

TEST_F(Resumption, IsNotTriedWithoutAnEventsId) {
    stream(event(R"({"jsonrpc":"2.0","method":"notifications/progress"})"));
    const auto list = tools();
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::unavailable);
    EXPECT_THAT(list.failure().error.message, HasSubstr("may have been done"));
    EXPECT_EQ(gets(), 0u);
}

TEST_F(Resumption, IsNotTriedWithAnIdThatNoHeaderCanCarry) {
    stream("id: a\x01z\ndata:\n\n");
    EXPECT_FALSE(tools());
    EXPECT_EQ(gets(), 0u);
}

TEST_F(Resumption, IsNoPartOfTheStatelessWire) {
    stream("id: 7\ndata:\n\n");
    const auto list = tools(Protocol::stateless_2026_07_28);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::unavailable);
    EXPECT_EQ(gets(), 0u);
}

TEST_F(Resumption, EndsWhereTheServerRefusesAndNothingIsSentTwice) {
    for (const int refusal : {404, 405, 204}) {
        stream("id: 7\ndata:\n\n");
        get().respond(refusal, "");
        const auto list = tools();
        ASSERT_FALSE(list);
        EXPECT_EQ(list.failure().error.status, Status::unavailable) << refusal;
    }
    EXPECT_EQ(posts(), 3u);
    EXPECT_EQ(gets(), 3u);
}

TEST_F(Resumption, EndsAfterThreeTriesWithoutAnythingNew) {
    stream("id: 7\ndata:\n\n");
    get()
        .respond(200, "id: 8\ndata:\n\n", streamed)
        .respond(200, "", streamed)
        .fail(Status::unavailable, "connection refused")
        .respond(200, "", streamed)
        .respond(200, event(good_answer), streamed);
    const auto list = tools();
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::unavailable);
    EXPECT_EQ(gets(), 4u);  // one that brought 8, three that brought nothing
    EXPECT_EQ(header(4, "Last-Event-ID"), "8");
    EXPECT_EQ(waits(), std::vector<milliseconds>(4, std::chrono::seconds(1)));
}

TEST_F(Resumption, DoesNotWaitForLongerThanAMinute) {
    stream("id: 7\nretry: 60001\ndata:\n\n");
    EXPECT_FALSE(tools());
    EXPECT_EQ(gets(), 0u);
}

// A server that always has another event, and asks for no wait.
TEST_F(Resumption, OfAStreamWithoutEndEndsAtTheCallersDeadlineOrAfterTenMinutes) {
    for (const auto time : {std::chrono::minutes(0), std::chrono::minutes(1)}) {
        begun = clock->now();
        bounds.deadline = time.count() == 0 ? Deadline{} : begun + time;
        stream("id: 0\nretry: 0\ndata:\n\n");
        const auto before = gets();
        for (int n = 1; n <= 6100; ++n)
            get().respond(200, "id: " + std::to_string(n) + "\ndata:\n\n", streamed);
        const auto list = tools();
        ASSERT_FALSE(list);
        EXPECT_EQ(list.failure().error.status, Status::deadline);
        EXPECT_EQ(gets() - before, time.count() == 0 ? 5999u : 599u);  // one each 100 ms
    }
}

TEST_F(Resumption, EndsAtTheCallersDeadline) {
    bounds.deadline = clock->now() + milliseconds(250);
    stream("id: 7\nretry: 250\ndata:\n\n");
    const auto list = tools();
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::deadline);
    EXPECT_EQ(gets(), 0u);
    EXPECT_TRUE(clock->waits().empty());
}

TEST_F(Resumption, EndsWhenTheCallerCancels) {
    post().answer([this](const HttpRequest&, const Bounds&) {
        bounds.cancellation.cancel();
        HttpResponse response;
        response.status = 200;
        response.headers = streamed;
        response.body = "id: 7\ndata:\n\n";
        return Result<HttpResponse>(response);
    });
    const auto list = tools();
    ASSERT_FALSE(list);
    EXPECT_EQ(list.failure().error.status, Status::cancelled);
    EXPECT_EQ(gets(), 0u);
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
