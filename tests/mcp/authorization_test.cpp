// The loop of authorize, send, again, around every HTTP request (protocol.md A1, I2, I3).
#include "mcp_fixture.hpp"

namespace mcp_auth::mcp::testing {
namespace {

class Authorization : public McpTest {
protected:
    static Headers bearer(const std::string& token) {
        return {{"Authorization", "Bearer " + token}};
    }
};

TEST_F(Authorization, A401IsTriedAgainWithWhatTheConnectionGives) {
    authorization.answers = {Headers{}, bearer("t1")};
    authorization.again_on = {401};
    post()
        .respond(401, "", {{"WWW-Authenticate", "Bearer scope=\"a\""}})
        .json(200, result(1, R"("tools":[])"));
    ASSERT_TRUE(stateless().tools(bounds));
    ASSERT_EQ(http->requests().size(), 2u);
    EXPECT_EQ(header(0, "Authorization"), "(absent)");
    EXPECT_EQ(header(1, "Authorization"), "Bearer t1");
    EXPECT_EQ(sent(0).body, sent(1).body);
    EXPECT_EQ(authorization.authorizers, 1);
    ASSERT_EQ(authorization.responses.size(), 2u);
    EXPECT_EQ(authorization.responses[0].first, 401);
    EXPECT_EQ(authorization.responses[0].second.at(0).second, "Bearer scope=\"a\"");
}

TEST_F(Authorization, EveryHttpRequestHasItsOwnAndIsAuthorized) {
    authorization.answers = {bearer("t1"), bearer("t2"), bearer("t3"), bearer("t4")};
    post()
        .json(200, result(1, R"("protocolVersion":"2025-11-25")"), {{"Mcp-Session-Id", "s"}})
        .respond(202, "")
        .json(200, result(2, R"("tools":[])"));
    http->on("DELETE", server_url).respond(200, "");
    Client chat = handshake();
    ASSERT_TRUE(chat.open(bounds));
    ASSERT_TRUE(chat.tools(bounds));
    chat.close(bounds);
    EXPECT_EQ(authorization.authorizers, 4);
    EXPECT_EQ(header(0, "Authorization"), "Bearer t1");
    EXPECT_EQ(header(1, "Authorization"), "Bearer t2");
    EXPECT_EQ(header(2, "Authorization"), "Bearer t3");
    EXPECT_EQ(header(3, "Authorization"), "Bearer t4");
    EXPECT_EQ(authorization.asked.back(), std::string("DELETE ") + server_url);
}

TEST_F(Authorization, WithoutAuthorizationNothingIsSent) {
    authorization.answers = {Error(Status::denied, "exchange", "no")};
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::denied);
    EXPECT_EQ(tools.failure().error.leg, "exchange");
    EXPECT_TRUE(http->requests().empty());
}

TEST_F(Authorization, WhyThereIsNoOtherTrySaysMoreThanTheStatus) {
    authorization.error = Error(Status::denied, "redemption", "narrowed");
    post().respond(403, "");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.leg, "redemption");
}

TEST_F(Authorization, A403WithoutAReasonIsDenied) {
    post().respond(403, "");
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::denied);
    EXPECT_EQ(tools.failure().error.http_status, 403);
}

TEST_F(Authorization, ARedirectIsNotFollowed) {
    authorization.answers = {bearer("t1")};
    post().respond(307, "", {{"Location", "https://elsewhere.example/mcp"}});
    const auto tools = stateless().tools(bounds);
    ASSERT_FALSE(tools);
    EXPECT_EQ(tools.failure().error.status, Status::protocol);
    EXPECT_EQ(http->sent(), std::vector<std::string>{std::string("POST ") + server_url});
}

class Recorder final : public AuditSink {
public:
    void record(const AuditEvent& event) noexcept override { events.push_back(event); }
    std::vector<AuditEvent> events;
};

TEST_F(Authorization, EachTryIsOneLegThatNamesTheOriginAlone) {
    authorization.answers = {Headers{}, bearer("canary")};
    authorization.again_on = {401};
    post().respond(401, "").json(200, result(1, R"("tools":[])"));
    const auto recorder = std::make_shared<Recorder>();
    ClientOptions options;
    options.audit = recorder;
    ASSERT_TRUE(stateless(options).tools(bounds));
    ASSERT_EQ(recorder->events.size(), 2u);
    EXPECT_EQ(recorder->events[0].event, "challenged");
    EXPECT_EQ(recorder->events[0].http_status, 401);
    EXPECT_EQ(recorder->events[1].event, "asked");
    EXPECT_EQ(recorder->events[1].leg, "mcp");
    EXPECT_EQ(recorder->events[1].peer, "https://mcp.example");
    EXPECT_EQ(recorder->events[1].fields,
              (std::vector<std::pair<std::string, std::string>>{{"method", "tools/list"}}));
}

}  // namespace
}  // namespace mcp_auth::mcp::testing
