// The request loop: protocol.md A, I2, I3 and design.md "The request loop".
#include "core_fixture.hpp"

#include <mcp_auth/host/echo.hpp>

namespace mcp_auth::host::testing {
namespace {

class RequestTest : public CoreTest {
protected:
    // What is made of an answer that a request with a good token cannot go on after.
    std::optional<Error> refused(int status, const Headers& headers) {
        grant_next("t1");
        const auto chat = connect();
        EXPECT_TRUE(chat.token());
        auto call = chat.request();
        EXPECT_TRUE(call.authorize("POST", server));
        EXPECT_FALSE(call.again(status, headers));
        return call.error();
    }
};

std::string authorization(const Result<Headers>& headers) {
    if (!headers) return "error: " + headers.error().message;
    return headers->empty() ? "" : headers->at(0).first + ": " + headers->at(0).second;
}

TEST_F(RequestTest, SendsNothingUntilTheServerAsksForAToken) {
    auto call = connect().request();
    EXPECT_EQ(authorization(call.authorize("POST", server)), "");
    EXPECT_FALSE(call.again(200, {}));
    EXPECT_FALSE(call.error());
    EXPECT_TRUE(http->sent().empty());
}

TEST_F(RequestTest, DiscoversAcquiresAndShowsTheTokenAfterA401) {
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer t1");
    EXPECT_FALSE(call.again(200, {}));
    EXPECT_EQ(http->sent(), (std::vector<std::string>{std::string("GET ") + resource_url,
                                                      std::string("GET ") + issuer_url,
                                                      std::string("POST ") + token_url}));
    EXPECT_EQ(http->requests("POST", token_url).at(0).body,
              "grant_type=client_credentials&resource=https%3A%2F%2Fmcp.example%2Fmcp&scope=read&"
              "client_id=us");
}

// What came over a bad wire, or from whoever stood in the server's place for a moment, must not
// keep the server from being asked again.
TEST_F(RequestTest, AChallengeThatCannotBeUsedIsNotKept) {
    const auto chat = connect();
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(
        call.again(401, unauthorized(R"(resource_metadata="https://elsewhere.example/m")")));
    EXPECT_EQ(call.authorize("POST", server).status(), Status::misconfigured);

    grant_next("t1");
    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "");
    ASSERT_TRUE(next.again(401, unauthorized()));
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer t1");
}

TEST_F(RequestTest, AChallengeThatCannotBeUsedIsNotKeptByAConnectionThatKnewItsServer) {
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(
        call.again(401, unauthorized(R"(resource_metadata="https://elsewhere.example/m")")));
    EXPECT_EQ(call.authorize("POST", server).status(), Status::misconfigured);

    grant_next("t2");
    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "");
    ASSERT_TRUE(next.again(401, unauthorized()));
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer t2");
}

// The server has its metadata at no well-known place: only its challenges say where.
TEST_F(RequestTest, TheChallengeAfterOneThatCannotBeUsedIsWhatTheServerSaysNow) {
    constexpr const char* elsewhere = "https://mcp.example/about";
    const std::string document = R"({"resource": "https://mcp.example/mcp",)"
                                 R"("authorization_servers": ["https://auth.example"]})";
    http->on("GET", resource_url).anew().always().respond(404, "");
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource")
        .always()
        .respond(404, "");
    http->on("GET", elsewhere).always().json(200, document);
    grant_next("t1");
    const auto chat = connect();
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    const std::string good = std::string("resource_metadata=\"") + elsewhere + '"';
    ASSERT_TRUE(call.again(401, unauthorized(good)));
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer t1");
    auto spoilt = chat.request();
    EXPECT_EQ(authorization(spoilt.authorize("POST", server)), "Authorization: Bearer t1");
    ASSERT_TRUE(
        spoilt.again(401, unauthorized(R"(resource_metadata="https://elsewhere.example/m")")));
    EXPECT_EQ(spoilt.authorize("POST", server).status(), Status::misconfigured);

    grant_next("t2");
    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "");
    ASSERT_TRUE(next.again(401, unauthorized(good)));
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer t2");
}

TEST_F(RequestTest, AChallengeThatCannotBeUsedTakesNobodysTokenAway) {
    grant_next("alices");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    const auto bob = host_->user("bob", {});
    grant_next("bobs");
    auto bobs = chat.request(bob);
    ASSERT_TRUE(bobs.authorize("POST", server));
    ASSERT_TRUE(
        bobs.again(401, unauthorized(R"(resource_metadata="https://elsewhere.example/m")")));
    EXPECT_EQ(bobs.authorize("POST", server).status(), Status::misconfigured);

    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer alices");
}

TEST_F(RequestTest, TheNextRequestShowsTheCachedTokenAtOnce) {
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer t1");
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(RequestTest, GivesNothingForAnyUrlButTheServers) {
    grant_next("t1");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    for (const auto* elsewhere :
         {"https://mcp.example/other", "https://mcp.example/mcp/", "https://evil.example/mcp",
          "http://mcp.example/mcp", "https://mcp.example:8443/mcp", "not a URL"}) {
        EXPECT_EQ(authorization(call.authorize("POST", elsewhere)), "") << elsewhere;
    }
    EXPECT_EQ(authorization(call.authorize("POST", "https://mcp.example/mcp?session=1")),
              "Authorization: Bearer t1");
}

TEST_F(RequestTest, ARefusalDoesNotRepeatTheTokenThatWasShown) {  // L4
    grant_next("canary-access-token");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_FALSE(call.again(
        403, {{"WWW-Authenticate",
               R"(Bearer error="canary-access-token", error_description="no: access-token")"}}));
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->status, Status::denied);
    EXPECT_EQ(call.error()->description, withheld);
    EXPECT_EQ(call.error()->oauth_error, withheld);
}

TEST_F(RequestTest, ARejectedTokenIsDroppedDiscoveredAnewAndReplacedOnce) {
    grant_next("old");
    grant_next("new");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized("error=\"invalid_token\"")));
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer new");
    EXPECT_EQ(discoveries(), 2U);  // B5
}

TEST_F(RequestTest, ASecond401WithinOneRequestIsFinal) {
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_FALSE(call.again(401, unauthorized("error=\"invalid_token\"")));
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->status, Status::denied);
    EXPECT_EQ(call.error()->oauth_error, "invalid_token");
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(RequestTest, ALate401ForAnOldTokenDropsNothingNew) {
    grant_next("old");
    grant_next("new");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto late = chat.request(), prompt = chat.request();
    ASSERT_TRUE(late.authorize("POST", server));
    ASSERT_TRUE(prompt.authorize("POST", server));
    ASSERT_TRUE(prompt.again(401, unauthorized()));
    ASSERT_EQ(authorization(prompt.authorize("POST", server)), "Authorization: Bearer new");
    ASSERT_TRUE(late.again(401, unauthorized()));
    EXPECT_EQ(authorization(late.authorize("POST", server)), "Authorization: Bearer new");
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(RequestTest, AStepUpAsksForTheUnionAndRemembersIt) {
    grant_next("t1", 3600, "read");
    grant_next("t2", 3600, "admin read");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(403, insufficient("admin")));
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer t2");
    EXPECT_NE(http->requests("POST", token_url).at(1).body.find("scope=admin+read"),
              std::string::npos);

    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer t2");
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(RequestTest, AStepUpStopsAfterThreeAcquisitions) {
    for (const auto* token : {"t1", "t2", "t3", "t4"}) grant_next(token);
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    ASSERT_TRUE(call.authorize("POST", server));
    int tries = 0;
    while (call.again(403, insufficient("admin"))) {
        ASSERT_TRUE(call.authorize("POST", server));
        ASSERT_LT(++tries, 10);
    }
    EXPECT_EQ(acquisitions(), 3U);
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->status, Status::denied);
}

TEST_F(RequestTest, A403WithoutInsufficientScopeIsDenied) {
    const auto error = refused(403, {});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->status, Status::denied);
    EXPECT_EQ(error->http_status, 403);
}

TEST_F(RequestTest, AStrongerSignInIsInteractionRequiredWithItsParameters) {
    const auto error = refused(401, unauthorized("error=\"insufficient_user_authentication\", "
                                                 "acr_values=\"mfa\", max_age=300"));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->status, Status::interaction_required);
    EXPECT_EQ(error->acr_values, "mfa");
    EXPECT_EQ(error->max_age, std::chrono::seconds(300));
}

TEST_F(RequestTest, TheChallengesScopeGoesBeforeTheConfiguredOne) {
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized("scope=\"write other\"")));
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_NE(http->requests("POST", token_url).at(0).body.find("scope=other+write"),
              std::string::npos);
}

TEST_F(RequestTest, AnUnreadableChallengeCountsAsNone) {
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized("scope=\"unterminated")));
    EXPECT_EQ(authorization(call.authorize("POST", server)), "Authorization: Bearer t1");
}

TEST_F(RequestTest, ATokenWithALineBreakNeverBecomesAHeader) {
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        return Result<plugin::Token>(plugin::Token{call.keep("a\r\nX-Evil: 1"), "Bearer", {}, 0});
    };
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::protocol);
}

TEST_F(RequestTest, ATokenOfAnUnknownTypeIsNotUsed) {
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        return Result<plugin::Token>(plugin::Token{call.keep("t1"), "mac", {}, 0});
    };
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::protocol);
}

TEST_F(RequestTest, AStrongerSignInIsInteractionRequiredByA403Too) {
    const auto error = refused(403, unauthorized("error=\"insufficient_user_authentication\", "
                                                 "acr_values=\"mfa\""));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->status, Status::interaction_required);
    EXPECT_EQ(error->acr_values, "mfa");
    EXPECT_EQ(error->http_status, 403);
}

TEST_F(RequestTest, ScopeThatIsAskedOfARequestWithoutATokenIsDenied) {
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_FALSE(call.again(403, insufficient("admin")));
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->status, Status::denied);
    EXPECT_TRUE(http->sent().empty());
}

// I2: not asked for again in every later request, which would be refused alike.
TEST_F(RequestTest, AStepUpThatIsNotGrantedIsDeniedAtOnceAndNotRemembered) {
    grant_next("t1", 3600, "read");
    grant_next("t2", 3600, "read");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(403, insufficient("admin")));
    const auto headers = call.authorize("POST", server);
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.status(), Status::denied);
    EXPECT_EQ(headers.error().leg, "resource");
    EXPECT_EQ(acquisitions(), 2U);

    auto next = chat.request();
    EXPECT_EQ(authorization(next.authorize("POST", server)), "Authorization: Bearer t1");
    EXPECT_EQ(acquisitions(), 2U);
}

}  // namespace
}  // namespace mcp_auth::host::testing
