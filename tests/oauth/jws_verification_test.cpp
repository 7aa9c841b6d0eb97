// One good token, and one thing wrong each time.
#include "jws_verification.hpp"

#include "signing_key.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace mcp_auth::host::testing {
namespace {

class JwsVerification : public ::testing::Test {
protected:
    void SetUp() override {
        auto one = SigningKey::generate(), two = SigningKey::generate();
        ASSERT_TRUE(one && two);
        ours = std::make_unique<SigningKey>(std::move(*one));
        other = std::make_unique<SigningKey>(std::move(*two));
        header.set("kid", "k1");
        jwk = ours->public_jwk();
        jwk.set("kid", "k1");
    }
    static json::Value set_of(std::vector<json::Value> keys) {
        auto list = json::Value::array();
        for (auto& key : keys) list.push(std::move(key));
        return json::Value::object().set("keys", std::move(list));
    }
    Jws token(const SigningKey& by) const {
        const auto jwt =
            by.sign(JwsAlgorithm::es256, header, json::Value::object().set("sub", "alice"));
        EXPECT_TRUE(jwt);
        return *Jws::decode(jwt->reveal());
    }
    JwsVerdict verdict(const json::Value& set) const {
        return verify_jws(token(*ours), set, {JwsAlgorithm::es256, JwsAlgorithm::rs256});
    }

    std::unique_ptr<SigningKey> ours, other;
    json::Value header = json::Value::object(), jwk;
};

TEST_F(JwsVerification, TakesTheKeyThatTheTokenNames) {
    auto second = other->public_jwk();
    second.set("kid", "k2");
    EXPECT_EQ(verdict(set_of({second, jwk})), JwsVerdict::verified);
}

TEST_F(JwsVerification, TriesEachKeyThatFitsWhereTheTokenNamesNone) {
    header.erase("kid");
    EXPECT_EQ(verdict(set_of({other->public_jwk(), jwk})), JwsVerdict::verified);
    EXPECT_EQ(verdict(set_of({other->public_jwk()})), JwsVerdict::forged);
}

TEST_F(JwsVerification, TellsAKeyThatIsMissingFromASignatureThatIsWrong) {
    jwk.set("kid", "k2");
    EXPECT_EQ(verdict(set_of({jwk})), JwsVerdict::unknown_key);  // rotated: to be fetched anew
    EXPECT_EQ(verdict(set_of({})), JwsVerdict::unknown_key);
    EXPECT_EQ(verdict(json::Value::object()), JwsVerdict::unknown_key);
    auto second = other->public_jwk();
    second.set("kid", "k1");
    EXPECT_EQ(verdict(set_of({second})), JwsVerdict::forged);
}

TEST_F(JwsVerification, DoesNotTakeAKeyThatIsForSomethingElse) {
    for (const auto& change : std::vector<std::function<void(json::Value&)>>{
             [](json::Value& key) { key.set("use", "enc"); },
             [](json::Value& key) { key.set("alg", "ES384"); },
             [](json::Value& key) { key.set("key_ops", json::Value::array().push("sign")); },
             [](json::Value& key) { key.set("crv", "P-384"); },
             [](json::Value& key) { key.erase("x"); }}) {
        auto changed = jwk;
        change(changed);
        EXPECT_EQ(verdict(set_of({changed})), JwsVerdict::unknown_key);
    }
}

TEST_F(JwsVerification, RefusesAnAlgorithmThatTheCallerDoesNotAccept) {
    EXPECT_EQ(verify_jws(token(*ours), set_of({jwk}), {JwsAlgorithm::rs256}),
              JwsVerdict::refused_algorithm);
    auto none = token(*ours);
    none.header.set("alg", "none");
    none.signature = Secret();
    EXPECT_EQ(verify_jws(none, set_of({jwk}), {JwsAlgorithm::es256}),
              JwsVerdict::refused_algorithm);
    // The public key as the secret of an HMAC (RFC 8725 2.1).
    auto hmac = token(*ours);
    hmac.header.set("alg", "HS256");
    EXPECT_EQ(verify_jws(hmac, set_of({jwk}), {JwsAlgorithm::es256}),
              JwsVerdict::refused_algorithm);
}

TEST_F(JwsVerification, RefusesAnExtensionThatMustBeUnderstood) {
    header.set("crit", json::Value::array().push("exp"));
    EXPECT_EQ(verdict(set_of({jwk})), JwsVerdict::refused_algorithm);
}

TEST_F(JwsVerification, RefusesAChangedPayload) {
    auto changed = token(*ours);
    std::string input(changed.signing_input.reveal());
    input.back() = input.back() == 'A' ? 'B' : 'A';
    changed.signing_input = Secret(std::move(input));
    EXPECT_EQ(verify_jws(changed, set_of({jwk}), {JwsAlgorithm::es256}), JwsVerdict::forged);
}

}  // namespace
}  // namespace mcp_auth::host::testing
