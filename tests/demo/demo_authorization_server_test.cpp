// The authorization server of protocol.md M: a valid redemption, and each with one thing wrong.
#include "keys.hpp"
#include "peer.hpp"

#include <functional>

namespace mcp_auth::demo {
namespace {

using Poco::JSON::Object;

TEST(AuthorizationServer, RedeemsAnIdJagForATokenBoundToItsResource) {
    Peer peer;
    const Reply reply = peer.redeem(peer.redemption_fields(peer.id_jag()));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
    EXPECT_EQ(reply.text("token_type"), "Bearer");
    EXPECT_EQ(reply.text("scope"), "chat.read");
    EXPECT_FALSE(reply.json()->has("refresh_token"));  // H5
    const auto claims = claims_of(reply.text("access_token"));
    EXPECT_EQ(claims->getValue<std::string>("aud"), peer.enterprise().mcp_url());
    EXPECT_EQ(claims->getValue<std::string>("iss"),
              peer.enterprise().authorization_server_issuer());
    EXPECT_EQ(claims->getValue<int>("exp") - claims->getValue<int>("iat"), 3600);
}

TEST(AuthorizationServer, GrantsNoMoreScopeThanTheIdJagHas) {
    Peer peer;
    const Reply reply =
        peer.redeem(with(peer.redemption_fields(peer.id_jag()), "scope", "chat.read chat.admin"));
    EXPECT_EQ(reply.text("scope"), "chat.read");
}

TEST(AuthorizationServer, RefusesAnIdJagThatWasShownBefore) {
    Peer peer;
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.redeem(fields).status, 200);
    const Reply again = peer.redeem(fields);
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(again.text("error"), "invalid_grant");
}

TEST(AuthorizationServer, TakesAnIdJagAgainWhereSingleUseIsOff) {
    Peer peer({.single_use = false});
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.redeem(fields).status, 200);
    EXPECT_EQ(peer.redeem(fields).status, 200);
}

TEST(AuthorizationServer, DoesNotUseAnIdJagUpWhenTheClientIsRefused) {
    Peer peer;
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.form(peer.token_url(), fields, peer.idp_basic()).status, 401);
    EXPECT_EQ(peer.redeem(fields).status, 200);
}

TEST(AuthorizationServer, RefusesAnotherClientsCredentialsFirst) {
    Peer peer;
    const Reply reply = peer.form(peer.token_url(), {{"grant_type", "nonsense"}}, peer.idp_basic());
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.text("error"), "invalid_client");
}

TEST(AuthorizationServer, RefusesASecretThatWasNotFormEncoded) {  // G2
    Options options;
    options.mcp_client.secret = "a+b";
    Peer peer(options);
    Client raw = peer.enterprise().mcp_client();
    const std::string encoded = "Basic aG9zdC1hdC1jaGF0OmErYg==";  // host-at-chat:a+b
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.form(peer.token_url(), fields, {{"Authorization", encoded}}).text("error"),
              "invalid_client");
    EXPECT_EQ(peer.form(peer.token_url(), fields, Peer::basic(raw)).status, 200);
}

struct Fault {
    std::string name;
    Enterprise::JwtChange change;
    std::string error = "invalid_grant";
};

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

class IdJagRefusal : public testing::TestWithParam<Fault> {};

TEST_P(IdJagRefusal, OfAnAssertionWithOneFault) {
    Peer peer;
    peer.enterprise().change_id_jag(GetParam().change);
    const Reply reply = peer.redeem(peer.redemption_fields(peer.id_jag()));
    EXPECT_EQ(reply.status, 400) << reply.body;
    EXPECT_EQ(reply.text("error"), GetParam().error);
    EXPECT_FALSE(reply.json()->has("access_token"));
}

Enterprise::JwtChange header(const std::string& name, const std::string& value) {
    return [=](Object& head, Object&) { head.set(name, value); };
}

template <class Value>
Enterprise::JwtChange claim(const std::string& name, const Value& value) {
    return [=](Object&, Object& claims) { claims.set(name, value); };
}

Enterprise::JwtChange no_claim(const std::string& name) {
    return [=](Object&, Object& claims) { claims.remove(name); };
}

Enterprise::JwtChange two_audiences() {
    return [](Object&, Object& claims) {
        Poco::JSON::Array::Ptr both = new Poco::JSON::Array;
        both->add(claims.getValue<std::string>("aud"));
        both->add("https://other.example");
        claims.set("aud", both);
    };
}

INSTANTIATE_TEST_SUITE_P(
    Of, IdJagRefusal,
    testing::Values(Fault{"AlgNone", header("alg", "none")},
                    Fault{"AlgHs256", header("alg", "HS256")},
                    Fault{"TypJwt", header("typ", "JWT")},
                    Fault{"NoTyp", [](Object& head, Object&) { head.remove("typ"); }},
                    Fault{"AnUnknownKey", header("kid", "idp-2")},
                    Fault{"ACriticalExtension", header("crit", "exp")},
                    Fault{"AnUntrustedIssuer", claim<std::string>("iss", "https://x.example")},
                    Fault{"AnotherAudience", claim<std::string>("aud", "https://x.example")},
                    Fault{"TwoAudiences", two_audiences()}, Fault{"NoAudience", no_claim("aud")},
                    Fault{"AnotherClient", claim<std::string>("client_id", "host-at-mail")},
                    Fault{"NoClient", no_claim("client_id")}, Fault{"Expired", claim("exp", 1)},
                    Fault{"NoExpiry", no_claim("exp")}, Fault{"NoIssuedAt", no_claim("iat")},
                    Fault{"IssuedInTheFuture",
                          [](Object&, Object& claims) {
                              claims.set("iat", claims.getValue<int>("iat") + 250);
                          }},
                    Fault{"NoSubject", no_claim("sub")}, Fault{"NoId", no_claim("jti")},
                    Fault{"AnotherResource", claim<std::string>("resource", "https://x.example"),
                          "invalid_target"},
                    Fault{"NoResource", no_claim("resource"), "invalid_target"},
                    Fault{"NoScope", no_claim("scope"), "invalid_scope"}),
    [](const auto& instance) { return instance.param.name; });

TEST(AuthorizationServer, TakesAnAudienceThatIsAnArrayOfItselfAlone) {
    Peer peer;
    peer.enterprise().change_id_jag([](Object&, Object& claims) {
        Poco::JSON::Array::Ptr only = new Poco::JSON::Array;
        only->add(claims.getValue<std::string>("aud"));
        claims.set("aud", only);
    });
    EXPECT_EQ(peer.redeem(peer.redemption_fields(peer.id_jag())).status, 200);
}

TEST(AuthorizationServer, RefusesATamperedIdJag) {
    Peer peer;
    const std::string one = peer.id_jag("alice", "chat.read");
    const std::string more = peer.id_jag("alice", "chat.admin");
    const std::string mixed = more.substr(0, more.rfind('.')) + one.substr(one.rfind('.'));
    const Reply reply = peer.redeem(peer.redemption_fields(mixed));
    EXPECT_EQ(reply.text("error"), "invalid_grant");
    EXPECT_NE(reply.text("error_description").find("signature"), std::string::npos);
}

TEST(AuthorizationServer, RefusesAnIdJagSignedWithAKeyOfTheSameName) {
    Peer peer;
    const std::string genuine = peer.id_jag();
    const SigningKey forger("idp-1");
    const std::string input = genuine.substr(0, genuine.rfind('.'));
    const Reply reply =
        peer.redeem(peer.redemption_fields(input + "." + base64url(forger.sign(input))));
    EXPECT_EQ(reply.text("error"), "invalid_grant");
    EXPECT_EQ(peer.redeem(peer.redemption_fields(genuine)).status, 200) << "the genuine one";
}

TEST(AuthorizationServer, RefusesAnIdTokenAsAssertion) {
    Peer peer;
    const auto id_token = peer.enterprise().sign_in({.write = false});
    EXPECT_EQ(peer.redeem(peer.redemption_fields(*id_token)).text("error"), "invalid_grant");
}

TEST(AuthorizationServer, RefusesAResourceThatIsNotTheAssertions) {
    Peer peer;
    const Fields fields =
        with(peer.redemption_fields(peer.id_jag()), "resource", "https://x.example/mcp");
    EXPECT_EQ(peer.redeem(fields).text("error"), "invalid_target");
}

TEST(AuthorizationServer, TakesTheClaimsResourceWhereThatWins) {
    Options options;
    options.quirks.resource_claim_wins = true;
    Peer peer(options);
    const Fields fields =
        with(peer.redemption_fields(peer.id_jag()), "resource", "https://x.example/mcp");
    const Reply reply = peer.redeem(fields);
    EXPECT_EQ(claims_of(reply.text("access_token"))->getValue<std::string>("aud"),
              peer.enterprise().mcp_url());
}

TEST(AuthorizationServer, RefusesTheParameterResourceWhereItIsAskedTo) {
    Options options;
    options.quirks.resource_refused = true;
    Peer peer(options);
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.redeem(fields).text("error"), "invalid_request");
    EXPECT_EQ(peer.redeem(without(fields, "resource")).status, 200);
}

TEST(AuthorizationServer, RefusesAnotherGrantAndAMissingAssertion) {
    Peer peer;
    const Fields fields = peer.redemption_fields(peer.id_jag());
    EXPECT_EQ(peer.redeem(with(fields, "grant_type", "password")).text("error"),
              "unsupported_grant_type");
    EXPECT_EQ(peer.redeem(without(fields, "assertion")).text("error"), "invalid_request");
}

TEST(AuthorizationServer, AdvertisesTheGrantProfile) {
    Peer peer({.authorization_server_path = "/chat"});
    const std::string origin = peer.enterprise().origin(Server::authorization_server);
    const Reply reply = peer.get(origin + "/.well-known/oauth-authorization-server/chat");
    EXPECT_EQ(reply.text("issuer"), origin + "/chat");
    EXPECT_EQ(reply.json()
                  ->getArray("authorization_grant_profiles_supported")
                  ->getElement<std::string>(0),
              "urn:ietf:params:oauth:grant-profile:id-jag");
    EXPECT_EQ(reply.json()->getArray("grant_types_supported")->getElement<std::string>(0),
              "urn:ietf:params:oauth:grant-type:jwt-bearer");
}

}  // namespace
}  // namespace mcp_auth::demo
