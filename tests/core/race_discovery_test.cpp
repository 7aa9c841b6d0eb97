// What is found out about a server while challenges arrive, users leave and the host closes.
#include "race_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class DiscoveryRaceTest : public RaceTest {
protected:
    // An answer that comes only when the request is given up.
    ScriptedTransport::Answer never() {
        return [this](const HttpRequest&, const Bounds& bounds) {
            ++hanging;
            std::atomic<bool> ended{false};
            const auto end = bounds.cancellation.on_cancel([&] { ended = true; });
            while (!ended) std::this_thread::yield();
            return Result<HttpResponse>(Error{Status::cancelled, "", "cancelled"});
        };
    }
    std::atomic<int> hanging{0};
};

TEST_F(DiscoveryRaceTest, ClosingDoesNotWaitForAnIdpThatNobodyNeedsAnyMore) {
    configuration.replace(
        configuration.find("\"clients\": {"), 12,
        R"("clients": { "idp": { "id": "us", "issuer": "https://idp.example" },)");
    http->on("GET", "https://idp.example/.well-known/oauth-authorization-server")
        .always()
        .answer(never());
    const std::string broken = "https://mcp.example/broken";
    configuration.replace(configuration.find(server), std::string(server).size(), broken);
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/broken")
        .always()
        .answer([this](const HttpRequest&, const Bounds&) {
            while (hanging == 0) std::this_thread::yield();
            return Result<HttpResponse>(
                Error{Status::misconfigured, "", "an untrusted certificate"});
        });
    auto host = open();
    const auto connection = host.connection(broken);
    ASSERT_TRUE(connection);
    EXPECT_FALSE(connection->token(as(host.user("alice", {}))));
    host.close();  // a lost cancellation would hang here
    EXPECT_EQ(hanging, 1);
}

TEST_F(DiscoveryRaceTest, ClosingEndsAnAssertionsDiscovery) {
    auto host = open();
    const std::string other = "https://mcp.example/mcp";
    auto slow = std::make_shared<ScriptedTransport>();
    slow->on("GET", resource_url).always().answer(never());
    http = slow;
    auto hanging_host = open();
    const auto connection = hanging_host.connection(other);
    ASSERT_TRUE(connection);
    std::optional<Result<Assertion>> ended;
    std::thread caller([&] { ended.emplace(connection->assertion({})); });
    while (hanging == 0) std::this_thread::yield();
    hanging_host.close();
    caller.join();
    EXPECT_EQ(ended->status(), Status::cancelled);
}

TEST_F(DiscoveryRaceTest, AChallengeThatComesDuringADiscoveryIsNotLost) {
    Barrier underway;
    auto slow = std::make_shared<ScriptedTransport>();
    const std::string metadata = R"({"resource": "https://mcp.example/mcp",
                                     "authorization_servers": ["https://auth.example"]})";
    slow->on("GET", resource_url).always().answer([&](const HttpRequest&, const Bounds&) {
        underway.pass();
        HttpResponse response;
        response.status = 200;
        response.headers = {{"Content-Type", "application/json"}};
        response.body = metadata;
        return Result<HttpResponse>(response);
    });
    slow->on("GET", issuer_url).always().json(200, R"({"issuer": "https://auth.example",
                       "token_endpoint": "https://auth.example/token"})");
    http = slow;
    const auto chat = connect();
    const auto alice = user("alice");
    auto call = chat.request(alice);
    ASSERT_EQ(shown(call.authorize("POST", server)), "(none)");
    std::string early;
    {
        Together together;
        together.run([&] { early = text(chat.token(as(alice))); });
        together.begin();
        underway.until_arrived();
        ASSERT_TRUE(call.again(401, unauthorized("scope=\"special\"")));
        underway.open();
    }
    EXPECT_TRUE(shown(call.authorize("POST", server)).starts_with("alice/special/"));
    EXPECT_TRUE(early.starts_with("alice/special/")) << early;
}

TEST_F(DiscoveryRaceTest, MetadataThatIsWrittenDownDifferentlyKeepsEverybodysTokens) {
    const auto chat = connect();
    const auto alice = user("alice"), bob = user("bob");
    const auto kept = text(chat.token(as(alice)));
    http->on("GET", issuer_url).json(200, R"({"token_endpoint": "https://auth.example/token",
                       "issuer": "https://auth.example"})");
    (void)chat.token(as(bob));
    auto call = chat.request(bob);
    (void)call.authorize("POST", server);
    ASSERT_TRUE(call.again(401, unauthorized("scope=\"read\"")));
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_EQ(text(chat.token(as(alice))), kept);
    EXPECT_EQ(acquired("alice"), 1);
}

TEST_F(DiscoveryRaceTest, AServerThatWasRedirectedToTeachesNothing) {
    const auto chat = connect();
    const auto alice = user("alice");
    auto call = chat.request(alice);
    ASSERT_EQ(shown(call.authorize("POST", server)), "(none)");
    ASSERT_EQ(shown(call.authorize("POST", "https://evil.example/")), "(none)");
    EXPECT_FALSE(call.again(401, unauthorized("scope=\"everything\"")));
    EXPECT_FALSE(call.again(403, insufficient("everything")));
    // It has not even made the client believe that its own server asks for a token.
    EXPECT_EQ(shown(chat.request(alice).authorize("POST", server)), "(none)");
    EXPECT_TRUE(http->sent().empty());
}

}  // namespace
}  // namespace mcp_auth::host::testing
