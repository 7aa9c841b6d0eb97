// Scopes as sets, and what metadata says, for plugins.
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Scope, IsASetOfTokens) {
    EXPECT_THAT(scope_tokens("  a b  c "), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(scope_within("b a", "a b c"));
    EXPECT_TRUE(scope_within("", ""));
    EXPECT_FALSE(scope_within("a d", "a b c"));
    EXPECT_FALSE(scope_within("A", "a"));
    EXPECT_EQ(scope_common("c a b a", "a c"), "c a");
    EXPECT_EQ(scope_lacking("a", "c a b"), "c b");
    EXPECT_EQ(scope_canonical("c a  b a"), "a b c");
}

TEST(Scope, IsReadFromAChallenge) {
    EXPECT_EQ(challenged_scope(R"(Bearer realm="x", scope="a b")"), "a b");
    EXPECT_EQ(challenged_scope(R"(Basic scope="no", dpop SCOPE=c)"), "c");
    EXPECT_EQ(challenged_scope(R"(Bearer scope="a\"b")"), "a\"b");
    EXPECT_FALSE(challenged_scope(R"(Basic scope="no")"));
    EXPECT_FALSE(challenged_scope(R"(Bearer scope="never ends)"));
    EXPECT_FALSE(challenged_scope(""));
}

TEST(Scope, IsMissingForAStepUpAlone) {
    TokenRequest request;
    request.scope = "a b";
    request.challenge = R"(Bearer error="insufficient_scope", scope="b c")";
    EXPECT_EQ(scope_missing_for_step_up(request, "a"), "");
    request.reason = Reason::insufficient_scope;
    EXPECT_EQ(scope_missing_for_step_up(request, "a"), "b c");
    EXPECT_EQ(scope_missing_for_step_up(request, "c b"), "");
    request.challenge = "";  // then all that is asked for
    EXPECT_EQ(scope_missing_for_step_up(request, "a"), "b");
}

TEST(Scope, ComparesIgnoringTheCaseOfAsciiAlone) {
    EXPECT_TRUE(same_ignoring_case("Bearer", "bEARER"));
    EXPECT_FALSE(same_ignoring_case("Bearer", "Bearers"));
    EXPECT_FALSE(same_ignoring_case("[", "{"));
}

TEST(ServerMetadata, RequiresAGrantWhereGrantsAreListed) {  // C5
    const auto server = ServerMetadata::read(R"({"grant_types_supported":["a","b"]})", "token");
    ASSERT_TRUE(server);
    EXPECT_TRUE(server->require_grant("b"));
    const auto missing = server->require_grant("c", "the identity provider");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.status(), Status::misconfigured);
    EXPECT_EQ(missing.error().leg, "token");
    EXPECT_THAT(missing.error().message, HasSubstr("the identity provider does not offer"));
}

TEST(ServerMetadata, ProvesNothingByAbsence) {
    for (const char* text : {"", "{}", R"({"grant_types_supported":"a"})"}) {
        const auto server = ServerMetadata::read(text, "token");
        ASSERT_TRUE(server) << text;
        EXPECT_TRUE(server->require_grant("a")) << text;
        EXPECT_FALSE(server->omits("grant_types_supported", "a")) << text;
    }
}

TEST(ServerMetadata, NamesTheLegWhereItCannotBeRead) {
    const auto server = ServerMetadata::read("{", "redemption");
    ASSERT_FALSE(server);
    EXPECT_EQ(server.status(), Status::protocol);
    EXPECT_EQ(server.error().leg, "redemption");
}

}  // namespace
}  // namespace mcp_auth::plugin
