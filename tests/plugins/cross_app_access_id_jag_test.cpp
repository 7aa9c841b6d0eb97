// The ID-JAG is checked before it leaves (protocol.md F): one that breaks a rule neither reaches
// the authorization server nor is kept. The rules themselves are those of
// tests/kit/id_jag_test.cpp; here is what this plugin says to them.
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
    json::Value bound_to(const std::string& jkt) {
        return with(id_jag_claims(), "cnf", json::Value::object().set("jkt", jkt));
    }
    std::string encrypted() {
        return canary("CANARY-jwe-header.CANARY-jwe-key.CANARY-jwe-iv.CANARY-jwe-text.CANARY");
    }
};

class CrossAppAccessIdJagClaim : public CrossAppAccessIdJag,
                                 public ::testing::WithParamInterface<Change> {};

TEST_P(CrossAppAccessIdJagClaim, IsComparedWithWhatThisConnectionAskedFor) {
    expect_refused(id_jag(GetParam().in(id_jag_claims())), GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(
    F2, CrossAppAccessIdJagClaim,
    ::testing::Values(Change{"TheIssuerOfAnotherProvider", "iss", R"("https://evil.idp.example")"},
                      Change{"TheIssuerWithASlashMore", "iss", R"("https://acme.idp.example/")"},
                      Change{"AnotherAudience", "aud", R"("https://auth.other.example/")"},
                      Change{"TheAudienceWithASlashLess", "aud", R"("https://auth.chat.example")"},
                      Change{"ClientIdOfTheIdentityProvider", "client_id", R"("idp-client")"},
                      Change{"AnotherResource", "resource", R"("https://mcp.other.example")"},
                      Change{"ScopeBeyondTheRequest", "scope", R"("chat.read chat.admin")"},
                      Change{"ExpLongAgo", "exp", "1600000000"}),
    name_of);

TEST_F(CrossAppAccessIdJag, OfAnotherTypeOfTokenIsRefused) {
    expect_refused(jwt(with(id_jag_header(), "typ", "at+jwt"), id_jag_claims()), "typ");
}

TEST_F(CrossAppAccessIdJag, ThatIsAnOpaqueTextIsRefused) {
    expect_refused(canary("CANARY-opaque-id-jag"), "three parts");
}

TEST_F(CrossAppAccessIdJag, IsRefusedWhenItIsIssuedFurtherInTheFutureThanTheLeeway) {
    expect_refused(id_jag(with(id_jag_claims(), "iat", host.now() + 61)), "iat");
}

TEST_F(CrossAppAccessIdJag, MayBeIssuedAsFarInTheFutureAsTheLeeway) {
    expect_redeemed(id_jag(with(id_jag_claims(), "iat", host.now() + 60)));
}

TEST_F(CrossAppAccessIdJag, BoundToOurKeyIsRedeemed) {
    set_dpop_jkt("our-thumbprint");
    expect_redeemed(id_jag(bound_to("our-thumbprint")));
}

TEST_F(CrossAppAccessIdJag, BoundToAnotherKeyIsRefused) {
    set_dpop_jkt("our-thumbprint");
    expect_refused(id_jag(bound_to("another-print")), "cnf.jkt");
}

TEST_F(CrossAppAccessIdJag, BoundToAKeyIsRefusedWhenWeHaveNone) {
    expect_refused(id_jag(bound_to("another-print")), "this client has none");
}

TEST_F(CrossAppAccessIdJag, ForAnotherAudienceNamesTheSettingForIt) {
    expect_refused(id_jag(with(id_jag_claims(), "aud", "urn:partner:chat")),
                   "the setting expected_audience");
}

TEST_F(CrossAppAccessIdJag, ThatIsEncryptedIsRefusedAndTheMessageNamesTheSetting) {
    expect_refused(encrypted(), "skip_encrypted_id_jag_checks");
}

TEST_F(CrossAppAccessIdJag, ThatIsEncryptedIsRedeemedUncheckedWithTheSetting) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    expect_redeemed(encrypted());
}

TEST_F(CrossAppAccessIdJag, ThatIsSignedIsCheckedWithThatSettingToo) {
    set_settings(R"({"skip_encrypted_id_jag_checks":true})");
    expect_refused(id_jag(with(id_jag_claims(), "aud", "https://auth.other.example")), "aud");
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
