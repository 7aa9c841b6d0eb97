// An ID token before it is sent (protocol.md D3), one fault each.
#include "jwt.hpp"
#include "support/json_change.hpp"

#include <mcp_auth/id_token.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using testing::Change;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::with;

constexpr std::int64_t today = 1'700'000'000;
const Client idp{"idp-client", "https://acme.idp.example", {}, {}};

json::Value id_token_claims() {
    return json::Value::object()
        .set("iss", "https://acme.idp.example")
        .set("aud", "idp-client")
        .set("sub", "alice")
        .set("iat", today - 10)
        .set("exp", today + 3600);
}

Result<void> check(const json::Value& payload, std::int64_t leeway = 60) {
    const auto header = json::Value::object().set("alg", "ES256").set("typ", "JWT");
    return check_id_token(testing::jwt(header, payload), idp, today, leeway);
}

TEST(IdToken, OfTheConfiguredClientIsFine) {
    EXPECT_TRUE(check(id_token_claims()));
}

class IdTokenClaim : public ::testing::TestWithParam<Change> {};

TEST_P(IdTokenClaim, IsMisconfigured) {
    const auto checked = check(GetParam().in(id_token_claims()));
    ASSERT_EQ(checked.status(), Status::misconfigured);
    EXPECT_EQ(checked.error().leg, "subject");
    EXPECT_THAT(checked.error().message, HasSubstr(GetParam().member));
}

INSTANTIATE_TEST_SUITE_P(
    D3, IdTokenClaim,
    ::testing::Values(Change{"NoIss", "iss", ""},
                      Change{"AnotherIss", "iss", R"("https://evil.idp.example")"},
                      Change{"IssWithASlashMore", "iss", R"("https://acme.idp.example/")"},
                      Change{"NoAud", "aud", ""},
                      Change{"AnotherAud", "aud", R"("another-client")"},
                      Change{"AudOfOthers", "aud", R"(["another-client","a-third"])"},
                      Change{"AudNotAString", "aud", "{}"}, Change{"NoExp", "exp", ""},
                      Change{"ExpNotANumber", "exp", R"("1700003600")"}),
    testing::name_of);

TEST(IdToken, ForSeveralAudiencesIsFineWhenOneIsOurs) {
    EXPECT_TRUE(check(
        with(id_token_claims(), "aud", json::Value::array().push("another").push("idp-client"))));
}

TEST(IdToken, MustLastLongerThanClocksDiffer) {
    EXPECT_TRUE(check(with(id_token_claims(), "exp", today + 61)));
    for (const std::int64_t left : {-1, 0, 1, 60})
        EXPECT_EQ(check(with(id_token_claims(), "exp", today + left)).status(),
                  Status::interaction_required)
            << left;
    EXPECT_TRUE(check(with(id_token_claims(), "exp", today + 1), 0));
    EXPECT_EQ(check(with(id_token_claims(), "exp", today), 0).status(),
              Status::interaction_required);
}

TEST(IdToken, MustBeAReadableJwt) {
    for (const char* text : {"", "CANARY-opaque", "CANARY-jwe.b.c.d.e"}) {
        const auto checked = check_id_token(text, idp, today);
        EXPECT_EQ(checked.status(), Status::misconfigured) << text;
        EXPECT_THAT(checked.error().message, HasSubstr("no readable ID token"));
        EXPECT_THAT(checked.error().message, Not(HasSubstr("CANARY")));
    }
}

TEST(IdToken, IsNotShownBeyondItsParties) {
    const auto checked =
        check(with(with(id_token_claims(), "sub", "CANARY-sub"), "aud", "another-client"));
    EXPECT_THAT(checked.error().message, HasSubstr("\"another-client\""));
    EXPECT_THAT(checked.error().message, Not(HasSubstr("CANARY")));
}

}  // namespace
}  // namespace mcp_auth::plugin
