// What a server may answer, and what becomes of it: one good answer, exactly one thing wrong.
#include "mcp_fixture.hpp"

#include <mcp_auth/host/echo.hpp>

namespace mcp_auth::mcp::testing {
namespace {

const std::string good = result(1, R"("tools":[])");

class AnswerOf : public McpTest {
protected:
    Status status_of_tools() {
        const auto tools = stateless().tools(bounds);
        return tools ? Status::ok : tools.failure().error.status;
    }
};

TEST_F(AnswerOf, JsonIsTakenWhateverItsParametersAndCase) {
    post().respond(200, good, {{"content-type", "Application/JSON; charset=utf-8"}});
    EXPECT_EQ(status_of_tools(), Status::ok);
}

TEST_F(AnswerOf, AStreamEndsWithTheAnswer) {
    stream(": hi\n\nid: 0\ndata:\n\n" +
           event(R"({"jsonrpc":"2.0","method":"notifications/progress"})") +
           event(result(99, R"("tools":[{"not":"ours"}])")) + event(good) +
           event("not read any more"));
    EXPECT_EQ(status_of_tools(), Status::ok);
}

// Hands every byte on by itself, as a slow network may.
class Dripping final : public HttpTransport {
public:
    explicit Dripping(std::shared_ptr<HttpTransport> inner) : inner_(std::move(inner)) {}
    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader) override {
        return inner_->send(request, bounds, [&](const HttpResponse& head, std::string_view body) {
            for (const char& byte : body) {
                if (!reader(head, std::string_view(&byte, 1))) {
                    stopped_early = &byte != &body.back();
                    return false;
                }
            }
            return true;
        });
    }
    bool stopped_early = false;

private:
    std::shared_ptr<HttpTransport> inner_;
};

TEST_F(AnswerOf, AnAnswerInSingleBytesIsTheSame) {
    transport = std::make_shared<Dripping>(http);
    post().json(200, good);
    EXPECT_EQ(status_of_tools(), Status::ok);
}

TEST_F(AnswerOf, AStreamInSingleBytesIsTheSameAndIsReadNoFurtherThanItsAnswer) {
    const auto dripping = std::make_shared<Dripping>(http);
    transport = dripping;
    stream(
        "data: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":1,\rdata: \"result\":{\"tools\":[]}}\r\n\r\n: "
        "more");
    EXPECT_EQ(status_of_tools(), Status::ok);
    EXPECT_TRUE(dripping->stopped_early);
}

TEST_F(AnswerOf, AStreamThatEndsBeforeItsAnswerIsUnavailable) {
    stream(event(R"({"jsonrpc":"2.0","method":"notifications/progress"})"));
    EXPECT_EQ(status_of_tools(), Status::unavailable);
}

TEST_F(AnswerOf, AnEventThatIsNotJsonRpcEndsTheStream) {
    stream(event("{\"jsonrpc\":\"2.0\"") + event(good));
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, EventsOfOtherTypesAreNotMcp) {
    stream("event: endpoint\ndata: /messages\n\n" + event(good));
    EXPECT_EQ(status_of_tools(), Status::ok);
}

TEST_F(AnswerOf, AnotherIdIsNoAnswer) {
    post().json(200, result(2, R"("tools":[])"));
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, AnotherMediaTypeIsNoAnswer) {
    post().respond(200, good, {{"Content-Type", "text/html"}});
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, NoMediaTypeIsNoAnswer) {
    post().respond(200, good);
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, TruncatedJsonIsNoAnswer) {
    post().json(200, good.substr(0, good.size() - 1));
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, OverTheLimitIsNoAnswer) {
    post().json(200, good);
    ClientOptions options;
    options.max_message_bytes = good.size() - 1;
    const auto tools = stateless(options).tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::protocol);
}

TEST_F(AnswerOf, AStreamOfEndlessNoiseIsCutOff) {
    stream("data: " + std::string(2000, 'x'));
    ClientOptions options;
    options.max_message_bytes = 1000;
    const auto tools = stateless(options).tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::protocol);
}

TEST_F(AnswerOf, AnAcceptedRequestWithoutABodyIsNoAnswer) {
    post().respond(202, "");
    EXPECT_EQ(status_of_tools(), Status::protocol);
}

TEST_F(AnswerOf, ANetworkFailureKeepsItsStatus) {
    post().fail(Status::deadline, "too late");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::deadline);
    EXPECT_EQ(tools.failure().error.leg, "mcp");
}

struct HttpCase {
    int status;
    Status expected;
};
class HttpStatus : public AnswerOf, public ::testing::WithParamInterface<HttpCase> {};

TEST_P(HttpStatus, WithoutJsonRpcMeansWhatItSays) {
    post().respond(GetParam().status, "<html>");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, GetParam().expected);
    EXPECT_EQ(tools.failure().error.http_status, GetParam().status);
    EXPECT_FALSE(tools.failure().rpc);
}

INSTANTIATE_TEST_SUITE_P(
    Each, HttpStatus,
    ::testing::Values(HttpCase{302, Status::protocol}, HttpCase{400, Status::protocol},
                      HttpCase{401, Status::denied}, HttpCase{403, Status::denied},
                      HttpCase{404, Status::misconfigured}, HttpCase{405, Status::misconfigured},
                      HttpCase{406, Status::protocol}, HttpCase{429, Status::unavailable},
                      HttpCase{500, Status::unavailable}, HttpCase{503, Status::unavailable}),
    [](const auto& one) { return std::to_string(one.param.status); });

TEST_F(AnswerOf, RetryAfterIsCarried) {
    post().respond(503, "", {{"Retry-After", "17"}});
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.retry_after, std::chrono::seconds(17));
    post().respond(429, "",
                   {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                    {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}});
    EXPECT_EQ(stateless().tools(bounds).failure().error.retry_after, std::chrono::seconds(30));
}

TEST_F(AnswerOf, AJsonRpcErrorIsTypedAndItsTextIsTamed) {
    post().json(
        200,
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"bad\n\u001b[31mthing"}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    ASSERT_TRUE(tools.failure().rpc);
    EXPECT_EQ(tools.failure().rpc->code, -32602);
    EXPECT_EQ(tools.failure().error.description, "bad  [31mthing");
}

// L4: a terminal that reads UTF-8 takes U+009B as it takes ESC [.
TEST_F(AnswerOf, AJsonRpcErrorHasNoControlCharacterOfUnicodeEither) {
    post().json(200,
                R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"\u009b31m\u0085é"}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.description, " 31m é");
}

TEST_F(AnswerOf, AJsonRpcErrorIsCutBetweenCharacters) {
    post().json(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":")" +
                         std::string(499, 'x') + R"(éé"}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.description, std::string(499, 'x'));
}

// L4: whatever way the server quotes it.
TEST_F(AnswerOf, AJsonRpcErrorDoesNotRepeatTheTokenThatTheServerWasShown) {
    const std::string token = "canary-access-token-0123456789";
    for (const std::string& quoted : {token, token.substr(5, 14)}) {
        authorization.answers.push_back(Headers{{"Authorization", "Bearer " + token}});
        post().json(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no: )" +
                             quoted + R"(","data":{"got":")" + quoted + R"("}}})");
        const auto tools = stateless().tools(bounds);
        ASSERT_FALSE(tools);
        ASSERT_TRUE(tools.failure().rpc);
        EXPECT_EQ(tools.failure().rpc->code, -32001);
        EXPECT_EQ(tools.failure().rpc->message, withheld);
        EXPECT_EQ(tools.failure().error.description, withheld);
        EXPECT_TRUE(tools.failure().rpc->data.is_null());
    }
}

TEST_F(AnswerOf, AJsonRpcErrorKeepsItsWordsWhereTheyRepeatNothing) {
    authorization.answers.push_back(Headers{{"Authorization", "Bearer canary-access-token"}});
    post().json(
        200,
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no Bearer token","data":[1]}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().rpc->message, "no Bearer token");
    EXPECT_EQ(tools.failure().rpc->data.dump(), "[1]");
}

TEST_F(AnswerOf, AJsonRpcErrorInAStreamIsTheSame) {
    stream(event(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m"}})"));
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    ASSERT_TRUE(tools.failure().rpc);
    EXPECT_EQ(tools.failure().rpc->code, -32603);
}

TEST_F(AnswerOf, AnErrorAboutAnUnreadableRequestNeedsNoId) {
    post().json(400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    ASSERT_TRUE(tools.failure().rpc);
    EXPECT_EQ(tools.failure().error.http_status, 400);
}

TEST_F(AnswerOf, AnErrorForAnotherRequestIsOnlyItsStatus) {
    post().json(400, R"({"jsonrpc":"2.0","id":5,"error":{"code":-32700,"message":"m"}})");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_FALSE(tools.failure().rpc);
}

TEST_F(AnswerOf, WhatTheServerAsksInBetweenIsAnswered) {
    Client chat = handshake();
    stream(event(R"({"jsonrpc":"2.0","id":"p","method":"ping"})") +
           event(R"({"jsonrpc":"2.0","id":8,"method":"sampling/createMessage"})") + event(good))
        .respond(202, "")
        .respond(500, "");
    ASSERT_TRUE(chat.tools(bounds));
    ASSERT_EQ(http->requests().size(), 3u);
    EXPECT_EQ(sent(1).body, R"({"jsonrpc":"2.0","id":"p","result":{}})");
    EXPECT_EQ(sent(2).body,
              R"({"jsonrpc":"2.0","id":8,"error":{"code":-32601,"message":"Method not found"}})");
    EXPECT_EQ(header(1, "Accept"), "application/json, text/event-stream");
    EXPECT_EQ(authorization.authorizers, 3);
}

TEST_F(AnswerOf, AServerThatAsksWithoutEndIsCutOff) {
    std::string questions;
    for (int i = 0; i < 40; ++i)
        questions +=
            event(R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"ping"})");
    stream(questions + event(good)).respond(202, "").always();
    const auto tools = handshake().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::protocol);
    EXPECT_EQ(http->requests().size(), 33u);
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
