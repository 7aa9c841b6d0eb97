// The identity provider of protocol.md M: a valid token exchange, and each with one thing wrong.
#include "peer.hpp"

#include <functional>

namespace mcp_auth::demo {
namespace {

TEST(IdentityProvider, ExchangesAnIdTokenForAnIdJagOfTheMcpClient) {
    Peer peer;
    const Reply reply = peer.exchange(peer.exchange_fields());
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
    EXPECT_EQ(reply.text("issued_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
    EXPECT_EQ(reply.text("token_type"), "N_A");
    EXPECT_EQ(reply.text("scope"), "chat.read");
    EXPECT_FALSE(reply.json()->has("refresh_token"));

    const auto claims = claims_of(reply.text("access_token"));
    EXPECT_EQ(claims->getValue<std::string>("iss"), peer.enterprise().idp_issuer());
    EXPECT_EQ(claims->getValue<std::string>("aud"),
              peer.enterprise().authorization_server_issuer());
    EXPECT_EQ(claims->getValue<std::string>("client_id"), "host-at-chat");
    EXPECT_EQ(claims->getValue<std::string>("resource"), peer.enterprise().mcp_url());
    EXPECT_EQ(claims->getValue<std::string>("scope"), "chat.read");
    EXPECT_LE(claims->getValue<int>("exp") - claims->getValue<int>("iat"), 300);
    EXPECT_FALSE(claims->getValue<std::string>("jti").empty());
}

TEST(IdentityProvider, NeverIssuesAnIdJagForMoreThanFiveMinutes) {
    Peer peer({.id_jag_lifetime = 86400});
    const auto claims = claims_of(peer.id_jag());
    EXPECT_EQ(claims->getValue<int>("exp") - claims->getValue<int>("iat"), 300);
}

TEST(IdentityProvider, NarrowsTheScopeToWhatPolicyAllowsAndSaysSo) {
    Peer peer;
    const Reply reply = peer.exchange(peer.exchange_fields("carol", "chat.read chat.admin"));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.text("scope"), "chat.read");
    EXPECT_EQ(claims_of(reply.text("access_token"))->getValue<std::string>("scope"), "chat.read");
}

TEST(IdentityProvider, GrantsAllThatPolicyAllowsWhenNoScopeIsAskedFor) {
    Peer peer;
    const Reply reply = peer.exchange(without(peer.exchange_fields(), "scope"));
    EXPECT_EQ(reply.text("scope"), "chat.read chat.write chat.admin");
}

struct Refusal {
    std::string name;
    std::function<Fields(Peer&)> fields;
    int status;
    std::string error;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.name;
}

class ExchangeRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ExchangeRefusal, HasTheRightErrorAndNoToken) {
    Peer peer;
    const Reply reply = peer.exchange(GetParam().fields(peer));
    EXPECT_EQ(reply.status, GetParam().status) << reply.body;
    EXPECT_EQ(reply.text("error"), GetParam().error);
    EXPECT_FALSE(reply.json()->has("access_token"));
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
}

std::function<Fields(Peer&)> changed(const std::string& name, const std::string& value) {
    return [=](Peer& peer) { return with(peer.exchange_fields(), name, value); };
}

std::function<Fields(Peer&)> missing(const std::string& name) {
    return [=](Peer& peer) { return without(peer.exchange_fields(), name); };
}

std::function<Fields(Peer&)> subject(const SignIn& how) {
    return [=](Peer& peer) {
        return with(peer.exchange_fields(), "subject_token", *peer.enterprise().sign_in(how));
    };
}

INSTANTIATE_TEST_SUITE_P(
    Of, ExchangeRefusal,
    testing::Values(
        Refusal{"AnotherGrant", changed("grant_type", "password"), 400, "unsupported_grant_type"},
        Refusal{"NoGrant", missing("grant_type"), 400, "unsupported_grant_type"},
        Refusal{"AnotherRequestedType",
                changed("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                400, "invalid_request"},
        Refusal{"AnotherSubjectType",
                changed("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"), 400,
                "invalid_request"},
        Refusal{"NoSubjectToken", missing("subject_token"), 400, "invalid_request"},
        Refusal{"NoAudience", missing("audience"), 400, "invalid_request"},
        Refusal{"NoResource", missing("resource"), 400, "invalid_request"},
        Refusal{"ADuplicatedField",
                [](Peer& peer) {
                    Fields fields = peer.exchange_fields();
                    fields.emplace_back("scope", "chat.admin");
                    return fields;
                },
                400, "invalid_request"},
        Refusal{"AnUnknownAudience", changed("audience", "https://auth.elsewhere.example"), 400,
                "invalid_target"},
        Refusal{"AnotherAudiencesResource", changed("resource", "https://mcp.elsewhere.example/"),
                400, "invalid_target"},
        Refusal{"AUserWithoutAccess", [](Peer& peer) { return peer.exchange_fields("bob"); }, 400,
                "access_denied"},
        Refusal{"ALockedUser", [](Peer& peer) { return peer.exchange_fields("mallory"); }, 400,
                "invalid_grant"},
        Refusal{"AScopeThatPolicyDenies",
                [](Peer& peer) { return peer.exchange_fields("carol", "chat.admin"); }, 400,
                "invalid_scope"},
        Refusal{"AnExpiredIdToken", subject({.lifetime = -1, .write = false}), 400,
                "invalid_request"},
        Refusal{"AnIdTokenOfAnotherClient", subject({.audience = "mail-client", .write = false}),
                400, "invalid_request"},
        Refusal{"AnIdTokenOfAnotherIssuer",
                subject({.issuer = "https://idp.elsewhere.example", .write = false}), 400,
                "invalid_request"},
        Refusal{"ASubjectTokenThatIsNoJwt", changed("subject_token", "opaque"), 400,
                "invalid_request"},
        Refusal{
            "AnIdJagAsSubjectToken",  // same key and issuer, another typ
            [](Peer& peer) { return with(peer.exchange_fields(), "subject_token", peer.id_jag()); },
            400, "invalid_request"},
        Refusal{"ATamperedIdToken",
                [](Peer& peer) {
                    Fields fields = peer.exchange_fields("bob");
                    for (auto& [name, value] : fields) {
                        if (name != "subject_token") continue;
                        const Fields alice = peer.exchange_fields("alice");
                        for (const auto& [other, token] : alice)
                            if (other == name)  // alice's claims under bob's signature
                                value = token.substr(0, token.rfind('.')) +
                                        value.substr(value.rfind('.'));
                    }
                    return fields;
                },
                400, "invalid_request"}),
    [](const auto& instance) { return instance.param.name; });

TEST(IdentityProvider, AuthenticatesTheClientBeforeItLooksAtAnythingElse) {
    Peer peer;
    Client client = peer.enterprise().idp_client();
    client.secret += "x";
    const Fields nonsense{{"grant_type", "nonsense"}};
    const Reply reply = peer.form(peer.idp_token_url(), nonsense, Peer::basic(client));
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.text("error"), "invalid_client");
    EXPECT_NE(reply.header("WWW-Authenticate"), "");
}

TEST(IdentityProvider, TakesTheSecretInTheBodyWhereThatIsRegistered) {
    Options options;
    options.idp_client.method = ClientMethod::client_secret_post;
    Peer peer(options);
    Fields fields = with(peer.exchange_fields(), "client_id", peer.enterprise().idp_client().id);
    const Fields valid = with(fields, "client_secret", peer.enterprise().idp_client().secret);
    EXPECT_EQ(peer.form(peer.idp_token_url(), valid, {}).status, 200);
    const Reply wrong = peer.form(peer.idp_token_url(), with(fields, "client_secret", "x"), {});
    EXPECT_EQ(wrong.text("error"), "invalid_client");
    EXPECT_EQ(peer.exchange(peer.exchange_fields()).text("error"), "invalid_client") << "basic";
}

TEST(IdentityProvider, RefusesAPublicClientThatSendsASecret) {
    Options options;
    options.idp_client.method = ClientMethod::none;
    Peer peer(options);
    const Fields fields =
        with(peer.exchange_fields(), "client_id", peer.enterprise().idp_client().id);
    EXPECT_EQ(peer.form(peer.idp_token_url(), fields, {}).status, 200);
    const Reply reply = peer.form(peer.idp_token_url(), with(fields, "client_secret", "x"), {});
    EXPECT_EQ(reply.text("error"), "invalid_client");
    EXPECT_EQ(peer.enterprise().idp_client().secret, "");
}

TEST(IdentityProvider, PublishesMetadataAtTheAppendedFormAloneWhereItIsAskedTo) {
    Options options;
    options.idp_path = "/realms/acme";
    options.quirks.metadata_appended_only = true;
    Peer peer(options);
    const std::string origin = peer.enterprise().origin(Server::idp);
    EXPECT_EQ(peer.get(origin + "/.well-known/oauth-authorization-server/realms/acme").status, 404);
    EXPECT_EQ(peer.get(origin + "/.well-known/openid-configuration/realms/acme").status, 404);
    EXPECT_EQ(peer.get(origin + "/realms/acme/.well-known/openid-configuration").status, 200);
}

TEST(IdentityProvider, RefusesTwoAuthenticationMethodsAtOnce) {
    Peer peer;
    const Fields fields =
        with(peer.exchange_fields(), "client_secret", peer.enterprise().idp_client().secret);
    const Reply reply = peer.exchange(fields);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.text("error"), "invalid_request");
}

TEST(IdentityProvider, PublishesMetadataUnderEveryFormOfAnIssuerWithAPath) {
    Peer peer({.idp_path = "/tenant1"});
    const std::string origin = peer.enterprise().origin(Server::idp);
    EXPECT_EQ(peer.enterprise().idp_issuer(), origin + "/tenant1");
    for (const char* path : {"/.well-known/oauth-authorization-server/tenant1",
                             "/.well-known/openid-configuration/tenant1",
                             "/tenant1/.well-known/openid-configuration"}) {
        const Reply reply = peer.get(origin + path);
        EXPECT_EQ(reply.status, 200) << path;
        EXPECT_EQ(reply.text("issuer"), peer.enterprise().idp_issuer());
        EXPECT_EQ(reply.text("token_endpoint"), origin + "/tenant1/token");
        EXPECT_EQ(peer.get(reply.text("jwks_uri")).status, 200);
    }
    EXPECT_EQ(peer.get(origin + "/.well-known/oauth-authorization-server").status, 404);
}

}  // namespace
}  // namespace mcp_auth::demo
