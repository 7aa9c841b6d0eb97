// Clients without an id: when they are registered, and when their metadata document stands for them
// (protocol.md C7).
#include "registration_fixture.hpp"
#include "services.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(ClientWithoutId, IsRegisteredOnceAndUsesTheSecretItWasGiven) {
    register_next("a");
    grant_next("one", 60);
    grant_next("two", 60);
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(seen_id, "a");
    clock->advance(std::chrono::seconds(61));
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(registrations(), 1U);
    // base64("a:secret-of-a")
    EXPECT_THAT(authorizations(),
                ::testing::ElementsAre("Basic YTpzZWNyZXQtb2YtYQ==", "Basic YTpzZWNyZXQtb2YtYQ=="));
}

TEST_F(ClientWithoutId, IsRegisteredForTheGrantOfARequestThatNobodyAnnounced) {
    grant.acquire = ask_token_endpoint;
    register_next("a");
    grant_next("one");
    ASSERT_TRUE(connect().token());
    EXPECT_THAT(http->requests("POST", register_url).at(0).body,
                HasSubstr(R"("grant_types":["client_credentials"])"));
}

TEST_F(ClientWithoutId, SharesOneRegistrationAmongAllWhoAskAtOnce) {
    std::atomic<int> asking{0};
    on_register().answer([&](const HttpRequest&, const Bounds&) {
        while (asking < 2) std::this_thread::yield();
        HttpResponse response;
        response.status = 201;
        response.body = R"({"client_id": "a", "client_secret": "s"})";
        return Result<HttpResponse>(response);
    });
    http->on("POST", token_url)
        .always()
        .json(200, R"({"access_token": "t", "token_type": "Bearer"})");
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        ++asking;
        return acquire(call, request);
    };
    hooked_clock = system_clock();
    const auto chat = connect();
    std::vector<std::thread> callers;
    for (const char* name : {"alice", "bob"})
        callers.emplace_back([&, name] {
            Wait wait;
            wait.user = host_->user(name, {});
            EXPECT_TRUE(chat.token(wait));
        });
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(registrations(), 1U);
}

TEST_F(ClientWithoutId, IsRegisteredAnewWhenItsSecretExpired) {
    register_next("a", R"(, "client_secret_expires_at": )" + std::to_string(clock->wall() + 100));
    register_next("b");
    grant_next("one", 60);
    grant_next("two", 60);
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    clock->advance(std::chrono::seconds(101));
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(seen_id, "b");
}

TEST_F(ClientWithoutId, IsRegisteredAnewForAnotherRedirectUriAndRecordsIt) {
    std::string recorded;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        recorded = *recorded_redirect_uri(*running(call.raw()), "mcp");
        return acquire(call, request);
    };
    const auto chat = connect();
    grants = "authorization_code";
    for (const char* uri : {"http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb"}) {
        redirect = uri;
        register_next(uri);
        grant_next("token", 60);
        ASSERT_TRUE(chat.token());
        clock->advance(std::chrono::seconds(61));
    }
    EXPECT_EQ(recorded, "http://127.0.0.1:1/cb");
    EXPECT_EQ(registrations(), 2U);
    grants = "authorization_code refresh_token";  // more than it was registered for
    register_next("c");
    grant_next("token", 60);
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(recorded, "http://127.0.0.1:2/cb");
    EXPECT_EQ(registrations(), 3U);
}

TEST_F(ClientWithoutId, IsItsMetadataDocumentWhereTheServerSupportsThat) {
    configure(R"({ "metadata_document": "https://app.example/client.json",
                   "register": { "name": "The Host" } })");
    describe(R"("registration_endpoint": "https://auth.example/register",
                "client_id_metadata_document_supported": true,)");
    grant_next("one");
    ASSERT_TRUE(connect().token());
    EXPECT_EQ(seen_id, "https://app.example/client.json");
    EXPECT_EQ(registrations(), 0U);
    EXPECT_THAT(http->requests("POST", token_url).at(0).body,
                HasSubstr("client_id=https%3A%2F%2Fapp.example%2Fclient.json"));
}

TEST_F(ClientWithoutId, IsRegisteredWhereTheServerDoesNotSupportItsDocument) {
    configure(R"({ "metadata_document": "https://app.example/client.json",
                   "register": { "name": "The Host" } })");
    register_next("a");
    grant_next("one");
    ASSERT_TRUE(connect().token());
    EXPECT_EQ(seen_id, "a");
}

TEST_F(ClientWithoutId, WithADocumentAloneSendsNothingToAServerThatDoesNotSupportIt) {
    configure(R"({ "metadata_document": "https://app.example/client.json" })");
    for (const char* flag : {"", R"("client_id_metadata_document_supported": false,)",
                             R"("client_id_metadata_document_supported": "true",)"}) {
        describe(flag);
        const auto token = connect().token();
        ASSERT_FALSE(token);
        EXPECT_EQ(token.status(), Status::misconfigured);
        EXPECT_THAT(token.error().message, HasSubstr("client_id_metadata_document_supported"));
        EXPECT_EQ(acquisitions(), 0U);
    }
}

TEST_F(ClientWithoutId, SendsNothingToAnEndpointWithPlainHttp) {
    describe(R"("registration_endpoint": "http://auth.example/register",)");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_TRUE(http->requests("POST", "http://auth.example/register").empty());
}

TEST_F(ClientWithoutId, FailsAsItsRegistrationFails) {
    on_register().json(400, R"({"error": "invalid_client_metadata", "error_description": "no"})");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "registration");
    EXPECT_EQ(token.error().description, "no");
}

}  // namespace
}  // namespace mcp_auth::host::testing
