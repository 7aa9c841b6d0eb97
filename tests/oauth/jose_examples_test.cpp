// What RFC 7515 (A.1 to A.5), RFC 7520 (4.1 to 4.4, 6) and RFC 8037 publish: signatures of the
// algorithms that are spoken here are verified and made, all the others are refused.
//
// jose_examples.json has them as the RFCs do; those of RFC 7520 and RFC 8037 are from
// github.com/ietf-jose/cookbook, which is in the public domain (Unlicense). Neither RFC signs by
// ES384; signing_key_test.cpp has the `openssl` command's opinion on that.
#include "ed25519.hpp"
#include "json_web_key.hpp"
#include "jws_verification.hpp"
#include "signing_key.hpp"
#include "support/file_contents.hpp"

#include <mcp_auth/jws.hpp>

#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace mcp_auth::host::testing {
namespace {

const std::vector<JwsAlgorithm> all(jws_algorithms.begin(), jws_algorithms.end());

class JoseExamples : public ::testing::Test {
protected:
    void SetUp() override {
        const std::string text = mcp_auth::testing::file_contents(JOSE_EXAMPLES);
        auto read = json::parse(text);
        ASSERT_TRUE(read) << read.error().message;
        examples = *std::move(read);
        ASSERT_EQ(examples.items().size(), 11U);
    }

    json::Value examples;
};

// As Jws::decode leaves it, but for the payload: the RFCs sign text, tokens have an object.
Jws jws_of(std::string_view input, std::string_view signature) {
    Jws jws;
    jws.signing_input = Secret(input);
    jws.header = *json::parse(*base64url_decode(input.substr(0, input.find('.'))));
    jws.signature = Secret(signature);
    return jws;
}
std::string signature_of(const json::Value& example) {
    return *base64url_decode(example.string("signature"));
}
Jws jws_of(const json::Value& example) {
    return jws_of(example.string("input"), signature_of(example));
}

json::Value set_of(const json::Value& key) {
    return json::Value::object().set("keys", json::Value::array().push(key));
}

std::string altered(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return bytes;
}

TEST_F(JoseExamples, AreVerifiedOrRefusedByTheirAlgorithm) {
    int verified = 0, refused = 0;
    for (const json::Value& example : examples.items()) {
        SCOPED_TRACE(std::string(example.string("source")));
        const Jws jws = jws_of(example);
        EXPECT_EQ(jws.header.string("alg"), example.string("alg"));
        const bool ours = example.string("verdict") == "verified";
        EXPECT_EQ(verify_jws(jws, set_of(*example.find("key")), all),
                  ours ? JwsVerdict::verified : JwsVerdict::refused_algorithm);
        ++(ours ? verified : refused);
    }
    std::cout << "JOSE examples: " << verified << " verified, " << refused << " refused\n";
    EXPECT_EQ(verified, 4);
    EXPECT_EQ(refused, 7);
}

TEST_F(JoseExamples, AreForgedWithOneBitOfAnythingChanged) {
    for (const json::Value& example : examples.items()) {
        if (example.string("verdict") != "verified") continue;
        SCOPED_TRACE(std::string(example.string("source")));
        const std::string input(example.string("input")), signature = signature_of(example);
        const json::Value set = set_of(*example.find("key"));
        for (std::size_t at = 0; at < signature.size(); at += 7)
            EXPECT_EQ(verify_jws(jws_of(input, altered(signature, at)), set, all),
                      JwsVerdict::forged)
                << at;
        EXPECT_EQ(verify_jws(jws_of(altered(input, input.size() - 1), signature), set, all),
                  JwsVerdict::forged);
        for (const std::size_t size : {std::size_t{0}, signature.size() - 1})
            EXPECT_EQ(verify_jws(jws_of(input, signature.substr(0, size)), set, all),
                      JwsVerdict::forged)
                << size;
    }
}

// RFC 8725 2.1: what a header says does not choose what a key is used for.
TEST_F(JoseExamples, AreNotVerifiedByAnotherAlgorithmThanTheirs) {
    for (const json::Value& example : examples.items()) {
        if (example.string("verdict") != "verified") continue;
        SCOPED_TRACE(std::string(example.string("source")));
        for (const char* const name :
             {"none", "None", "HS256", "HS512", "ES256", "ES384", "RS256", "PS256", "RS512", ""}) {
            if (example.string("alg") == name) continue;
            Jws jws = jws_of(example);
            jws.header.set("alg", name);
            EXPECT_NE(verify_jws(jws, set_of(*example.find("key")), all), JwsVerdict::verified)
                << name;
        }
    }
}

TEST_F(JoseExamples, AreSignedAgainTheSameWhereASignatureHasOneForm) {
    int made = 0;
    for (const json::Value& example : examples.items()) {
        const auto* again = example.find("reproducible");
        if (again == nullptr || example.string("verdict") != "verified") continue;
        SCOPED_TRACE(std::string(example.string("source")));
        const auto key = read_private_jwk(*example.find("key"));
        ASSERT_TRUE(key) << key.error().message;
        const auto signature =
            sign(key->get(), *jws_algorithm(example.string("alg")), example.string("input"));
        ASSERT_TRUE(signature);
        EXPECT_EQ(base64url_encode(*signature), example.string("signature"));
        ++made;
    }
    EXPECT_EQ(made, 2);
}

TEST_F(JoseExamples, HaveKeysThatAreReadWhereTheyAreOfAKindThatIsSpokenHere) {
    for (const json::Value& example : examples.items()) {
        const json::Value& jwk = *example.find("key");
        SCOPED_TRACE(std::string(example.string("source")));
        const auto key = read_public_jwk(jwk);
        const bool ours = jwk.string("kty") == "RSA" || jwk.string("crv") == "P-256";
        ASSERT_EQ(key.ok(), ours);
        if (!ours) continue;
        EXPECT_EQ(jwk_thumbprint(public_jwk(key->get())), jwk_thumbprint(jwk));
        EXPECT_TRUE(read_private_jwk(jwk));
    }
}

// Of a plugin's signature (Ed25519), RFC 8037 A.4 has the key and the bytes.
TEST_F(JoseExamples, OfEd25519IsTheSignatureThatThePluginsSignerMakes) {
    const json::Value& example = examples.items().back();
    ASSERT_EQ(example.string("source"), "RFC 8037 A.4");
    const auto secret = *base64url_decode(example.find("key")->string("d"));
    const OwnedKey key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(secret.data()),
        secret.size()));
    ASSERT_TRUE(key);
    const auto signature = sign_ed25519(key.get(), example.string("input"));
    ASSERT_TRUE(signature);
    EXPECT_EQ(base64url_encode(*signature), example.string("signature"));
    EXPECT_TRUE(verify_ed25519(key.get(), example.string("input"), *signature));
    EXPECT_FALSE(verify_ed25519(key.get(), example.string("input"), altered(*signature, 0)));
    EXPECT_FALSE(
        verify_ed25519(key.get(), altered(std::string(example.string("input")), 3), *signature));
}

// RFC 7515 A.5: without a signature it can be read, and vouches for nothing.
TEST_F(JoseExamples, OfAnUnsecuredTokenIsReadAndNeverVerified) {
    for (const json::Value& example : examples.items()) {
        if (example.string("alg") != "none") continue;
        const auto jws = Jws::decode(std::string(example.string("input")) + ".");
        ASSERT_TRUE(jws) << jws.error().message;
        EXPECT_EQ(jws->payload.string("iss"), "joe");
        EXPECT_EQ(verify_jws(*jws, json::Value::object(), all), JwsVerdict::refused_algorithm);
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
