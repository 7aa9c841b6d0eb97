// SAML assertions and refresh tokens at the demo's identity provider (protocol.md D2): only its
// own, only for this client, only while they last.
#include "peer.hpp"

#include "keys.hpp"

namespace mcp_auth::demo {
namespace {

constexpr char saml2_urn[] = "urn:ietf:params:oauth:token-type:saml2";
constexpr char refresh_token_urn[] = "urn:ietf:params:oauth:token-type:refresh_token";

SignIn as(SubjectType type) {
    SignIn how;
    how.as = type;
    how.write = false;
    return how;
}

Fields saml2_fields(const std::string& assertion) {
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"requested_token_type", refresh_token_urn},
            {"scope", "openid offline_access"},
            {"subject_token", assertion},
            {"subject_token_type", saml2_urn}};
}

Fields with_refresh_token(const Fields& exchange, const std::string& token) {
    return with(with(exchange, "subject_token", token), "subject_token_type", refresh_token_urn);
}

Fields refresh_fields(const std::string& token) {
    return {{"grant_type", "refresh_token"}, {"refresh_token", token}};
}

TEST(SubjectTokens, ASamlAssertionIsExchangedForARefreshTokenAndThatForAnIdJag) {
    Peer peer;
    const auto assertion = peer.enterprise().sign_in(as(SubjectType::saml2));
    const auto xml = from_base64url(*assertion);
    ASSERT_TRUE(xml);
    EXPECT_EQ(xml->rfind("<saml2:Assertion ", 0), 0U) << *xml;
    EXPECT_NE(xml->find(peer.enterprise().idp_issuer()), std::string::npos) << *xml;

    const Reply reply = peer.exchange(saml2_fields(*assertion));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.text("issued_token_type"), refresh_token_urn);
    EXPECT_EQ(reply.text("token_type"), "N_A");
    const Fields fields = with_refresh_token(peer.exchange_fields(), reply.text("access_token"));
    const Reply id_jag = peer.exchange(fields);
    ASSERT_EQ(id_jag.status, 200) << id_jag.body;
    EXPECT_EQ(claims_of(id_jag.text("access_token"))->getValue<std::string>("sub"), "00u-alice");
    EXPECT_EQ(peer.exchange(fields).status, 200) << "a subject token is not used up";
}

TEST(SubjectTokens, ASamlAssertionIsRefusedWithOneThingWrong) {
    Peer peer;
    SignIn expired = as(SubjectType::saml2), audience = expired, issuer = expired;
    expired.lifetime = -1;
    audience.audience = "another";
    issuer.issuer = "https://other.example";
    for (const SignIn& how : {expired, audience, issuer}) {
        const Reply reply = peer.exchange(saml2_fields(*peer.enterprise().sign_in(how)));
        EXPECT_EQ(reply.text("error"), "invalid_request") << reply.body;
    }
    std::string changed = *peer.enterprise().sign_in(as(SubjectType::saml2));
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(peer.exchange(saml2_fields(changed)).text("error"), "invalid_request");
}

TEST(SubjectTokens, ASamlAssertionIsGoodForNothingElse) {
    Peer peer;
    const Fields fields = saml2_fields(*peer.enterprise().sign_in(as(SubjectType::saml2)));
    EXPECT_EQ(peer.exchange(without(fields, "scope")).text("error"), "invalid_scope");
    EXPECT_EQ(peer.exchange(with(fields, "scope", "openid")).text("error"), "invalid_scope");
    const Fields id_jag = with(with(peer.exchange_fields(), "subject_token_type", saml2_urn),
                               "subject_token", *peer.enterprise().sign_in(as(SubjectType::saml2)));
    EXPECT_EQ(peer.exchange(id_jag).text("error"), "invalid_request");
    const Fields id_token = with(peer.exchange_fields(), "requested_token_type", refresh_token_urn);
    EXPECT_EQ(peer.exchange(id_token).text("error"), "invalid_request");
}

TEST(SubjectTokens, ARefreshTokenIsRefusedWhenItIsAnothersExpiredOrRevoked) {
    Peer peer;
    SignIn expired = as(SubjectType::refresh_token), client = expired;
    expired.lifetime = -1;
    client.audience = "another";
    for (const SignIn& how : {expired, client}) {
        const Fields fields =
            with_refresh_token(peer.exchange_fields(), *peer.enterprise().sign_in(how));
        EXPECT_EQ(peer.exchange(fields).text("error"), "invalid_grant");
    }
    const auto token = peer.enterprise().sign_in(as(SubjectType::refresh_token));
    peer.enterprise().revoke_refresh_tokens();
    EXPECT_EQ(peer.exchange(with_refresh_token(peer.exchange_fields(), *token)).text("error"),
              "invalid_grant");
}

TEST(SubjectTokens, ARefreshTokenAsAGrantGivesAnIdTokenAndItsSuccessor) {
    Peer peer;
    const auto token = peer.enterprise().sign_in(as(SubjectType::refresh_token));
    const Reply reply = peer.exchange(refresh_fields(*token));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(claims_of(reply.text("id_token"))->getValue<std::string>("aud"),
              peer.enterprise().idp_client().id);
    const std::string successor = reply.text("refresh_token");
    EXPECT_NE(successor, *token);
    EXPECT_EQ(peer.exchange(with_refresh_token(peer.exchange_fields(), *token)).text("error"),
              "invalid_grant")
        << "it was spent";
    EXPECT_EQ(peer.exchange(refresh_fields(successor)).status, 200);
}

// RFC 9700 4.14.2: one of the two who have it is a thief, and nobody knows which.
TEST(SubjectTokens, ASpentRefreshTokenThatIsShownAgainEndsItsWholeLine) {
    Peer peer;
    const auto token = peer.enterprise().sign_in(as(SubjectType::refresh_token));
    const auto other = peer.enterprise().sign_in(as(SubjectType::refresh_token));
    const std::string successor = peer.exchange(refresh_fields(*token)).text("refresh_token");
    EXPECT_EQ(peer.exchange(refresh_fields(*token)).text("error"), "invalid_grant");
    EXPECT_EQ(peer.exchange(refresh_fields(successor)).text("error"), "invalid_grant");
    EXPECT_EQ(peer.exchange(refresh_fields(*other)).status, 200) << "another line goes on";
}

}  // namespace
}  // namespace mcp_auth::demo
