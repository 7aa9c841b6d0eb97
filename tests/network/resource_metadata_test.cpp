// protocol.md B: each form in its order, and one valid document with one fault each.
#include "discovery_fixture.hpp"

#include <gmock/gmock.h>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ResourceDiscovery = DiscoveryTest;

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
    ASSERT_EQ(kept_->events().size(), 3U);
    EXPECT_EQ(kept_->events()[0].leg, "resource_metadata");
    EXPECT_EQ(kept_->events()[0].event, "asked");
    EXPECT_EQ(kept_->events()[0].peer, "https://mcp.example");
    EXPECT_EQ(kept_->events()[0].http_status, 503);
    EXPECT_EQ(kept_->events()[0].status, Status::unavailable);
    EXPECT_EQ(kept_->events()[0].correlation, "abc-1");
    EXPECT_EQ(kept_->events()[0].acquisition, 7U);
    EXPECT_EQ(kept_->events()[1].status, Status::ok);
    EXPECT_EQ(kept_->events()[2].event, "checked");
    EXPECT_EQ(kept_->events()[2].status, Status::misconfigured);
}

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

}  // namespace
}  // namespace mcp_auth::host
