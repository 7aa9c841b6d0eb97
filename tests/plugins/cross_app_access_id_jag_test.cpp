// The ID-JAG before it leaves (protocol.md F), one fault each: none reaches the authorization
// server, and none is kept.
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CrossAppAccessIdJag : public World {
protected:
    void expect_refused(const std::string& id_jag, const std::string& names) {
        exchange_gives(id_jag);
        const auto token = acquire();
        ASSERT_EQ(token.status(), Status::protocol);
        EXPECT_EQ(token.error().leg, "id_jag");
        EXPECT_THAT(token.error().message, HasSubstr(names));
        EXPECT_THAT(redemptions(), IsEmpty());
        EXPECT_EQ(host.stored_count(), 0u);
    }
    void expect_redeemed(const std::string& id_jag) {
        exchange_gives(id_jag);
        redemption_succeeds();
        const auto token = acquire();
        EXPECT_TRUE(token) << token.error().message;
        EXPECT_THAT(assertions_shown(), ::testing::ElementsAre(id_jag));
    }
    std::string seconds_from_now(std::int64_t seconds) const {
        return std::to_string(host.now() + seconds);
    }
};

class CrossAppAccessIdJagHeader : public CrossAppAccessIdJag,
                                  public ::testing::WithParamInterface<Change> {};
class CrossAppAccessIdJagClaim : public CrossAppAccessIdJag,
                                 public ::testing::WithParamInterface<Change> {};
class CrossAppAccessIdJagVariant : public CrossAppAccessIdJag,
                                   public ::testing::WithParamInterface<Change> {};

TEST_P(CrossAppAccessIdJagHeader, IsRefused) {
    expect_refused(jwt(GetParam().in(id_jag_header()), id_jag_claims()), GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(F1, CrossAppAccessIdJagHeader,
                         ::testing::Values(Change{"NoTyp", "typ", ""},
                                           Change{"AnotherTyp", "typ", R"("JWT")"},
                                           Change{"TypOfAnAccessToken", "typ", R"("at+jwt")"},
                                           Change{"TypNotAString", "typ", "1"},
                                           Change{"NoAlg", "alg", ""},
                                           Change{"AlgNone", "alg", R"("none")"},
                                           Change{"AlgNoneInAnotherCase", "alg", R"("NonE")"},
                                           Change{"EmptyAlg", "alg", R"("")"},
                                           Change{"AlgNotAString", "alg", R"(["ES256"])"}),
                         name_of);

TEST_P(CrossAppAccessIdJagClaim, IsRefused) {
    expect_refused(id_jag(GetParam().in(id_jag_claims())), GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(
    F2, CrossAppAccessIdJagClaim,
    ::testing::Values(
        Change{"NoIss", "iss", ""}, Change{"AnotherIss", "iss", R"("https://evil.idp.example")"},
        Change{"IssWithASlashMore", "iss", R"("https://acme.idp.example/")"},
        Change{"IssNotAString", "iss", R"(["https://acme.idp.example"])"},
        Change{"NoAud", "aud", ""}, Change{"AnotherAud", "aud", R"("https://auth.other.example/")"},
        Change{"AudWithASlashLess", "aud", R"("https://auth.chat.example")"},
        Change{"AudOfNone", "aud", "[]"},
        Change{"AudOfTwo", "aud", R"(["https://auth.chat.example/","https://auth.other.example"])"},
        Change{"AudTwice", "aud", R"(["https://auth.chat.example/","https://auth.chat.example/"])"},
        Change{"AudNotAString", "aud", R"([["https://auth.chat.example/"]])"},
        Change{"NoClientId", "client_id", ""},
        Change{"AnotherClientId", "client_id", R"("another-client")"},
        Change{"ClientIdOfTheIdentityProvider", "client_id", R"("idp-client")"},
        Change{"ClientIdNotAString", "client_id", R"(["mcp-client"])"},
        Change{"AnotherResource", "resource", R"("https://mcp.other.example")"},
        Change{"TwoResources", "resource",
               R"(["https://mcp.chat.example/mcp","https://mcp.other.example"])"},
        Change{"ResourceNotAString", "resource", "false"}, Change{"NoJti", "jti", ""},
        Change{"EmptyJti", "jti", R"("")"}, Change{"JtiNotAString", "jti", "5"},
        Change{"NoSub", "sub", ""}, Change{"EmptySub", "sub", R"("")"},
        Change{"SubNotAString", "sub", "null"}, Change{"NoIat", "iat", ""},
        Change{"IatNotANumber", "iat", R"("1700000000")"},
        Change{"IatBeyondAllTime", "iat", "1e300"}, Change{"NoExp", "exp", ""},
        Change{"ExpNotANumber", "exp", R"("1700000300")"},
        Change{"ExpLongAgo", "exp", "1600000000"},
        Change{"ScopeNotAString", "scope", R"(["chat.read"])"},
        Change{"ScopeBeyondTheRequest", "scope", R"("chat.read chat.admin")"}),
    name_of);

TEST_P(CrossAppAccessIdJagVariant, IsRedeemed) {
    expect_redeemed(id_jag(GetParam().in(id_jag_claims())));
}

INSTANTIATE_TEST_SUITE_P(
    F2, CrossAppAccessIdJagVariant,
    ::testing::Values(Change{"AudInAnArray", "aud", R"(["https://auth.chat.example/"])"},
                      Change{"ResourceInAnArray", "resource",
                             R"(["https://mcp.chat.example/mcp"])"},
                      Change{"NoResource", "resource", ""}, Change{"NoScope", "scope", ""},
                      Change{"FewerScopes", "scope", R"("chat.write")"},
                      Change{"ScopesInAnotherOrder", "scope", R"("chat.write chat.read")"},
                      Change{"IatWithAFraction", "iat", "1699999999.5"},
                      Change{"ConfirmationOfAnotherKind", "cnf", R"({"x5t#S256":"abc"})"},
                      Change{"ClaimsOfTheDraftBeyondTheProfile", "act", R"({"sub":"agent"})"}),
    name_of);

TEST_F(CrossAppAccessIdJag, IsRefusedFromTheSecondInWhichItExpires) {
    expect_refused(id_jag(with(id_jag_claims(), "exp", host.now())), "exp");
}

TEST_F(CrossAppAccessIdJag, IsRedeemedInTheSecondBeforeItExpires) {
    expect_redeemed(id_jag(with(id_jag_claims(), "exp", host.now() + 1)));
}

TEST_F(CrossAppAccessIdJag, MayBeIssuedAsFarInTheFutureAsClocksDiffer) {
    expect_redeemed(id_jag(with(id_jag_claims(), "iat", host.now() + 60)));
}

TEST_F(CrossAppAccessIdJag, IsRefusedWhenItIsIssuedFurtherInTheFutureThanClocksDiffer) {
    expect_refused(id_jag(with(id_jag_claims(), "iat", host.now() + 61)), "iat");
}

TEST_F(CrossAppAccessIdJag, OfTwoPartsIsRefused) {
    const std::string id_jag = this->id_jag();
    expect_refused(id_jag.substr(0, id_jag.rfind('.')), "three parts");
}

TEST_F(CrossAppAccessIdJag, WithAnEmptySignatureIsRefused) {
    const std::string id_jag = this->id_jag();
    expect_refused(id_jag.substr(0, id_jag.rfind('.') + 1), "signature");
}

TEST_F(CrossAppAccessIdJag, ThatIsAnOpaqueTextIsRefused) {
    expect_refused(canary("CANARY-opaque-id-jag"), "three parts");
}

TEST_F(CrossAppAccessIdJag, WhoseHeaderIsNoJsonIsRefused) {
    expect_refused(
        canary(base64url_encode("CANARY-no-json") + ".e30." + base64url_encode("CANARY-signature")),
        "header");
}

TEST_F(CrossAppAccessIdJag, WithAClaimTwiceIsRefused) {
    const std::string claims = id_jag_claims().dump();
    const std::string twice = claims.substr(0, claims.size() - 1) + R"(,"aud":"https://x"})";
    expect_refused(canary(base64url_encode(id_jag_header().dump()) + '.' + base64url_encode(twice) +
                          '.' + base64url_encode("CANARY-signature")),
                   "payload");
}

TEST_F(CrossAppAccessIdJag, ThatIsTooLongIsRefused) {
    expect_refused(id_jag(with(id_jag_claims(), "padding", std::string(16 * 1024, 'a'))), "16384");
}

TEST_F(CrossAppAccessIdJag, ShowsAWrongClaimWithoutItsControlCharactersAndNeverALongOne) {
    exchange_gives(id_jag(with(id_jag_claims(), "iss", "https://a\n\x1b[31m.example")));
    const auto strange = acquire();
    EXPECT_THAT(strange.error().message, HasSubstr("\"https://a??[31m.example\""));

    exchange_gives(id_jag(with(id_jag_claims(), "iss", canary(std::string(201, 'C')))));
    const auto long_one = acquire();
    EXPECT_THAT(long_one.error().message, HasSubstr("too long to show"));
}

// ---- F3: DPoP ----

TEST_F(CrossAppAccessIdJag, BoundToOurKeyIsRedeemed) {
    set_dpop_jkt("our-thumbprint");
    expect_redeemed(
        id_jag(with(id_jag_claims(), "cnf", json::Value::object().set("jkt", "our-thumbprint"))));
}

TEST_F(CrossAppAccessIdJag, BoundToAnotherKeyIsRefused) {
    set_dpop_jkt("our-thumbprint");
    expect_refused(
        id_jag(with(id_jag_claims(), "cnf", json::Value::object().set("jkt", "another-print"))),
        "cnf.jkt");
}

TEST_F(CrossAppAccessIdJag, BoundToAKeyIsRefusedWhenWeHaveNone) {
    expect_refused(
        id_jag(with(id_jag_claims(), "cnf", json::Value::object().set("jkt", "another-print"))),
        "this client has none");
}

TEST_F(CrossAppAccessIdJag, ThatIsNotBoundIsRedeemedWithAKeyToo) {
    set_dpop_jkt("our-thumbprint");
    expect_redeemed(id_jag());
}

// ---- F1: encrypted ----

TEST_F(CrossAppAccessIdJag, ThatIsEncryptedIsRefusedAndTheMessageNamesTheSetting) {
    expect_refused(canary("CANARY-jwe-header.CANARY-jwe-key.CANARY-jwe-iv.CANARY-jwe-text.CANARY"),
                   "skip_encrypted_id_jag_checks");
}

TEST_F(CrossAppAccessIdJag, ThatIsEncryptedIsRedeemedUncheckedWithTheSetting) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    expect_redeemed(
        canary("CANARY-jwe-header.CANARY-jwe-key.CANARY-jwe-iv.CANARY-jwe-text.CANARY"));
}

TEST_F(CrossAppAccessIdJag, ThatIsSignedIsCheckedWithThatSettingToo) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    expect_refused(id_jag(with(id_jag_claims(), "aud", "https://auth.other.example")), "aud");
}

TEST_F(CrossAppAccessIdJag, ThatIsEncryptedAndTooLongIsRefusedWithThatSettingToo) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    expect_refused("a.b.c." + std::string(16 * 1024, 'd') + ".e", "16 KiB");
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
