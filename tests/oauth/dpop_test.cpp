// DPoP proofs (RFC 9449; protocol.md J): what they say, at token endpoints with and without nonces.
#include "dpop.hpp"

#include "published_keys.hpp"
#include "token_endpoint_fixture.hpp"

#include "json_web_key.hpp"

#include <mcp_auth/jws.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const SigningKey> a_key() {
    static const auto key = std::make_shared<const SigningKey>(*SigningKey::generate());
    return key;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers)
        if (key == name) return value;
    return {};
}

Jws proof_of(const HttpRequest& request) {
    auto jws = Jws::decode(header_of(request, "DPoP"));
    EXPECT_TRUE(jws) << "no proof";
    return jws ? std::move(*jws) : Jws();
}

Jws proof(const DpopRequest& request) {
    ManualClock clock;
    const auto made = make_dpop_proof(*a_key(), JwsAlgorithm::es256, request, clock);
    EXPECT_TRUE(made);
    return *Jws::decode(made->reveal());
}

Url url(const std::string& text) {
    return *Url::parse(text);
}

TEST(DpopProof, IsForOneMethodAndUrlAndSignedByTheKeyItCarries) {  // RFC 9449 4.2
    const auto target = url("https://Server.Example:443/token?x=1");
    const auto jws = proof({"POST", target, {}, {}});
    EXPECT_EQ(jws.header.string("typ"), "dpop+jwt");
    EXPECT_EQ(jws.header.string("alg"), "ES256");
    EXPECT_EQ(*jws.header.find("jwk"), a_key()->public_jwk());
    EXPECT_EQ(jws.header.find("jwk")->find("d"), nullptr);
    EXPECT_EQ(jws.payload.string("htm"), "POST");
    EXPECT_EQ(jws.payload.string("htu"), "https://server.example/token");
    EXPECT_EQ(jws.payload.find("iat")->as_integer(), ManualClock::start_wall);
    EXPECT_EQ(jws.payload.string("jti").size(), 22U);
    EXPECT_EQ(jws.payload.find("ath"), nullptr);
    EXPECT_EQ(jws.payload.find("nonce"), nullptr);
    const auto key = read_public_jwk(*jws.header.find("jwk"));
    ASSERT_TRUE(key);
    EXPECT_TRUE(verify(key->get(), JwsAlgorithm::es256, jws.signing_input.reveal(),
                       jws.signature.reveal()));
}

TEST(DpopProof, NamesTheRootOfAServerWhoseUrlHasNoPath) {
    const auto target = url("https://server.example:8443");
    EXPECT_EQ(proof({"GET", target, {}, {}}).payload.string("htu"), "https://server.example:8443/");
}

TEST(DpopProof, HashesTheAccessTokenAsRfc9449Publishes) {  // 7, figure 12
    const auto target = url("https://resource.example.org/protectedresource");
    const auto jws =
        proof({"GET", target, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", "eyJ7S_zG.eyJH0-Z"});
    EXPECT_EQ(jws.payload.string("ath"), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    EXPECT_EQ(jws.payload.string("nonce"), "eyJ7S_zG.eyJH0-Z");
}

TEST(DpopNonce, IsTakenFromOneHeaderThatHoldsWhatANonceMay) {
    EXPECT_EQ(dpop_nonce_of({{"dpop-nonce", "abc"}}), "abc");
    EXPECT_EQ(dpop_nonce_of({{"DPoP-Nonce", "a"}, {"DPoP-Nonce", "b"}}), "");
    EXPECT_EQ(dpop_nonce_of({{"DPoP-Nonce", ""}}), "");
    EXPECT_EQ(dpop_nonce_of({{"DPoP-Nonce", "a b"}}), "");
    EXPECT_EQ(dpop_nonce_of({{"DPoP-Nonce", "a\"b"}}), "");
    EXPECT_EQ(dpop_nonce_of({{"DPoP-Nonce", std::string(1025, 'a')}}), "");
}

class DpopTokenRequest : public TokenEndpointFixture {
protected:
    DpopTokenRequest() { terms.key = a_key(); }
    Result<TokenResponse> request_with_proof() {
        std::vector<std::pair<std::string, Secret>> form;
        for (const auto& [name, value] : fields) form.emplace_back(name, Secret(value));
        return endpoint.request(client, server, form, trace, {}, terms);
    }
    ScriptedTransport::Script& wants_nonce(const std::string& nonce) {
        return on_token().json(400, R"({"error":"use_dpop_nonce"})", {{"DPoP-Nonce", nonce}});
    }
    DpopTerms terms;
};

TEST_F(DpopTokenRequest, CarriesAProofForTheEndpointBesideTheClientsAuthentication) {
    server.token_endpoint = "https://auth.example/oauth/token?tenant=7";
    http.on("POST", server.token_endpoint).json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    const auto sent = http.requests().at(0);
    EXPECT_EQ(proof_of(sent).payload.string("htu"), endpoint_url);
    EXPECT_EQ(proof_of(sent).payload.find("nonce"), nullptr);
    EXPECT_THAT(header_of(sent, "Authorization"), HasSubstr("Basic "));
}

TEST_F(DpopTokenRequest, HasNoProofWithoutAKey) {
    terms = {};
    on_token().json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    EXPECT_EQ(header_of(http.requests().at(0), "DPoP"), "");
}

TEST_F(DpopTokenRequest, IsSentOnceMoreWithTheNonceThatTheServerWants) {  // J3
    wants_nonce("n1").json(200, good_answer);
    const auto answer = request_with_proof();
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(http.requests().size(), 2U);
    const auto first = proof_of(http.requests().at(0)), second = proof_of(http.requests().at(1));
    EXPECT_EQ(second.payload.string("nonce"), "n1");
    EXPECT_NE(second.payload.string("jti"), first.payload.string("jti"));
    EXPECT_EQ(http.requests().at(0).body, http.requests().at(1).body);
}

TEST_F(DpopTokenRequest, KeepsTheNonceForTheNextOneAndTakesANewerOneFromAnyAnswer) {
    wants_nonce("n1")
        .json(200, good_answer, {{"DPoP-Nonce", "n2"}})
        .json(400, R"({"error":"invalid_scope"})", {{"DPoP-Nonce", "n3"}})
        .json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    ASSERT_FALSE(request_with_proof());
    ASSERT_TRUE(request_with_proof());
    std::vector<std::string> nonces;
    for (const auto& sent : http.requests())
        nonces.emplace_back(proof_of(sent).payload.string("nonce"));
    EXPECT_EQ(nonces, (std::vector<std::string>{"", "n1", "n2", "n3"}));
}

TEST_F(DpopTokenRequest, KeepsTheNoncesOfServersApart) {
    wants_nonce("n1").json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    server.token_endpoint = "https://other.example/token";
    http.on("POST", server.token_endpoint).json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    EXPECT_EQ(proof_of(http.requests().back()).payload.find("nonce"), nullptr);
}

TEST_F(DpopTokenRequest, StopsWhereAnotherNonceIsWantedForEver) {
    wants_nonce("n1").always();
    const auto answer = request_with_proof();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.status(), Status::protocol);
    EXPECT_EQ(answer.error().oauth_error, "use_dpop_nonce");
    EXPECT_EQ(http.requests().size(), 2U);
}

TEST_F(DpopTokenRequest, StopsWhereANonceIsWantedAndNoneIsGiven) {
    on_token().json(400, R"({"error":"use_dpop_nonce"})").always();
    EXPECT_EQ(request_with_proof().status(), Status::protocol);
    EXPECT_EQ(http.requests().size(), 1U);
}

// K2: nothing was carried out, so even a code is shown again; but not after anything else.
TEST_F(DpopTokenRequest, ShowsACodeOnceMoreForANonceAndNeverOtherwise) {
    fields = {{"grant_type", "authorization_code"}, {"code", "canary-code"}};
    wants_nonce("n1").json(503, "busy");
    EXPECT_EQ(request_with_proof().status(), Status::unavailable);
    EXPECT_EQ(http.requests().size(), 2U);
}

TEST_F(DpopTokenRequest, CountsANonceNotAsATry) {  // K2
    clock->auto_advance(true);
    wants_nonce("n1").json(503, "busy").json(503, "busy").json(200, good_answer);
    EXPECT_TRUE(request_with_proof());
    EXPECT_EQ(http.requests().size(), 4U);
}

TEST_F(DpopTokenRequest, DatesItsProofByTheServersClock) {  // H2
    on_token()
        .json(200, good_answer, {{"Date", "Fri, 15 Jan 2027 09:00:00 GMT"}})  // an hour ahead
        .json(200, good_answer);
    ASSERT_TRUE(request_with_proof());
    ASSERT_TRUE(request_with_proof());
    EXPECT_EQ(proof_of(http.requests().at(1)).payload.find("iat")->as_integer(),
              ManualClock::start_wall + 3600);
}

TEST_F(DpopTokenRequest, IsNotSentWhereTheServerDoesNotListTheKeysAlgorithm) {
    server.dpop_algorithms = std::vector<std::string>{"RS256", "canary"};
    const auto answer = request_with_proof();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.status(), Status::misconfigured);
    EXPECT_THAT(answer.error().message, HasSubstr("accepts DPoP proofs by RS256 "));
    EXPECT_THAT(answer.error().message, HasSubstr("an EC key on P-256"));
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(DpopTokenRequest, IsNotSentWithAKeyOfAnotherTypeThanAlg) {
    terms.algorithm = "RS256";
    const auto answer = request_with_proof();
    EXPECT_EQ(answer.status(), Status::misconfigured);
    EXPECT_THAT(answer.error().message, HasSubstr("does not sign the configured RS256"));
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(DpopTokenRequest, LeavesNothingOfTheProofInAnErrorThatRepeatsIt) {  // L4
    on_token().answer([](const HttpRequest& request, const Bounds&) {
        HttpResponse response;
        response.status = 400;
        response.body = R"({"error":"invalid_dpop_proof","error_description":")" +
                        header_of(request, "DPoP").substr(0, 80) + "\"}";
        return Result<HttpResponse>(response);
    });
    const auto answer = request_with_proof();
    EXPECT_EQ(answer.status(), Status::misconfigured);
    EXPECT_THAT(answer.error().description, HasSubstr("withheld"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
