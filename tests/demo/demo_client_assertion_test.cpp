// private_key_jwt at the demo's token endpoints: one good assertion, and one thing wrong each time.
#include "peer.hpp"

#include "jwt.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <ostream>

namespace mcp_auth::demo {
namespace {

constexpr char jwt_bearer[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

Options by_key(const std::string& algorithm) {
    Options options;
    for (Client* client : {&options.idp_client, &options.mcp_client}) {
        client->method = ClientMethod::private_key_jwt;
        client->algorithm = algorithm;
    }
    return options;
}

std::string assertion(const Client& client, const Object& header, const Object& claims) {
    const std::string input = base64url(to_text(header)) + "." + base64url(to_text(claims));
    return input + "." + base64url(sign(from_private_pem(client.key), client.algorithm, input));
}

struct Assertion {
    Object header, claims;
};
Assertion good(const Client& client, const std::string& issuer, const std::string& id = "a1") {
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    Assertion made;
    made.header.set("alg", client.algorithm);
    made.header.set("kid", "host-1");
    made.claims.set("iss", client.id);
    made.claims.set("sub", client.id);
    made.claims.set("aud", issuer);
    made.claims.set("jti", id);
    made.claims.set("iat", now);
    made.claims.set("exp", now + 60);
    return made;
}

Fields with_assertion(const Fields& fields, const std::string& assertion) {
    return with(with(fields, "client_assertion_type", jwt_bearer), "client_assertion", assertion);
}

class DemoClientAssertion : public ::testing::TestWithParam<const char*> {};

TEST_P(DemoClientAssertion, IsTakenAtBothTokenEndpoints) {
    Peer peer(by_key(GetParam()));
    const auto& enterprise = peer.enterprise();
    const auto& idp = enterprise.idp_client();
    const auto first = good(idp, enterprise.idp_issuer());
    const Reply exchanged = peer.form(
        peer.idp_token_url(),
        with_assertion(peer.exchange_fields(), assertion(idp, first.header, first.claims)), {});
    ASSERT_EQ(exchanged.status, 200) << exchanged.body;
    const auto& mcp = enterprise.mcp_client();
    const auto second =
        good(mcp, peer.token_url());  // the token endpoint is another right audience
    const Reply redeemed =
        peer.form(peer.token_url(),
                  with_assertion(peer.redemption_fields(exchanged.text("access_token")),
                                 assertion(mcp, second.header, second.claims)),
                  {});
    EXPECT_EQ(redeemed.status, 200) << redeemed.body;
}

INSTANTIATE_TEST_SUITE_P(Each, DemoClientAssertion,
                         ::testing::Values("ES256", "ES384", "RS256", "PS256"),
                         [](const auto& instance) { return std::string(instance.param); });

struct AssertionFault {
    const char* name;
    std::function<void(Assertion&)> change;
    const char* says;
};
void PrintTo(const AssertionFault& fault, std::ostream* out) {
    *out << fault.name;
}

class DemoClientAssertionFault : public ::testing::TestWithParam<AssertionFault> {};

TEST_P(DemoClientAssertionFault, IsAnInvalidClient) {
    Peer peer(by_key("ES256"));
    const auto& client = peer.enterprise().idp_client();
    auto made = good(client, peer.enterprise().idp_issuer());
    GetParam().change(made);
    const Reply reply = peer.form(
        peer.idp_token_url(),
        with_assertion(peer.exchange_fields(), assertion(client, made.header, made.claims)), {});
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.text("error"), "invalid_client");
    EXPECT_NE(reply.text("error_description").find(GetParam().says), std::string::npos)
        << reply.body;
}

INSTANTIATE_TEST_SUITE_P(
    Each, DemoClientAssertionFault,
    ::testing::Values(
        AssertionFault{"AnotherAlgorithm", [](Assertion& a) { a.header.set("alg", "RS256"); },
                       "alg is not ES256"},
        AssertionFault{"AnotherKeyId", [](Assertion& a) { a.header.set("kid", "host-2"); },
                       "kid is another"},
        AssertionFault{"AnotherType", [](Assertion& a) { a.header.set("typ", "at+jwt"); },
                       "typ is not"},
        AssertionFault{"AnotherIssuer", [](Assertion& a) { a.claims.set("iss", "x"); },
                       "iss and sub"},
        AssertionFault{"AnotherSubject", [](Assertion& a) { a.claims.set("sub", "x"); },
                       "iss and sub"},
        AssertionFault{"AnotherAudience",
                       [](Assertion& a) { a.claims.set("aud", "https://other.example"); },
                       "aud is not"},
        AssertionFault{"Expired", [](Assertion& a) { a.claims.set("exp", std::int64_t{1}); },
                       "expired"},
        AssertionFault{
            "ALongLife",
            [](Assertion& a) { a.claims.set("exp", a.claims.getValue<std::int64_t>("iat") + 61); },
            "lives too long"},
        AssertionFault{"NoJti", [](Assertion& a) { a.claims.remove("jti"); }, "jti is missing"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(DemoClientAssertion, IsNotTakenTwiceNorByAnotherKey) {
    Peer peer(by_key("ES256"));
    Client client = peer.enterprise().idp_client();
    const auto made = good(client, peer.enterprise().idp_issuer());
    const auto once = assertion(client, made.header, made.claims);
    const auto send = [&](const std::string& shown) {
        return peer.form(peer.idp_token_url(), with_assertion(peer.exchange_fields(), shown), {});
    };
    EXPECT_EQ(send(once).status, 200);
    EXPECT_NE(send(once).text("error_description").find("shown before"), std::string::npos);
    client.key = private_pem(generate_key());
    const auto next = good(client, peer.enterprise().idp_issuer(), "a2");
    const Reply forged = send(assertion(client, next.header, next.claims));
    EXPECT_NE(forged.text("error_description").find("does not verify"), std::string::npos);
}

}  // namespace
}  // namespace mcp_auth::demo
