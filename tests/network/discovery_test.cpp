// protocol.md B and C: each form in its order, and one valid document with one fault each.
#include "discovery.hpp"

#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ManualClock;
using ::testing::Not;
using testing::ScriptedTransport;

const std::string server_url = "https://mcp.example/mcp";
const std::string path_form = "https://mcp.example/.well-known/oauth-protected-resource/mcp";
const std::string root_form = "https://mcp.example/.well-known/oauth-protected-resource";
const std::string issuer = "https://auth.example";
const std::string oauth_form = "https://auth.example/.well-known/oauth-authorization-server";
const std::string openid_form = "https://auth.example/.well-known/openid-configuration";

json::Value resource_document() {
    json::Value document = json::Value::object();
    json::Value servers = json::Value::array();
    servers.push(issuer).push("https://other.example");
    json::Value scopes = json::Value::array();
    scopes.push("chat.read");
    document.set("resource", server_url)
        .set("authorization_servers", servers)
        .set("scopes_supported", scopes);
    return document;
}

json::Value server_document() {
    json::Value document = json::Value::object();
    document.set("issuer", issuer).set("token_endpoint", "https://auth.example/token");
    return document;
}

struct KeptEvents final : AuditSink {
    void record(const AuditEvent& event) noexcept override { events.push_back(event); }
    std::vector<AuditEvent> events;
};

class DiscoveryTest : public ::testing::Test {
protected:
    Result<ResourceMetadata> resource(const std::optional<Challenge>& challenge = {},
                                      bool path_prefix = false,
                                      const std::string& url = server_url) {
        return Discovery(http_).resource(url, challenge, path_prefix, trace_, {});
    }
    Result<ServerMetadata> server(const std::string& of = issuer, bool http_loopback = false) {
        return Discovery(http_, http_loopback).server(of, trace_, {});
    }
    static Challenge naming(const std::string& url) {
        Challenge challenge;
        challenge.bearer = true;
        challenge.resource_metadata = url;
        return challenge;
    }

    ScriptedTransport http_;
    std::shared_ptr<KeptEvents> kept_ = std::make_shared<KeptEvents>();
    Trace trace_{kept_, std::make_shared<ManualClock>(), 7, "chat", "acme", ""};
};

using ResourceDiscovery = DiscoveryTest;
using ServerDiscovery = DiscoveryTest;

// ---- B: the protected resource

TEST_F(ResourceDiscovery, UsesThePathFormAndNeverAsksForTheRootFormThen) {  // B1
    http_.on("GET", path_form).json(200, resource_document().dump());
    const auto found = resource();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->url, path_form);
    EXPECT_EQ(found->resource, server_url);
    EXPECT_THAT(found->authorization_servers, ElementsAre(issuer, "https://other.example"));
    EXPECT_THAT(found->scopes_supported, ElementsAre("chat.read"));
    EXPECT_FALSE(found->dpop_bound_access_tokens_required);
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + path_form));
    const HttpRequest request = http_.requests().at(0);
    EXPECT_THAT(request.headers, ElementsAre(::testing::Pair("Accept", "application/json")));
    EXPECT_EQ(request.max_redirects, 3);                 // L2
    EXPECT_EQ(request.max_response_bytes, 256U * 1024);  // L3
}

TEST_F(ResourceDiscovery, FallsBackToTheRootForm) {
    for (const int status : {404, 401, 302, 500, 503}) {
        SCOPED_TRACE(status);
        http_.on("GET", path_form).json(status, "{}");
        http_.on("GET", root_form)
            .json(200, resource_document().set("resource", "https://mcp.example").dump());
        const auto found = resource();
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->resource, "https://mcp.example");
    }
    EXPECT_EQ(http_.requests().size(), 10U);
}

TEST_F(ResourceDiscovery, FallsBackWhereThePathFormIsAWebPage) {
    http_.on("GET", path_form).respond(200, "<html>", {{"Content-Type", "text/html"}});
    http_.on("GET", root_form)
        .json(200, resource_document().set("resource", "https://mcp.example/").dump());
    const auto found = resource();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->resource, "https://mcp.example/");  // B4: its bytes
}

TEST_F(ResourceDiscovery, AsksOnceForAServerWithoutAPath) {
    http_.on("GET", root_form)
        .json(200, resource_document().set("resource", "https://mcp.example").dump());
    const auto found = resource({}, false, "https://mcp.example/");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + root_form));
}

TEST_F(ResourceDiscovery, UsesTheDocumentThatTheChallengeNames) {
    const std::string named = "https://mcp.example/metadata?x=1";
    http_.on("GET", named).json(200, resource_document().dump());
    const auto found = resource(naming(named));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(http_.sent(), ElementsAre("GET " + named));
}

TEST_F(ResourceDiscovery, DoesNotLookElsewhereWhenTheChallengesDocumentIsGone) {
    const std::string named = "https://mcp.example/metadata?key=canary";
    http_.on("GET", named).json(404, "{}");
    const auto found = resource(naming(named));
    EXPECT_EQ(found.status(), Status::misconfigured);
    EXPECT_THAT(found.error().message, HasSubstr("https://mcp.example/metadata answered 404"));
    EXPECT_THAT(found.error().message, Not(HasSubstr("canary")));
    EXPECT_EQ(http_.requests().size(), 1U);
}

TEST_F(ResourceDiscovery, FetchesNothingFromAnotherOriginThanTheServers) {
    for (const char* const elsewhere :
         {"https://evil.example/metadata", "http://mcp.example/metadata",
          "https://mcp.example:8443/metadata", "https://mcp.example@evil.example/", "metadata"}) {
        const auto found = resource(naming(elsewhere));
        EXPECT_EQ(found.status(), Status::misconfigured) << elsewhere;
        EXPECT_EQ(found.error().leg, "resource_metadata");
    }
    EXPECT_THAT(http_.requests(), IsEmpty());
}

TEST_F(ResourceDiscovery, RefusesTheMetadataOfAnotherResourceAndStops) {  // B2
    for (const char* const other :
         {"https://mcp.example/mcp/", "https://mcp.example", "https://mcp.example/MCP",
          "https://MCP.example/mcp", "https://evil.example/mcp", "https://mcp.example/mcp?x"}) {
        http_.on("GET", path_form).json(200, resource_document().set("resource", other).dump());
        const auto found = resource();
        EXPECT_EQ(found.status(), Status::misconfigured) << other;
        EXPECT_EQ(found.error().leg, "resource_metadata");
        EXPECT_THAT(found.error().message, HasSubstr(other));
    }
    EXPECT_THAT(http_.unexpected(), IsEmpty());
    EXPECT_EQ(http_.requests().size(), 6U);
}

TEST_F(ResourceDiscovery, RefusesTheServersOwnUrlInTheRootForm) {  // B2: derived from the root
    http_.on("GET", path_form).json(404, "{}");
    http_.on("GET", root_form).json(200, resource_document().dump());
    EXPECT_EQ(resource().status(), Status::misconfigured);
}

TEST_F(ResourceDiscovery, AcceptsALeadingPathOnlyWhereTheConnectionOptsIn) {
    const auto of = [&](const char* published) {
        http_.on("GET", path_form).json(200, resource_document().set("resource", published).dump());
        return resource({}, true).status();
    };
    EXPECT_EQ(of("https://mcp.example"), Status::ok);
    EXPECT_EQ(of("https://mcp.example/"), Status::ok);
    EXPECT_EQ(of("https://mcp.example/mcp"), Status::ok);
    EXPECT_EQ(of("https://mcp.example/mc"), Status::misconfigured);
    EXPECT_EQ(of("https://mcp.example/mcp/more"), Status::misconfigured);
    EXPECT_EQ(of("https://evil.example/mcp"), Status::misconfigured);
    EXPECT_EQ(of("http://mcp.example/"), Status::misconfigured);
    EXPECT_EQ(of("https://mcp.example/?x"), Status::misconfigured);
}

TEST_F(ResourceDiscovery, NeedsAnAuthorizationServer) {  // B3
    json::Value absent = resource_document(), empty = resource_document();
    absent.erase("authorization_servers");
    empty.set("authorization_servers", json::Value::array());
    for (const json::Value& document : {absent, empty}) {
        http_.on("GET", path_form).json(200, document.dump());
        EXPECT_EQ(resource().status(), Status::misconfigured);
    }
}

TEST_F(ResourceDiscovery, RefusesMembersOfAnotherType) {
    for (const char* const member :
         {"authorization_servers", "scopes_supported", "dpop_bound_access_tokens_required"}) {
        http_.on("GET", path_form).json(200, resource_document().set(member, "text").dump());
        EXPECT_EQ(resource().status(), Status::protocol) << member;
    }
}

TEST_F(ResourceDiscovery, HearsADemandForDPoP) {
    http_.on("GET", path_form)
        .json(200, resource_document().set("dpop_bound_access_tokens_required", true).dump());
    const auto found = resource();
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->dpop_bound_access_tokens_required);
}

TEST_F(ResourceDiscovery, SaysWhatWasTriedWhenThereIsNone) {
    http_.on("GET", path_form).json(404, "{}");
    http_.on("GET", root_form).json(401, "{}");
    const auto found = resource();
    EXPECT_EQ(found.status(), Status::misconfigured);
    EXPECT_THAT(found.error().message, HasSubstr(path_form + " answered 404"));
    EXPECT_THAT(found.error().message, HasSubstr(root_form + " answered 401"));
}

TEST_F(ResourceDiscovery, IsUnavailableWhenOneFormMightHaveHadIt) {
    http_.on("GET", path_form).json(503, "{}", {{"Retry-After", "17"}});
    http_.on("GET", root_form).json(404, "{}");
    const auto found = resource();
    EXPECT_EQ(found.status(), Status::unavailable);
    EXPECT_EQ(found.error().http_status, 503);
    EXPECT_EQ(found.error().retry_after, std::chrono::seconds(17));
}

TEST_F(ResourceDiscovery, IsAProtocolErrorWhenAFormAnswersWithSomethingElse) {
    for (const char* const body : {"<html>", "[]", "{}", "{\"resource\":5}",
                                   "{\"resource\":\"x\",\"resource\":\"y\"}", ""}) {
        http_.on("GET", path_form).json(404, "{}");
        http_.on("GET", root_form).json(200, body);
        EXPECT_EQ(resource().status(), Status::protocol) << body;
    }
}

TEST_F(ResourceDiscovery, StopsAtOnceWhereAskingOnWouldHideTheReason) {
    for (const Status status : {Status::misconfigured, Status::deadline, Status::cancelled}) {
        http_.on("GET", path_form).fail(status, "the reason");
        const auto found = resource();
        EXPECT_EQ(found.status(), status);
        EXPECT_EQ(found.error().leg, "resource_metadata");
        EXPECT_THAT(found.error().message, HasSubstr("the reason"));
    }
    EXPECT_EQ(http_.requests().size(), 3U);
}

TEST_F(ResourceDiscovery, ReadsHowLongADocumentIsFresh) {
    for (const auto& [value, seconds] :
         {std::pair{"max-age=120", 120}, std::pair{"public, Max-Age=60", 60},
          std::pair{"max-age=9999999", 24 * 3600}, std::pair{"max-age=0", 1},
          std::pair{"no-store", 1}, std::pair{"max-age=60, no-cache", 1}, std::pair{"private", 0},
          std::pair{"max-age=x", 0}, std::pair{"max-age=-5", 0}}) {
        http_.on("GET", path_form)
            .json(200, resource_document().dump(), {{"cache-control", value}});
        const auto found = resource();
        ASSERT_TRUE(found);
        EXPECT_EQ(found->fresh_for, seconds) << value;
    }
}

TEST_F(ResourceDiscovery, RecordsEachRequestAndTheCheck) {
    http_.on("GET", path_form).json(503, "{}", {{"X-Request-Id", "abc-1"}});
    http_.on("GET", root_form)
        .json(200, resource_document().set("resource", "https://evil.example").dump());
    EXPECT_FALSE(resource());
    ASSERT_EQ(kept_->events.size(), 3U);
    EXPECT_EQ(kept_->events[0].leg, "resource_metadata");
    EXPECT_EQ(kept_->events[0].event, "asked");
    EXPECT_EQ(kept_->events[0].peer, "https://mcp.example");
    EXPECT_EQ(kept_->events[0].http_status, 503);
    EXPECT_EQ(kept_->events[0].status, Status::unavailable);
    EXPECT_EQ(kept_->events[0].correlation, "abc-1");
    EXPECT_EQ(kept_->events[0].acquisition, 7U);
    EXPECT_EQ(kept_->events[1].status, Status::ok);
    EXPECT_EQ(kept_->events[2].event, "checked");
    EXPECT_EQ(kept_->events[2].status, Status::misconfigured);
}

// ---- B3: choosing

TEST(ChooseIssuer, TakesTheFirstThatTheConnectionAllowsNotTheFirst) {
    ResourceMetadata metadata;
    metadata.authorization_servers = {"https://a", "https://b", "https://c"};
    IssuerRule rule;
    rule.allowed = {"https://c", "https://b"};
    const auto chosen = choose_issuer(metadata, rule);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(*chosen, "https://b");
}

TEST(ChooseIssuer, SaysWhatWasOfferedAndWhatIsAllowed) {
    ResourceMetadata metadata;
    metadata.resource = "https://mcp.example/mcp";
    metadata.authorization_servers = {"https://a/", "https://evil"};
    IssuerRule rule;
    rule.allowed = {"https://a"};  // a final slash counts
    const auto chosen = choose_issuer(metadata, rule);
    ASSERT_EQ(chosen.status(), Status::misconfigured);
    EXPECT_EQ(chosen.error().leg, "resource_metadata");
    EXPECT_THAT(chosen.error().message, HasSubstr("\"https://a/\", \"https://evil\""));
    EXPECT_THAT(chosen.error().message, HasSubstr("allows \"https://a\""));
}

// ---- C: the authorization server

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
        EXPECT_EQ(with(member, "http://127.0.0.1:1/t", true), Status::ok) << member;
    }
    json::Value aliases = json::Value::object();
    aliases.set("token_endpoint", "http://auth.example/mtls");
    http_.on("GET", oauth_form)
        .json(200, server_document().set("mtls_endpoint_aliases", aliases).dump());
    EXPECT_EQ(server().status(), Status::misconfigured);
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
