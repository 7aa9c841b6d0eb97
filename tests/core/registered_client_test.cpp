// What a registered client may do with what it was given: nothing of one issuer, or of one client,
// goes to another (protocol.md C3, C7, D4).
#include "registration_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

// Of another version, or damaged: what was registered is to be had again.
TEST_F(ClientWithoutId, IsRegisteredAnewWhereWhatWasKeptCannotBeRead) {
    for (const char* kept : {"no JSON", R"({"method":"none"})",
                             R"({"client_id":"a","method":"of_a_later_version"})"}) {
        describe(R"("registration_endpoint": "https://auth.example/register",)");
        const TemporaryDirectory directory;
        store = Store::file(directory / "store", 100, clock);
        register_next("a");
        grant_next("one");
        ASSERT_TRUE(connect().token());
        host_.reset();
        for (const auto& entry : std::filesystem::directory_iterator(directory / "store")) {
            std::ifstream file(entry.path());
            std::string first, expiry, sizes, key(1024, '\0');
            std::getline(file, first);
            std::getline(file, expiry);
            std::getline(file, sizes);
            key.resize(std::stoul(sizes));
            file.read(key.data(), static_cast<std::streamsize>(key.size()));
            ASSERT_TRUE(store->put(key, kept, 0));
        }
        register_next("b");
        grant_next("two");
        const auto token = connect().token();
        ASSERT_TRUE(token) << token.error().message;
        EXPECT_EQ(registrations(), 2U) << kept;
        EXPECT_EQ(authorizations().back(), "Basic YjpzZWNyZXQtb2YtYg==") << kept;
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
        return Result<plugin::Assertion>(
            plugin::Assertion{call.keep("jag"), MCP_AUTH_TYPE_ID_JAG, {}, {}, 0});
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
