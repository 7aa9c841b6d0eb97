// Proofs at the demo's servers: one good one, and one thing wrong each time (RFC 9449 4.3).
#include "code_request.hpp"
#include "peer.hpp"

#include "dpop.hpp"
#include "jwt.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <ostream>

namespace mcp_auth::demo {
namespace {

// Somebody with a key: here the demo's own signing key serves, with the JWK that it publishes.
struct Holder {
    SigningKey key{"holder"};
    Object::Ptr jwk = [this] {
        Object::Ptr whole = parse_object(key.jwks())->getArray("keys")->getObject(0);
        Object::Ptr bare = new_object();
        for (const char* name : {"kty", "crv", "x", "y"}) bare->set(name, whole->get(name));
        return bare;
    }();
    std::string thumb() const { return thumbprint(*jwk); }
};

struct Proof {
    Object header, claims;
};

Proof good(const Holder& holder, const std::string& method, const std::string& url,
           const std::string& token = {}) {
    static int count = 0;
    Proof proof;
    proof.header.set("typ", "dpop+jwt");
    proof.header.set("alg", "ES256");
    proof.header.set("jwk", holder.jwk);
    proof.claims.set("jti", "proof-" + std::to_string(++count));
    proof.claims.set("htm", method);
    proof.claims.set("htu", url);
    proof.claims.set("iat", static_cast<std::int64_t>(std::time(nullptr)));
    if (!token.empty()) proof.claims.set("ath", base64url(sha256(token)));
    return proof;
}

HeaderList shown(const Holder& holder, const Proof& proof, HeaderList headers = {}) {
    headers.emplace_back("DPoP", sign_jwt(holder.key, proof.header, proof.claims));
    return headers;
}

Options demanding(DpopNonces nonces = DpopNonces::none) {
    Options options;
    options.dpop = true;
    options.dpop_nonces = nonces;
    return options;
}

class DemoDpop : public ::testing::Test {
protected:
    void start(DpopNonces nonces = DpopNonces::none) {
        peer = std::make_unique<Peer>(demanding(nonces));
    }
    Reply exchange(const HeaderList& headers) {
        return peer->form(peer->idp_token_url(), peer->exchange_fields(), headers);
    }
    HeaderList for_idp(const Holder& by) const {
        return shown(by, good(by, "POST", peer->idp_token_url()), peer->idp_basic());
    }
    std::string access_token(const Holder& by) {
        const Reply exchanged = exchange(for_idp(by));
        EXPECT_EQ(exchanged.status, 200) << exchanged.body;
        const Reply redeemed = redeem(exchanged.text("access_token"), by);
        EXPECT_EQ(redeemed.status, 200) << redeemed.body;
        return redeemed.text("access_token");
    }
    Reply redeem(const std::string& id_jag, const Holder& by) {
        return peer->form(peer->token_url(), peer->redemption_fields(id_jag),
                          shown(by, good(by, "POST", peer->token_url()), peer->mcp_basic()));
    }
    Reply ask(const std::string& token, const HeaderList& proof,
              const std::string& scheme = "DPoP") {
        HeaderList headers = proof;
        headers.emplace_back("Authorization", scheme + " " + token);
        headers.emplace_back("Content-Type", "application/json");
        headers.emplace_back("Accept", "application/json, text/event-stream");
        return peer->send("POST", peer->enterprise().mcp_url(), headers,
                          R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                          R"("protocolVersion":"2025-11-25","capabilities":{},)"
                          R"("clientInfo":{"name":"t","version":"1"}}})");
    }
    HeaderList for_mcp(const Holder& by, const std::string& token) const {
        return shown(by, good(by, "POST", peer->enterprise().mcp_url(), token));
    }

    std::unique_ptr<Peer> peer;
    Holder us, thief;
};

TEST_F(DemoDpop, BindsIdJagAndTokenToTheKeyThatWasProved) {
    start();
    const Reply exchanged = exchange(for_idp(us));
    ASSERT_EQ(exchanged.status, 200) << exchanged.body;
    const auto id_jag = exchanged.text("access_token");
    EXPECT_EQ(bound_to(*claims_of(id_jag)), us.thumb());
    const Reply redeemed = redeem(id_jag, us);
    ASSERT_EQ(redeemed.status, 200) << redeemed.body;
    EXPECT_EQ(redeemed.text("token_type"), "DPoP");
    const auto token = redeemed.text("access_token");
    EXPECT_EQ(bound_to(*claims_of(token)), us.thumb());
    EXPECT_EQ(ask(token, for_mcp(us, token)).status, 200);
}

TEST_F(DemoDpop, RefusesAnIdJagFromAnotherKey) {
    start();
    const Reply reply = redeem(exchange(for_idp(us)).text("access_token"), thief);
    EXPECT_EQ(reply.text("error"), "invalid_grant");
}

TEST_F(DemoDpop, RefusesATokenWithTheProofOfAnotherKeyOrWithNone) {
    start();
    const auto token = access_token(us);
    EXPECT_EQ(ask(token, for_mcp(thief, token)).status, 401);
    EXPECT_EQ(ask(token, {}).status, 401);
    EXPECT_EQ(ask(token, for_mcp(us, token), "Bearer").status, 401);
    const Reply other = ask(token, for_mcp(us, "another token"));
    EXPECT_EQ(other.status, 401);
    EXPECT_NE(other.header("WWW-Authenticate").find("invalid_dpop_proof"), std::string::npos);
    EXPECT_EQ(ask(token, for_mcp(us, token)).status, 200);
}

// RFC 9449 5. A sign-in on the page, and what the identity provider gives for it.
TEST_F(DemoDpop, BindsARefreshTokenAndACodeToTheKeyThatWasProved) {
    start();
    const auto& enterprise = peer->enterprise();
    const Fields asked{{"response_type", "code"},        {"client_id", enterprise.idp_client().id},
                       {"redirect_uri", redirect_uri},   {"scope", "openid offline_access"},
                       {"dpop_jkt", us.thumb()},         {"code_challenge", challenge},
                       {"code_challenge_method", "S256"}};
    const auto code = [&] {
        std::string url = enterprise.origin(Server::idp) + "/authorize?";
        for (const auto& [name, value] : asked)
            url += Peer::form_encode(name) + "=" + Peer::form_encode(value) + "&";
        const Reply page =
            peer->form(url, {{"user", "alice"}, {"password", "demo"}, {"do", "sign-in"}}, {});
        const std::string to = page.header("Location");
        const auto at = to.find("code=") + 5;
        return to.substr(at, to.find('&', at) - at);
    };
    const auto redemption = [&](const Holder& by) {
        return peer->form(peer->idp_token_url(),
                          {{"grant_type", "authorization_code"},
                           {"code", code()},
                           {"redirect_uri", redirect_uri},
                           {"code_verifier", verifier}},
                          for_idp(by));
    };
    EXPECT_EQ(redemption(thief).text("error"), "invalid_grant");
    const Reply tokens = redemption(us);
    ASSERT_EQ(tokens.status, 200) << tokens.body;
    EXPECT_EQ(tokens.text("token_type"), "DPoP");
    const auto refresh = [&](const Holder& by) {
        return peer->form(
            peer->idp_token_url(),
            {{"grant_type", "refresh_token"}, {"refresh_token", tokens.text("refresh_token")}},
            for_idp(by));
    };
    EXPECT_EQ(refresh(thief).text("error"), "invalid_grant");
    EXPECT_EQ(refresh(us).status, 200);  // which the thief's try has not spent
}

TEST_F(DemoDpop, TakesAProofOnce) {
    start();
    const auto token = access_token(us);
    const auto proof = for_mcp(us, token);
    EXPECT_EQ(ask(token, proof).status, 200);
    EXPECT_EQ(ask(token, proof).status, 401);
    const auto at_endpoint = for_idp(us);
    EXPECT_EQ(exchange(at_endpoint).status, 200);
    EXPECT_EQ(exchange(at_endpoint).text("error"), "invalid_dpop_proof");
}

TEST_F(DemoDpop, WantsItsOwnNonceAndTellsWhenItIsSpent) {
    start(DpopNonces::single_use);
    const Reply first = exchange(for_idp(us));
    EXPECT_EQ(first.status, 400);
    EXPECT_EQ(first.text("error"), "use_dpop_nonce");
    const auto with_nonce = [&](const std::string& nonce) {
        auto proof = good(us, "POST", peer->idp_token_url());
        proof.claims.set("nonce", nonce);
        return exchange(shown(us, proof, peer->idp_basic()));
    };
    const auto nonce = first.header("DPoP-Nonce");
    ASSERT_FALSE(nonce.empty());
    EXPECT_EQ(with_nonce("made up").text("error"), "use_dpop_nonce");
    const Reply good_one = with_nonce(nonce);
    EXPECT_EQ(good_one.status, 200);
    EXPECT_EQ(with_nonce(nonce).text("error"), "use_dpop_nonce");
    const auto next = good_one.header("DPoP-Nonce");
    peer->enterprise().expire_dpop_nonces();
    EXPECT_EQ(with_nonce(next).text("error"), "use_dpop_nonce");
}

struct ProofFault {
    const char* name;
    std::function<void(Proof&, const Holder&)> change;
};
void PrintTo(const ProofFault& fault, std::ostream* out) {
    *out << fault.name;
}

class DemoDpopFault : public ::testing::TestWithParam<ProofFault> {};

TEST_P(DemoDpopFault, IsAnInvalidProof) {
    Peer peer(demanding());
    const Holder us, other;
    auto proof = good(us, "POST", peer.idp_token_url());
    GetParam().change(proof, other);
    const Reply reply =
        peer.form(peer.idp_token_url(), peer.exchange_fields(), shown(us, proof, peer.idp_basic()));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.text("error"), "invalid_dpop_proof");
}

INSTANTIATE_TEST_SUITE_P(
    Each, DemoDpopFault,
    ::testing::Values(
        ProofFault{"AnotherType", [](Proof& p, const Holder&) { p.header.set("typ", "JWT"); }},
        ProofFault{"AnotherAlgorithm",
                   [](Proof& p, const Holder&) { p.header.set("alg", "RS256"); }},
        ProofFault{"NoKey", [](Proof& p, const Holder&) { p.header.remove("jwk"); }},
        ProofFault{"AnotherKey", [](Proof& p, const Holder& o) { p.header.set("jwk", o.jwk); }},
        ProofFault{"AnotherMethod", [](Proof& p, const Holder&) { p.claims.set("htm", "GET"); }},
        ProofFault{"AnotherUrl",
                   [](Proof& p, const Holder&) { p.claims.set("htu", "https://other.example/"); }},
        ProofFault{"TooOld", [](Proof& p, const Holder&) { p.claims.set("iat", std::int64_t{1}); }},
        ProofFault{"NoJti", [](Proof& p, const Holder&) { p.claims.remove("jti"); }}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace mcp_auth::demo
