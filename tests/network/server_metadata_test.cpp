// protocol.md C: each form in its order, and one valid document with one fault each.
#include "discovery_fixture.hpp"

#include <gmock/gmock.h>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ServerDiscovery = DiscoveryTest;

TEST_F(ServerDiscovery, ReadsTheDocument) {
    json::Value methods = json::Value::array();
    methods.push("none").push("private_key_jwt");
    const std::string text = server_document()
                                 .set("authorization_endpoint", "https://login.example/authorize")
                                 .set("registration_endpoint", "https://auth.example/register")
                                 .set("token_endpoint_auth_methods_supported", methods)
                                 .dump();
    http_.on("GET", oauth_form).json(200, text, {{"Cache-Control", "max-age=90"}});
    const auto found = server();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->issuer, issuer);
    EXPECT_EQ(found->token_endpoint, "https://auth.example/token");
    EXPECT_EQ(found->authorization_endpoint, "https://login.example/authorize");
    EXPECT_EQ(found->registration_endpoint, "https://auth.example/register");
    EXPECT_TRUE(found->states_auth_methods);
    EXPECT_THAT(found->auth_methods, ElementsAre("none", "private_key_jwt"));
    EXPECT_EQ(found->text, text);
    EXPECT_EQ(found->document.string("issuer"), issuer);
    EXPECT_EQ(found->fresh_for, 90);
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + oauth_form));
}

TEST_F(ServerDiscovery, ReadsWhatClientsWithKeysWantToKnow) {
    const auto algorithms = json::Value::array().push("ES256").push("PS256");
    const auto aliases =
        json::Value::object().set("token_endpoint", "https://mtls.auth.example/token");
    http_.on("GET", oauth_form)
        .json(200, server_document()
                       .set("token_endpoint_auth_signing_alg_values_supported", algorithms)
                       .set("mtls_endpoint_aliases", aliases)
                       .dump());
    const auto found = server();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->auth_signing_algorithms, (std::vector<std::string>{"ES256", "PS256"}));
    EXPECT_EQ(found->mtls_token_endpoint, "https://mtls.auth.example/token");
    EXPECT_EQ(found->token_endpoint, "https://auth.example/token");
}

TEST_F(ServerDiscovery, TellsAListOfAlgorithmsThatIsAbsentFromOneThatIsEmpty) {
    constexpr const char* list = "token_endpoint_auth_signing_alg_values_supported";
    http_.on("GET", oauth_form)
        .json(200, server_document().dump())
        .json(200, server_document().set(list, json::Value::array()).dump())
        .json(200, server_document().set(list, "ES256").dump());
    EXPECT_FALSE(server()->auth_signing_algorithms);
    const auto empty = server();
    ASSERT_TRUE(empty->auth_signing_algorithms);
    EXPECT_THAT(*empty->auth_signing_algorithms, IsEmpty());
    EXPECT_EQ(server().status(), Status::protocol);
}

TEST_F(ServerDiscovery, TriesTheFormsOfAnIssuerWithoutAPathInOrder) {  // C1
    http_.on("GET", oauth_form).json(404, "{}");
    http_.on("GET", openid_form).json(200, server_document().dump());
    ASSERT_TRUE(server());
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + oauth_form, "GET " + openid_form));
}

TEST_F(ServerDiscovery, TriesTheFormsOfAnIssuerWithAPathInOrder) {  // C1
    const std::string realm = "https://auth.example/realms/a";
    const std::string last = realm + "/.well-known/openid-configuration";
    http_.on("GET", oauth_form + "/realms/a").json(404, "{}");
    http_.on("GET", openid_form + "/realms/a").json(404, "{}");
    http_.on("GET", last).json(200, server_document().set("issuer", realm).dump());
    const auto found = server(realm);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + oauth_form + "/realms/a",
                                          "GET " + openid_form + "/realms/a", "GET " + last));
}

TEST_F(ServerDiscovery, DropsATerminatingSlashFromTheUrlButNotFromTheIssuer) {  // RFC 8414 3.1
    http_.on("GET", oauth_form).json(200, server_document().set("issuer", issuer + "/").dump());
    ASSERT_TRUE(server(issuer + "/"));
    http_.on("GET", oauth_form).json(200, server_document().dump());
    EXPECT_EQ(server(issuer + "/").status(), Status::misconfigured);
    http_.on("GET", oauth_form + "/t")
        .json(200, server_document().set("issuer", issuer + "/t/").dump());
    EXPECT_TRUE(server(issuer + "/t/"));
    EXPECT_THAT(http_.unexpected(), IsEmpty());
}

TEST_F(ServerDiscovery, GoesOnAfterAServerErrorOnOneForm) {  // C1
    http_.on("GET", oauth_form).json(500, "oops");
    http_.on("GET", openid_form).json(200, server_document().dump());
    EXPECT_TRUE(server());
}

TEST_F(ServerDiscovery, GoesOnAfterABrokenAnswerOnOneForm) {
    for (const Status status : {Status::unavailable, Status::protocol}) {
        http_.on("GET", oauth_form).fail(status, "closed in the middle");
        http_.on("GET", openid_form).json(200, server_document().dump());
        EXPECT_TRUE(server());
    }
}

TEST_F(ServerDiscovery, IsUnavailableWhenNothingAnswers) {
    http_.on("GET", oauth_form).fail(Status::unavailable, "connection refused");
    http_.on("GET", openid_form).fail(Status::unavailable, "connection refused");
    const auto found = server();
    EXPECT_EQ(found.status(), Status::unavailable);
    EXPECT_EQ(found.error().leg, "server_metadata");
}

TEST_F(ServerDiscovery, CarriesRetryAfterInSecondsAndAsADate) {  // K
    http_.on("GET", oauth_form).respond(503, "", {{"Retry-After", "17"}});
    http_.on("GET", openid_form).json(404, "{}");
    EXPECT_EQ(server().error().retry_after, std::chrono::seconds(17));
    http_.on("GET", oauth_form)
        .respond(429, "",
                 {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                  {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}});
    http_.on("GET", openid_form).json(404, "{}");
    EXPECT_EQ(server().error().retry_after, std::chrono::seconds(30));
}

TEST_F(ServerDiscovery, RefusesTheMetadataOfAnotherIssuerAndStops) {  // C2
    for (const char* const other : {"https://evil.example", "https://auth.example/",
                                    "https://AUTH.example", "http://auth.example"}) {
        http_.on("GET", oauth_form).json(200, server_document().set("issuer", other).dump());
        const auto found = server();
        EXPECT_EQ(found.status(), Status::misconfigured) << other;
        EXPECT_EQ(found.error().leg, "server_metadata");
    }
    EXPECT_EQ(http_.requests().size(), 4U);
}

TEST_F(ServerDiscovery, NeedsATokenEndpoint) {
    json::Value document = server_document();
    document.erase("token_endpoint");
    http_.on("GET", oauth_form).json(200, document.dump());
    const auto found = server();
    EXPECT_EQ(found.status(), Status::protocol);
    EXPECT_THAT(found.error().message, HasSubstr("token_endpoint"));
    EXPECT_EQ(http_.requests().size(), 1U);
}

TEST_F(ServerDiscovery, RefusesAnEndpointThatIsNoUrl) {
    for (const char* const member :
         {"token_endpoint", "authorization_endpoint", "registration_endpoint"}) {
        http_.on("GET", oauth_form).json(200, server_document().set(member, "/token").dump());
        EXPECT_EQ(server().status(), Status::protocol) << member;
        http_.on("GET", oauth_form).json(200, server_document().set(member, 5).dump());
        EXPECT_EQ(server().status(), Status::protocol) << member;
    }
}

TEST_F(ServerDiscovery, RefusesAnEndpointWithPlainHttp) {  // L1
    const auto with = [&](const char* member, const char* url, bool http_loopback) {
        http_.on("GET", oauth_form).json(200, server_document().set(member, url).dump());
        return server(issuer, http_loopback).status();
    };
    for (const char* const member :
         {"token_endpoint", "authorization_endpoint", "registration_endpoint"}) {
        EXPECT_EQ(with(member, "http://auth.example/t", false), Status::misconfigured) << member;
        EXPECT_EQ(with(member, "http://auth.example/t", true), Status::misconfigured) << member;
        EXPECT_EQ(with(member, "http://127.0.0.1:1/t", false), Status::misconfigured) << member;
        EXPECT_EQ(with(member, "http://127.0.0.1:1/t", true), Status::misconfigured) << member;
    }
    json::Value aliases = json::Value::object();
    aliases.set("token_endpoint", "http://auth.example/mtls");
    http_.on("GET", oauth_form)
        .json(200, server_document().set("mtls_endpoint_aliases", aliases).dump());
    EXPECT_EQ(server().status(), Status::misconfigured);
}

TEST_F(ServerDiscovery, KeepsThePlainHttpOfALoopbackIssuerToItsOwnOrigin) {  // C4
    const std::string loopback = "http://127.0.0.1:7";
    const auto with = [&](const char* token_endpoint) {
        http_.on("GET", loopback + "/.well-known/oauth-authorization-server")
            .json(200, server_document()
                           .set("issuer", loopback)
                           .set("token_endpoint", token_endpoint)
                           .dump());
        return server(loopback, true).status();
    };
    EXPECT_EQ(with("http://127.0.0.1:7/token"), Status::ok);
    EXPECT_EQ(with("http://127.0.0.1:8/token"), Status::misconfigured);
    EXPECT_EQ(with("https://auth.example/token"), Status::ok);
}

TEST_F(ServerDiscovery, AcceptsATokenEndpointOfAnotherOriginThatTheDocumentNames) {  // C4
    http_.on("GET", oauth_form)
        .json(200, server_document().set("token_endpoint", "https://t.example/token").dump());
    const auto found = server();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->token_endpoint, "https://t.example/token");
}

TEST_F(ServerDiscovery, AsksNothingForAnIssuerThatIsNone) {
    for (const char* const bad :
         {"", "auth.example", "http://auth.example", "https://auth.example?x",
          "https://auth.example#x", "https://u@auth.example"})
        EXPECT_EQ(server(bad).status(), Status::misconfigured) << bad;
    EXPECT_EQ(server("http://auth.example", true).status(), Status::misconfigured);
    EXPECT_THAT(http_.requests(), IsEmpty());
}

TEST_F(ServerDiscovery, RefusesAuthenticationMethodsOfAnotherType) {
    http_.on("GET", oauth_form)
        .json(200, server_document().set("token_endpoint_auth_methods_supported", "none").dump());
    EXPECT_EQ(server().status(), Status::protocol);
}

TEST_F(ServerDiscovery, TellsAbsentMethodsFromAnEmptyList) {
    http_.on("GET", oauth_form).json(200, server_document().dump());
    const auto absent = server();
    ASSERT_TRUE(absent);
    EXPECT_FALSE(absent->states_auth_methods);
}

}  // namespace
}  // namespace mcp_auth::host
