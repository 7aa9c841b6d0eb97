// protocol.md A4: WWW-Authenticate as RFC 9110 11.6.1 has it.
#include "challenge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Headers header(const std::string& value) {
    return {{"WWW-Authenticate", value}};
}

TEST(Challenge, ReadsWhatAProtectedServerSays) {
    const auto challenge = read_challenge(
        header("Bearer resource_metadata=\"https://h/.well-known/oauth-protected-resource\", "
               "scope=\"chat.read chat.write\", error=\"insufficient_scope\", "
               "error_description=\"more is needed\""));
    ASSERT_TRUE(challenge);
    EXPECT_TRUE(challenge->bearer);
    EXPECT_FALSE(challenge->dpop);
    EXPECT_EQ(challenge->resource_metadata, "https://h/.well-known/oauth-protected-resource");
    EXPECT_EQ(challenge->scope, "chat.read chat.write");
    EXPECT_EQ(challenge->error, "insufficient_scope");
    EXPECT_EQ(challenge->error_description, "more is needed");
}

TEST(Challenge, ReadsTheParametersOfAStepUp) {  // RFC 9470
    const auto challenge =
        read_challenge(header("Bearer error=insufficient_user_authentication, max_age=\"300\", "
                              "acr_values=\"urn:mfa urn:pwd\""));
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->error, "insufficient_user_authentication");
    EXPECT_EQ(challenge->max_age, 300);
    EXPECT_EQ(challenge->acr_values, "urn:mfa urn:pwd");
}

TEST(Challenge, SplitsSeveralChallengesOfOneHeader) {
    const auto all = parse_challenges(
        "Basic realm=\"a, b\", Negotiate YWJj==, Bearer realm=x, scope=\"s\",, DPoP "
        "algs=\"ES256 PS256\" , Digest");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 5U);
    EXPECT_EQ(all->at(0).scheme, "basic");
    EXPECT_THAT(all->at(0).params, ElementsAre(Pair("realm", "a, b")));
    EXPECT_EQ(all->at(1).scheme, "negotiate");
    EXPECT_EQ(all->at(1).token68, "YWJj==");
    EXPECT_EQ(all->at(2).scheme, "bearer");
    EXPECT_THAT(all->at(2).params, ElementsAre(Pair("realm", "x"), Pair("scope", "s")));
    EXPECT_EQ(all->at(3).scheme, "dpop");
    EXPECT_THAT(all->at(3).params, ElementsAre(Pair("algs", "ES256 PS256")));
    EXPECT_EQ(all->at(4).scheme, "digest");
    EXPECT_THAT(all->at(4).params, IsEmpty());
}

TEST(Challenge, ReadsNamesInAnyCaseAndUnescapesValues) {
    const auto all = parse_challenges("bEaReR ReAlM = \"a\\\"b\\\\c\"");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ(all->at(0).scheme, "bearer");
    EXPECT_THAT(all->at(0).params, ElementsAre(Pair("realm", "a\"b\\c")));
}

TEST(Challenge, AllowsEmptyListElements) {  // RFC 9110 5.6.1.2
    const auto all = parse_challenges(", ,Bearer scope=\"a\" , , error=\"e\",");
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ(all->at(0).params.size(), 2U);
}

TEST(Challenge, FindsNoneInAnEmptyHeader) {
    const auto all = parse_challenges("  ");
    ASSERT_TRUE(all);
    EXPECT_THAT(*all, IsEmpty());
    EXPECT_FALSE(read_challenge(header("")));
    EXPECT_FALSE(read_challenge({}));
}

class UnreadableChallenge : public ::testing::TestWithParam<const char*> {};

TEST_P(UnreadableChallenge, CountsAsNone) {
    EXPECT_FALSE(parse_challenges(GetParam()));
    EXPECT_FALSE(read_challenge(header(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, UnreadableChallenge,
    ::testing::Values("Bearer scope=\"unterminated", "Bearer scope=\"ends in escape\\",
                      "Bearer scope=\"a\" error=\"no comma\"", "Bearer scope=\"a\"error=b",
                      "Bearer =\"no name\"", "Bearer scope=,error=x",
                      "Bearer scope=\"a\", scope=\"b\"", "Bearer scope=\"a\", SCOPE=\"b\"",
                      "\"Bearer\" scope=a", "Bearer, =x", "Bearer(x) scope=a",
                      "Bearer scope=\"line\nbreak\"", "Bearer token68== scope=a"));

TEST(Challenge, ReadsANameWithoutAValueAsTheGrammarDoes) {
    const auto challenge = read_challenge(header("Bearer scope="));  // a token68
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->scope, "");
}

TEST(Challenge, KeepsReadableHeadersBesideAnUnreadableOne) {
    const auto challenge = read_challenge({{"WWW-Authenticate", "Bearer scope=\"broken"},
                                           {"Content-Type", "text/plain"},
                                           {"www-authenticate", "Bearer scope=\"good\""}});
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->scope, "good");
}

TEST(Challenge, MergesBearerAndDPoP) {
    const auto challenge = read_challenge(
        {{"WWW-Authenticate", "Bearer scope=\"a\", DPoP error=\"use_dpop_nonce\", scope=\"b\""},
         {"WWW-Authenticate", "DPoP resource_metadata=\"https://h/m\""}});
    ASSERT_TRUE(challenge);
    EXPECT_TRUE(challenge->bearer);
    EXPECT_TRUE(challenge->dpop);
    EXPECT_EQ(challenge->scope, "a");  // the first that says it
    EXPECT_EQ(challenge->error, "use_dpop_nonce");
    EXPECT_EQ(challenge->resource_metadata, "https://h/m");
    EXPECT_EQ(challenge->raw,
              "Bearer scope=\"a\", DPoP error=\"use_dpop_nonce\", scope=\"b\", "
              "DPoP resource_metadata=\"https://h/m\"");
}

TEST(Challenge, TakesNothingFromAnotherScheme) {
    EXPECT_FALSE(read_challenge(header("Basic realm=\"a\", scope=\"b\"")));
    const auto challenge =
        read_challenge(header("Basic scope=\"of basic\", Bearer error=\"invalid_token\""));
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->scope, "");
}

TEST(Challenge, StripsAndCapsWhatTheServerDescribes) {  // L4
    const auto challenge =
        read_challenge(header("Bearer error_description=\"a\tb\xc2\x9b"
                              "31m" +
                              std::string(1000, 'x') + "\""));
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->error_description.substr(0, 8), "ab??31mx");
    EXPECT_EQ(challenge->error_description.size(), 256U);
}

TEST(Challenge, IgnoresAScopeThatIsNone) {  // RFC 6749 3.3
    const auto challenge = read_challenge(header("Bearer scope=\"a\\\"b\", error=\"x\""));
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->scope, "");
}

TEST(Challenge, IgnoresAMaxAgeThatIsNoNumber) {
    for (const char* const value : {"-1", "x", "1x", "\"\"", "99999999999999999999"}) {
        const auto challenge = read_challenge(header("Bearer max_age=" + std::string(value)));
        ASSERT_TRUE(challenge) << value;
        EXPECT_FALSE(challenge->max_age) << value;
    }
}

TEST(Challenge, EndsWithAnyInput) {
    // Every prefix of a header that holds each construct: cut anywhere, it is read or refused.
    const std::string whole =
        ",Basic realm=\"a\\\"b\" , Negotiate abc== ,Bearer scope = \"x y\",error=z , DPoP";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto all = parse_challenges(whole.substr(0, size));
        if (all) {
            EXPECT_LE(all->size(), 4U) << size;
        }
    }
    EXPECT_FALSE(parse_challenges(std::string(64 * 1024, ',')));
}

}  // namespace
}  // namespace mcp_auth::host
