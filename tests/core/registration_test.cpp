// Clients without an id: by metadata document, or registered at each issuer (protocol.md C7, C3).
#include "core_fixture.hpp"
#include "services.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* register_url = "https://auth.example/register";

class ClientWithoutId : public CoreTest {
protected:
    ClientWithoutId() {
        configure(R"({ "register": { "name": "The Host" } })");
        describe(R"("registration_endpoint": "https://auth.example/register",)");
        grant.acquire = [this](plugin::Call& call, const plugin::TokenRequest& request) {
            return acquire(call, request);
        };
    }
    void configure(const std::string& client,
                   const std::string& rule = "\"https://auth.example\"") {
        configuration = R"({ "version": 1,
          "providers": { "acme": { "plugin": "scripted", "clients": { "mcp": )" +
                        client + R"( } }, "peer": { "plugin": "scripted" } },
          "connections": [ { "name": "chat", "server": "https://mcp.example/mcp",
            "provider": "acme", "issuer": )" +
                        rule + R"( } ] })";
    }
    // What the authorization server's metadata has besides.
    void describe(const std::string& members) {
        http = std::make_shared<ScriptedTransport>();
        http->on("GET", resource_url).always().json(200, R"({"resource": "https://mcp.example/mcp",
            "authorization_servers": ["https://auth.example"]})");
        http->on("GET", issuer_url)
            .always()
            .json(200, "{" + members + R"("issuer": "https://auth.example",
            "token_endpoint": "https://auth.example/token",
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"]})");
    }
    ScriptedTransport::Script& on_register() { return http->on("POST", register_url); }
    void register_next(const std::string& id, const std::string& members = "") {
        on_register().json(201, R"({"client_id": ")" + id + R"(", "client_secret": "secret-of-)" +
                                    id + "\"" + members + "}");
    }
    std::size_t registrations() const { return http->requests("POST", register_url).size(); }
    std::vector<std::string> authorizations() const {
        std::vector<std::string> values;
        for (const auto& request : http->requests("POST", token_url))
            for (const auto& [name, value] : request.headers)
                if (name == "Authorization") values.push_back(value);
        return values;
    }

    virtual Result<plugin::Token> acquire(plugin::Call& call, const plugin::TokenRequest& request) {
        const auto client = call.client({"mcp", redirect, grants, {}});
        if (!client) return client.error();
        seen_id = client->client_id;
        return ask_token_endpoint(call, request);
    }
    std::string redirect, grants = "client_credentials", seen_id;
};

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

TEST_F(ClientWithoutId, OfADiscoveredIssuerMaySendItTheSecretThatItGave) {
    configure(R"({ "register": { "name": "The Host" } })", "\"discovered\"");
    register_next("a");
    grant_next("one");
    EXPECT_TRUE(connect().token());
}

TEST_F(ClientWithoutId, OfADiscoveredIssuerSendsNoAssertionAllTheSame) {
    configure(R"({ "register": { "name": "The Host" } })", "\"discovered\"");
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        return call.token_request("mcp", {{"grant_type", "x"}, {"assertion", "canary"}}).error();
    };
    EXPECT_EQ(connect().token().status(), Status::misconfigured);
    EXPECT_EQ(registrations(), 0U);
    EXPECT_EQ(acquisitions(), 0U);
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

TEST_F(ClientWithoutId, IsRegisteredAnewOnceWhenTheServerNoLongerKnowsIt) {
    register_next("a");
    register_next("b");
    http->on("POST", token_url).json(401, R"({"error": "invalid_client"})");
    grant_next("one");
    ASSERT_TRUE(connect().token());
    EXPECT_EQ(registrations(), 2U);
    // base64("b:secret-of-b")
    EXPECT_EQ(authorizations().back(), "Basic YjpzZWNyZXQtb2YtYg==");
}

TEST_F(ClientWithoutId, IsNotRegisteredASecondTimeForOneRequest) {
    register_next("a");
    register_next("b");
    http->on("POST", token_url).always().json(401, R"({"error": "invalid_client"})");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().oauth_error, "invalid_client");
    EXPECT_EQ(registrations(), 2U);
    EXPECT_EQ(acquisitions(), 2U);
}

TEST_F(ClientWithoutId, NeverSendsAGrantOfTheFormerClientInTheNameOfTheNewOne) {
    for (const char* field : {"code", "refresh_token", "assertion", "subject_token"}) {
        describe(R"("registration_endpoint": "https://auth.example/register",)");
        register_next("a");
        http->on("POST", token_url).json(401, R"({"error": "invalid_client"})");
        grant.acquire = [&](plugin::Call& call,
                            const plugin::TokenRequest&) -> Result<plugin::Token> {
            const auto answer = call.token_request("mcp", {{"grant_type", "x"}, {field, "canary"}});
            EXPECT_EQ(answer.error().oauth_error, "invalid_client");
            return answer.error();
        };
        EXPECT_FALSE(connect().token());
        EXPECT_EQ(acquisitions(), 1U) << field;
        // Forgotten all the same: the next one who asks is registered anew.
        register_next("b");
        grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
            return acquire(call, request);
        };
        grant_next("one");
        clock->advance(std::chrono::hours(1));
        EXPECT_TRUE(host_->connection(server)->token());
        EXPECT_EQ(seen_id, "b");
    }
}

TEST_F(ClientWithoutId, LosesItsTokensWhenItIsRegisteredAnew) {
    register_next("a");
    register_next("b");
    grant_next("of-a");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    EXPECT_TRUE(chat.cached());
    http->on("POST", token_url).json(401, R"({"error": "invalid_client"})");
    grant_next("of-b", 3600, "write");
    Wait other;
    other.scope = "write";
    ASSERT_TRUE(chat.token(other));
    EXPECT_FALSE(chat.cached());
}

TEST_F(ClientWithoutId, KeepsEntriesOfTheFormerClientFromTheNewOne) {
    register_next("a");
    register_next("b");
    std::string found = "nothing asked";
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        auto token = acquire(call, request);
        found = *call.load("mcp", "refresh");
        EXPECT_TRUE(call.save("mcp", "refresh", "of " + seen_id, 0));
        return token;
    };
    grant_next("one", 60);
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(found, "");
    redirect = "http://127.0.0.1:1/callback";
    grant_next("two", 60);
    clock->advance(std::chrono::seconds(61));
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(seen_id, "b");
    EXPECT_EQ(found, "");
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

// Two issuers of one server: what one gave is never shown to the other.
TEST_F(ClientWithoutId, IsRegisteredAtEachIssuerApart) {
    configure(R"({ "register": { "name": "The Host" } })",
              R"(["https://auth.example", "https://other.example"])");
    const auto move_to = [&](const std::string& to) {
        http->on("GET", resource_url)
            .respond(200,
                     R"({"resource": "https://mcp.example/mcp",
            "authorization_servers": [")" +
                         to + R"("]})",
                     {{"Cache-Control", "max-age=60"}});
    };
    http = std::make_shared<ScriptedTransport>();
    for (const std::string host : {"auth", "other"}) {
        const auto at = "https://" + host + ".example";
        move_to(at);
        http->on("GET", at + "/.well-known/oauth-authorization-server")
            .always()
            .json(200, R"({"issuer": ")" + at + R"(", "token_endpoint": ")" + at +
                           R"(/token", "registration_endpoint": ")" + at + R"(/register"})");
        http->on("POST", at + "/register")
            .json(201, R"({"client_id": "at-)" + host + R"(", "client_secret": "secret-)" + host +
                           "\"}");
        http->on("POST", at + "/token")
            .json(200, R"({"access_token": "t", "token_type": "Bearer", "expires_in": 60})");
    }
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(seen_id, "at-auth");
    clock->advance(std::chrono::seconds(61));
    ASSERT_TRUE(chat.token());
    EXPECT_EQ(seen_id, "at-other");
    for (const auto& request : http->requests("POST", "https://other.example/token"))
        for (const auto& [name, value] : request.headers)
            EXPECT_NE(value, "Basic YXQtYXV0aDpzZWNyZXQtYXV0aA==");  // at-auth:secret-auth
}

TEST_F(ClientWithoutId, IsKeptForTheNextProcess) {
    const TemporaryDirectory directory;
    store = Store::file(directory / "store", 100, clock);
    register_next("a");
    grant_next("canary-token");
    ASSERT_TRUE(connect().token());
    host_.reset();
    store = Store::file(directory / "store", 100, clock);
    grant_next("canary-token");
    ASSERT_TRUE(connect().token());
    EXPECT_EQ(registrations(), 1U);
    for (const auto& file : std::filesystem::directory_iterator(directory / "store")) {
        std::ifstream in(file.path());
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        EXPECT_THAT(text, Not(HasSubstr("canary-token")));  // never access tokens
    }
}

TEST_F(ClientWithoutId, ThatCannotBeKeptIsNoClient) {
    const TemporaryDirectory directory;
    directory.write("store", "a file in the way");
    store = Store::file(directory / "store", 100, clock);
    register_next("a");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr(directory / "store"));
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(ClientWithoutId, IsNamedInAnAssertionThatTheApplicationRedeems) {
    register_next("a");
    std::string client_id;
    grant.assertion = [&](plugin::Call& call, const plugin::AssertionRequest& request) {
        client_id = request.client_id;
        plugin::Assertion assertion;
        assertion.assertion = call.keep("jag");
        assertion.token_type = MCP_AUTH_TYPE_ID_JAG;
        return Result<plugin::Assertion>(assertion);
    };
    ASSERT_TRUE(connect().assertion({"https://auth.example", "https://mcp.example/mcp", ""}));
    EXPECT_EQ(client_id, "a");
}

// A store that outlives the process has seen another user under the same configuration (D4).
TEST_F(CoreTest, WhatWasKeptForOneSubjectIsNotHandedOutForAnother) {
    configuration.replace(configuration.find("\"acme\": {"), 9,
                          R"("acme": { "subject": { "type": "jwt", "from": "application" }, )");
    store = Store::memory();
    std::string who, found;
    application_subject = [&](std::string_view, const Bounds&) {
        SubjectAssertion assertion;
        assertion.value = who;
        return Result<SubjectAssertion>(assertion);
    };
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        if (const auto subject = call.subject({"urn:ietf:params:oauth:token-type:jwt"}); !subject)
            return subject.error();
        found = *call.load("mcp", "key");
        EXPECT_TRUE(call.save("mcp", "key", "of " + who, 0));
        return plugin::Token{call.keep("t"), "Bearer", {}, 0};
    };
    const auto run = [&](const char* subject) {
        who = subject;
        const auto token = connect().token();
        EXPECT_TRUE(token) << (token ? "" : token.error().message);
        return found;
    };
    EXPECT_EQ(run("opaque-alice"), "");
    EXPECT_EQ(run("opaque-bob"), "");
    EXPECT_EQ(run("opaque-alice"), "of opaque-alice");
}

}  // namespace
}  // namespace mcp_auth::host::testing
