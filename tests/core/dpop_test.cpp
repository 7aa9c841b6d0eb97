// DPoP in the request loop (protocol.md J2 to J4; design.md "The request loop").
#include "core_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/host/echo.hpp>
#include <mcp_auth/jws.hpp>

#include <gmock/gmock.h>

#include <fstream>
#include <set>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto a_jwk =
    R"({\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",)"
    R"(\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",)"
    R"(\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"})";

class DpopRequestTest : public CoreTest {
protected:
    void dpop(const std::string& value) {
        const auto at = configuration.find(R"("scopes")");
        configuration.insert(at, "\"dpop\": " + value + ", ");
    }
    // Documents of a server that demands DPoP, in place of the fixture's.
    void demand_in_metadata(const std::string& more = {}) {
        http = std::make_shared<ScriptedTransport>();
        http->on("GET", resource_url)
            .always()
            .json(200, R"({"resource": "https://mcp.example/mcp",
            "authorization_servers": ["https://auth.example"],
            "dpop_bound_access_tokens_required": true)" +
                           more + "}");
        http->on("GET", issuer_url).always().json(200, R"({"issuer": "https://auth.example",
            "token_endpoint": "https://auth.example/token"})");
    }
    void bound_next(const std::string& token) {
        http->on("POST", token_url)
            .json(200, R"({"access_token": ")" + token +
                           R"(", "token_type": "DPoP", "expires_in": 3600})");
    }
    // To a server that demands DPoP, with the token "t1" for it.
    Connection connect_bound() {
        demand_in_metadata();
        bound_next("t1");
        auto chat = connect();
        const auto token = chat.token();
        EXPECT_TRUE(token) << (token ? "" : token.error().message);
        return chat;
    }
    static Headers demanded(const std::string& parameters = R"(algs="ES256")",
                            const std::string& nonce = {}) {
        Headers headers{{"WWW-Authenticate", "DPoP " + parameters}};
        if (!nonce.empty()) headers.emplace_back("DPoP-Nonce", nonce);
        return headers;
    }
    static Headers wants_nonce(const std::string& nonce) {
        return demanded(R"(error="use_dpop_nonce")", nonce);
    }
    // Shows a token, and gives the proof that goes with it.
    Jws proof(Request& call, const std::string& token, const std::string& method = "POST") {
        const auto headers = call.authorize(method, server);
        if (!headers || headers->size() != 2) {
            ADD_FAILURE() << (headers ? "no proof" : headers.error().message);
            return {};
        }
        EXPECT_EQ(headers->at(0),
                  (std::pair<std::string, std::string>{"Authorization", "DPoP " + token}));
        EXPECT_EQ(headers->at(1).first, "DPoP");
        auto jws = Jws::decode(headers->at(1).second);
        EXPECT_TRUE(jws);
        return jws ? std::move(*jws) : Jws();
    }
    static std::string sent_proof(const HttpRequest& request) {
        for (const auto& [name, value] : request.headers)
            if (name == "DPoP") return value;
        return {};
    }
};

TEST_F(DpopRequestTest, AChallengeForDPoPIsAnsweredWithABoundTokenAndAFreshProofEachTime) {
    bound_next("t1");
    const auto chat = connect();
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, demanded()));
    const auto first = proof(call, "t1");
    EXPECT_EQ(first.payload.string("htm"), "POST");
    EXPECT_EQ(first.payload.string("htu"), server);
    EXPECT_FALSE(first.payload.string("ath").empty());
    const auto key = first.header.find("jwk")->dump();
    EXPECT_EQ(call.token()->type(), "DPoP");

    std::set<std::string> ids{std::string(first.payload.string("jti"))};
    for (const auto* method : {"POST", "GET", "DELETE"}) {
        auto next = chat.request();
        const auto shown = proof(next, "t1", method);
        EXPECT_EQ(shown.payload.string("htm"), method);
        EXPECT_EQ(shown.header.find("jwk")->dump(), key);
        ids.emplace(shown.payload.string("jti"));
    }
    EXPECT_EQ(ids.size(), 4U);
    // J1: and the same key at the token endpoint.
    const auto at_endpoint = Jws::decode(sent_proof(http->requests("POST", token_url).at(0)));
    ASSERT_TRUE(at_endpoint);
    EXPECT_EQ(at_endpoint->header.find("jwk")->dump(), key);
}

TEST_F(DpopRequestTest, MetadataThatDemandsItIsHeardWithoutAChallenge) {
    demand_in_metadata();
    bound_next("t1");
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->type(), "DPoP");
    EXPECT_NE(sent_proof(http->requests("POST", token_url).at(0)), "");
}

TEST_F(DpopRequestTest, ThePluginLearnsTheKeysThumbprint) {
    dpop(R"({"mode": "required", "key": ")" + std::string(a_jwk) + "\"}");
    std::string seen;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        const auto client = call.client({"mcp", {}, {}, {}});
        if (client) seen = client->dpop_jkt;
        return ask_token_endpoint(call, request);
    };
    bound_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(host_->connection(server)->token());
    const auto shown = proof(call, "t1");
    EXPECT_EQ(shown.header.find("jwk")->string("x"), "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    EXPECT_EQ(seen.size(), 43U);
}

TEST_F(DpopRequestTest, ANonceIsGivenOnceAndCountsNotAsARefusal) {  // J3
    const auto chat = connect_bound();
    bound_next("t2");
    auto call = chat.request();
    const auto first = proof(call, "t1");
    EXPECT_EQ(first.payload.find("nonce"), nullptr);
    ASSERT_TRUE(call.again(401, wants_nonce("n1")));
    const auto second = proof(call, "t1");  // the same token
    EXPECT_EQ(second.payload.string("nonce"), "n1");
    EXPECT_NE(second.payload.string("jti"), first.payload.string("jti"));
    EXPECT_EQ(acquisitions(), 1U);
    // I3 is untouched: a refused token is still replaced once.
    ASSERT_TRUE(call.again(401, demanded(R"(error="invalid_token")")));
    EXPECT_EQ(proof(call, "t2").payload.string("nonce"), "n1");
    EXPECT_FALSE(call.again(401, demanded(R"(error="invalid_token")")));
    EXPECT_EQ(call.error()->status, Status::denied);
}

TEST_F(DpopRequestTest, ANonceThatIsWantedForEverEndsTheRequest) {
    const auto chat = connect_bound();
    auto call = chat.request();
    proof(call, "t1");
    ASSERT_TRUE(call.again(401, wants_nonce("n1")));
    proof(call, "t1");
    EXPECT_FALSE(call.again(401, wants_nonce("n2")));
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->status, Status::protocol);
    EXPECT_EQ(call.error()->oauth_error, "use_dpop_nonce");
    // The next request has the newer one, and the token was never in doubt.
    auto next = chat.request();
    EXPECT_EQ(proof(next, "t1").payload.string("nonce"), "n2");
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(DpopRequestTest, ANonceThatIsWantedAndNotGivenEndsTheRequest) {
    const auto chat = connect_bound();
    auto call = chat.request();
    proof(call, "t1");
    EXPECT_FALSE(call.again(401, wants_nonce("")));
    EXPECT_EQ(call.error()->status, Status::protocol);
}

TEST_F(DpopRequestTest, ANonceMayComeWithAnyAnswer) {
    const auto chat = connect_bound();
    auto call = chat.request();
    proof(call, "t1");
    EXPECT_FALSE(call.again(200, {{"DPoP-Nonce", "n1"}}));
    auto next = chat.request();
    EXPECT_EQ(proof(next, "t1").payload.string("nonce"), "n1");
}

TEST_F(DpopRequestTest, TheMcpServersNonceIsNotShownToTheAuthorizationServer) {
    const auto chat = connect_bound();
    bound_next("t2");
    auto call = chat.request();
    proof(call, "t1");
    ASSERT_TRUE(call.again(401, wants_nonce("of-the-resource")));
    proof(call, "t1");
    ASSERT_TRUE(call.again(401, demanded(R"(error="invalid_token")")));
    proof(call, "t2");
    const auto at_endpoint = Jws::decode(sent_proof(http->requests("POST", token_url).at(1)));
    EXPECT_EQ(at_endpoint->payload.find("nonce"), nullptr);
}

TEST_F(DpopRequestTest, ABearerTokenIsDiscardedWhereItMustBeBound) {  // J4
    demand_in_metadata();
    grant_next("t1");
    const auto chat = connect();
    const auto token = chat.token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr("discarded"));
    EXPECT_FALSE(chat.cached());
}

TEST_F(DpopRequestTest, ABearerTokenIsDiscardedWhereTheAdministratorRequiresABoundOne) {
    dpop(R"("required")");
    grant_next("t1");
    EXPECT_EQ(connect().token().status(), Status::misconfigured);
}

TEST_F(DpopRequestTest, ABearerTokenIsFineWhereTheServerOffersBoth) {
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, {{"WWW-Authenticate", "Bearer, DPoP algs=\"ES256\""}}));
    const auto headers = call.authorize("POST", server);
    ASSERT_TRUE(headers) << headers.error().message;
    EXPECT_EQ(*headers, (Headers{{"Authorization", "Bearer t1"}}));
    EXPECT_NE(sent_proof(http->requests("POST", token_url).at(0)), "");
}

TEST_F(DpopRequestTest, ABearerTokenOfBeforeIsNotShownOnceTheServerDemandsABoundOne) {
    grant_next("t1");
    bound_next("t2");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    auto call = chat.request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, demanded()));
    proof(call, "t2");
    EXPECT_EQ(chat.cached()->value(), "t2");
}

TEST_F(DpopRequestTest, ABoundTokenThatNobodyAskedForIsMisconfigured) {
    bound_next("t1");
    const auto token = connect().token();
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(sent_proof(http->requests("POST", token_url).at(0)), "");
}

TEST_F(DpopRequestTest, OffRefusesADemandBeforeAnythingIsSent) {
    dpop(R"("off")");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, demanded()));
    const auto headers = call.authorize("POST", server);
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.error().status, Status::misconfigured);
    EXPECT_EQ(headers.error().leg, "challenge");
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(DpopRequestTest, OffTakesBearerWhereBothAreOffered) {
    dpop(R"("off")");
    grant_next("t1");
    auto call = connect().request();
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, {{"WWW-Authenticate", "DPoP algs=\"ES256\", Bearer"}}));
    EXPECT_TRUE(call.authorize("POST", server));
    EXPECT_EQ(sent_proof(http->requests("POST", token_url).at(0)), "");
}

TEST_F(DpopRequestTest, AnAlgorithmThatAServerDoesNotListIsRefusedBeforeAnythingIsSent) {
    dpop(R"({"alg": "ES384"})");
    demand_in_metadata(R"(, "dpop_signing_alg_values_supported": ["ES256"])");
    const auto token = connect().token();
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "resource_metadata");
    EXPECT_THAT(token.error().message, HasSubstr("accepts DPoP proofs by ES256"));
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(DpopRequestTest, AKeyThatCannotBeReadIsRefusedBeforeAnythingIsSent) {
    dpop(R"({"mode": "required", "key": {"file": "/nonexistent/dpop.pem"}})");
    const auto token = connect().token();
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "dpop");
    EXPECT_THAT(token.error().message, HasSubstr("DPoP key of the connection \"chat\""));
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(DpopRequestTest, ATokenIsShownWithItsOwnKeyEvenAfterTheFileHasAnother) {
    const TemporaryDirectory directory;
    const auto path = directory.path() + "/dpop.jwk";
    const auto write = [&](const char* x, const char* y, const char* d) {
        std::ofstream(path) << R"({"kty":"EC","crv":"P-256","x":")" << x << R"(","y":")" << y
                            << R"(","d":")" << d << "\"}";
    };
    write("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
          "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
          "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    dpop(R"({"mode": "required", "key": {"file": ")" + path + "\"}}");
    bound_next("t1");
    bound_next("t2");
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    std::ofstream(path) << "gone wrong";
    auto call = chat.request();
    EXPECT_EQ(proof(call, "t1").header.find("jwk")->string("x"),
              "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    // Anew, what the file holds counts: never the old key instead.
    ASSERT_TRUE(call.again(401, demanded(R"(error="invalid_token")")));
    EXPECT_EQ(call.authorize("POST", server).status(), Status::misconfigured);
    EXPECT_EQ(acquisitions(), 1U);
}

TEST_F(DpopRequestTest, ARefusalDoesNotRepeatTheProofThatWasShown) {  // L4
    const auto chat = connect_bound();
    auto call = chat.request();
    const auto headers = call.authorize("POST", server);
    ASSERT_TRUE(headers);
    ASSERT_EQ(headers->size(), 2U);
    const auto& proof = headers->at(1).second;
    EXPECT_FALSE(
        call.again(403, demanded("error=\"" + proof.substr(0, 60) +
                                 "\", error_description=\"no: " + proof.substr(100) + "\"")));
    ASSERT_TRUE(call.error());
    EXPECT_EQ(call.error()->description, withheld);
    EXPECT_EQ(call.error()->oauth_error, withheld);
}

TEST_F(DpopRequestTest, NothingOfAProofOrKeyIsInAnEvent) {  // L4
    const auto chat = connect_bound();
    const auto sent = sent_proof(http->requests("POST", token_url).at(0));
    for (const auto& event : audit->events())
        for (const auto& [name, value] : event.fields)
            EXPECT_EQ(value.find(sent.substr(sent.size() - 20)), std::string::npos) << name;
}

}  // namespace
}  // namespace mcp_auth::host::testing
