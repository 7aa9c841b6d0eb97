// An ID-JAG before it leaves (protocol.md F), one fault each.
#include "jwt.hpp"
#include "support/json_change.hpp"

#include <mcp_auth/id_jag.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using testing::Change;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using testing::with;
using testing::without;

constexpr std::int64_t now = 1'700'000'000;

json::Value header() {
    return json::Value::object().set("typ", "oauth-id-jag+jwt").set("alg", "ES256");
}

json::Value claims() {
    return json::Value::object()
        .set("iss", "https://acme.idp.example")
        .set("aud", "https://auth.chat.example/")  // its last byte counts
        .set("client_id", "mcp-client")
        .set("resource", "https://mcp.chat.example/mcp")
        .set("sub", "CANARY-sub-of-alice")
        .set("jti", "CANARY-jti")
        .set("scope", "chat.read chat.write")
        .set("iat", now)
        .set("exp", now + 300);
}

json::Value bound_to(const std::string& jkt) {
    return with(claims(), "cnf", json::Value::object().set("jkt", jkt));
}

class IdJag : public ::testing::Test {
protected:
    Result<IdJagClaims> check(const std::string& text) {
        text_ = text;
        id_jag.assertion = text_;
        auto checked = check_id_jag(id_jag, wanted, now, rules);
        if (!checked) {
            EXPECT_EQ(checked.error().leg, "id_jag");
            EXPECT_THAT(checked.error().message, Not(HasSubstr("CANARY")));
        }
        return checked;
    }
    Result<IdJagClaims> check_claims(const json::Value& payload) {
        return check(testing::jwt(header(), payload));
    }
    void expect_refused(const Result<IdJagClaims>& checked, const std::string& names) {
        ASSERT_EQ(checked.status(), Status::protocol);
        EXPECT_THAT(checked.error().message, HasSubstr(names));
    }

    AssertionRequest wanted{Reason::first,
                            "https://auth.chat.example/",
                            "https://mcp.chat.example/mcp",
                            "chat.read chat.write",
                            "mcp-client",
                            {}};
    Assertion id_jag{
        {}, MCP_AUTH_TYPE_ID_JAG, "https://acme.idp.example", "chat.read chat.write", now + 300};
    IdJagRules rules;

private:
    std::string text_;
};

class IdJagHeader : public IdJag, public ::testing::WithParamInterface<Change> {};
class IdJagClaim : public IdJag, public ::testing::WithParamInterface<Change> {};
class IdJagVariant : public IdJag, public ::testing::WithParamInterface<Change> {};

TEST_P(IdJagHeader, IsRefused) {
    expect_refused(check(testing::jwt(GetParam().in(header()), claims())), GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(F1, IdJagHeader,
                         ::testing::Values(Change{"NoTyp", "typ", ""},
                                           Change{"AnotherTyp", "typ", R"("JWT")"},
                                           Change{"TypOfAnAccessToken", "typ", R"("at+jwt")"},
                                           Change{"TypNotAString", "typ", "1"},
                                           Change{"NoAlg", "alg", ""},
                                           Change{"AlgNone", "alg", R"("none")"},
                                           Change{"AlgNoneInAnotherCase", "alg", R"("NonE")"},
                                           Change{"EmptyAlg", "alg", R"("")"},
                                           Change{"AlgNotAString", "alg", R"(["ES256"])"}),
                         testing::name_of);

TEST_P(IdJagClaim, IsRefused) {
    expect_refused(check_claims(GetParam().in(claims())), GetParam().member);
}

INSTANTIATE_TEST_SUITE_P(
    F2, IdJagClaim,
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
    testing::name_of);

TEST_P(IdJagVariant, IsFine) {
    const auto checked = check_claims(GetParam().in(claims()));
    EXPECT_TRUE(checked) << checked.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    F2, IdJagVariant,
    ::testing::Values(Change{"AudInAnArray", "aud", R"(["https://auth.chat.example/"])"},
                      Change{"ResourceInAnArray", "resource",
                             R"(["https://mcp.chat.example/mcp"])"},
                      Change{"NoResource", "resource", ""}, Change{"NoScope", "scope", ""},
                      Change{"FewerScopes", "scope", R"("chat.write")"},
                      Change{"ScopesInAnotherOrder", "scope", R"("chat.write chat.read")"},
                      Change{"IatWithAFraction", "iat", "1699999999.5"},
                      Change{"ConfirmationOfAnotherKind", "cnf", R"({"x5t#S256":"abc"})"},
                      Change{"ClaimsOfTheDraftBeyondTheProfile", "act", R"({"sub":"agent"})"}),
    testing::name_of);

TEST_F(IdJag, SaysWhatItIsGoodForAndWhatWasChecked) {
    const auto checked = check_claims(claims());
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->scope, "chat.read chat.write");
    EXPECT_EQ(checked->expires_at, now + 300);
    EXPECT_EQ(checked->checks, "typ alg iss aud client_id resource scope iat exp jti sub cnf");
    EXPECT_EQ(check_claims(without(claims(), "scope"))->scope, std::nullopt);
}

TEST_F(IdJag, IsRefusedFromTheSecondInWhichItExpires) {
    expect_refused(check_claims(with(claims(), "exp", now)), "exp");
    EXPECT_TRUE(check_claims(with(claims(), "exp", now + 1)));
}

TEST_F(IdJag, MayBeIssuedAsFarInTheFutureAsClocksDiffer) {
    EXPECT_TRUE(check_claims(with(claims(), "iat", now + 60)));
    expect_refused(check_claims(with(claims(), "iat", now + 61)), "iat");
    rules.leeway = 0;
    expect_refused(check_claims(with(claims(), "iat", now + 1)), "iat");
}

TEST_F(IdJag, MustBeAWholeSignedJwt) {
    const std::string whole = testing::jwt(header(), claims());
    const std::string unsigned_one = whole.substr(0, whole.rfind('.'));
    expect_refused(check("CANARY-opaque-id-jag"), "three parts");
    expect_refused(check(unsigned_one), "three parts");
    expect_refused(check(unsigned_one + '.'), "signature");
    expect_refused(check(base64url_encode("CANARY-no-json") + ".e30." + base64url_encode("s")),
                   "header");
    expect_refused(check_claims(with(claims(), "padding", std::string(16 * 1024, 'a'))), "16384");
}

TEST_F(IdJag, WithAClaimTwiceIsRefused) {
    const std::string all = claims().dump();
    const std::string twice = all.substr(0, all.size() - 1) + R"(,"aud":"https://x"})";
    expect_refused(check(base64url_encode(header().dump()) + '.' + base64url_encode(twice) + '.' +
                         base64url_encode("CANARY-signature")),
                   "payload");
}

TEST_F(IdJag, ShowsAWrongClaimWithoutItsControlCharactersAndNeverALongOne) {
    expect_refused(check_claims(with(claims(), "iss", "https://a\n\x1b[31m.example")),
                   "\"https://a??[31m.example\"");
    expect_refused(check_claims(with(claims(), "iss", std::string(201, 'C'))), "too long to show");
}

TEST_F(IdJag, IsForTheAudienceThatTheRulesNameInsteadOfTheRequests) {
    rules.audience = "urn:partner:chat";
    EXPECT_TRUE(check_claims(with(claims(), "aud", "urn:partner:chat")));
    expect_refused(check_claims(claims()), "\"urn:partner:chat\"");
    rules.audience_setting = "expected_audience";
    expect_refused(check_claims(claims()), "the setting expected_audience");
}

TEST_F(IdJag, MayNameAnyResourceAndScopeWhereNoneWasAskedFor) {
    wanted.resource = wanted.scope = {};
    EXPECT_TRUE(check_claims(with(with(claims(), "resource", "https://any"), "scope", "any")));
}

TEST_F(IdJag, BoundToAKeyIsForWhoeverHasIt) {  // F3
    expect_refused(check_claims(bound_to("another-thumbprint")), "this client has none");
    wanted.dpop_jkt = "our-thumbprint";
    EXPECT_TRUE(check_claims(bound_to("our-thumbprint")));
    EXPECT_TRUE(check_claims(claims()));  // bound to none
    expect_refused(check_claims(bound_to("another-thumbprint")), "cnf.jkt");
}

TEST_F(IdJag, ThatIsEncryptedIsRefusedUnlessTheRulesLetItPassUnchecked) {  // F1
    const std::string jwe = "CANARY-header.CANARY-key.CANARY-iv.CANARY-text.CANARY";
    expect_refused(check(jwe), "cannot be checked");
    rules.skip_encrypted_setting = "skip_encrypted_id_jag_checks";
    expect_refused(check(jwe), "the setting skip_encrypted_id_jag_checks");
    rules.skip_encrypted = true;
    const auto checked = check(jwe);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->checks, "none (encrypted)");
    EXPECT_EQ(checked->expires_at, 0);
    expect_refused(check("a.b.c." + std::string(16 * 1024, 'd') + ".e"), "16 KiB");
    expect_refused(check_claims(with(claims(), "aud", "https://auth.other.example")), "aud");
}

TEST_F(IdJag, MustBeOfThatTypeAndSomebodys) {
    id_jag.token_type = MCP_AUTH_TYPE_JWT;
    auto checked = check_claims(claims());
    EXPECT_EQ(checked.status(), Status::misconfigured);
    EXPECT_THAT(checked.error().message, HasSubstr("not an ID-JAG"));
    id_jag.token_type = MCP_AUTH_TYPE_ID_JAG;
    id_jag.issuer = {};
    checked = check_claims(claims());
    EXPECT_EQ(checked.status(), Status::misconfigured);
    EXPECT_THAT(checked.error().message, HasSubstr("cannot be checked"));
}

// ---- in a call ----

class CheckedIdJag : public IdJag {
protected:
    Result<Assertion> checked(const json::Value& payload) {
        text_ = testing::jwt(header(), payload);
        id_jag.assertion = text_;
        return checked_id_jag(*call, id_jag, wanted, rules);
    }
    testing::FakeHost host;
    testing::CallUnderTest call{host};

private:
    std::string text_;
};

TEST_F(CheckedIdJag, IsTheAssertionWithItsOwnExpiryAndATraceOfTheChecks) {
    id_jag.expires_at = now + 3600;
    const auto given = checked(claims());
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->assertion, id_jag.assertion);
    EXPECT_EQ(given->token_type, MCP_AUTH_TYPE_ID_JAG);
    EXPECT_EQ(given->issuer, "https://acme.idp.example");
    EXPECT_EQ(given->scope, "chat.read chat.write");
    EXPECT_EQ(given->expires_at, now + 300);
    EXPECT_EQ(host.logs().at(0).event, "id_jag checked");
    EXPECT_THAT(host.logs().at(0).fields,
                ElementsAre(Pair("checks",
                                 "typ alg iss aud client_id resource scope iat exp jti sub cnf")));
}

TEST_F(CheckedIdJag, HasTheScopeThatWasGrantedAndThatItCarries) {
    EXPECT_EQ(checked(with(claims(), "scope", "chat.write"))->scope, "chat.write");
    id_jag.scope = "chat.read";
    EXPECT_EQ(checked(claims())->scope, "chat.read");  // a claim does not widen it
    EXPECT_EQ(checked(without(claims(), "scope"))->scope, "chat.read");
    id_jag.scope = {};  // as asked
    EXPECT_EQ(checked(without(claims(), "scope"))->scope, "chat.read chat.write");
    EXPECT_EQ(checked(with(claims(), "scope", "chat.read"))->scope, "chat.read");
    wanted.scope = {};  // the provider chose
    EXPECT_EQ(checked(with(claims(), "scope", "chat.admin"))->scope, "chat.admin");
    EXPECT_EQ(checked(without(claims(), "scope"))->scope, "");
}

TEST_F(CheckedIdJag, ThatCarriesNoneOfTheScopesIsDenied) {
    const auto given = checked(with(claims(), "scope", ""));
    ASSERT_EQ(given.status(), Status::denied);
    EXPECT_EQ(given.error().leg, "id_jag");
    EXPECT_THAT(given.error().message, HasSubstr("\"chat.read chat.write\""));
}

TEST_F(CheckedIdJag, ThatWasGrantedMoreThanWasAskedForIsRefused) {
    id_jag.scope = "chat.read chat.admin";
    const auto given = checked(claims());
    EXPECT_EQ(given.status(), Status::protocol);
    EXPECT_THAT(given.error().message, HasSubstr("scopes beyond"));
}

TEST_F(CheckedIdJag, ThatBreaksARuleIsNotHandedOut) {
    EXPECT_EQ(checked(with(claims(), "client_id", "somebody-else")).status(), Status::protocol);
    EXPECT_TRUE(host.logs().empty());
}

}  // namespace
}  // namespace mcp_auth::plugin
