// Keys and signatures against what RFCs publish and what the `openssl` command makes of them.
#include "signing_key.hpp"

#include "json_web_key.hpp"
#include "openssl_command.hpp"
#include "published_keys.hpp"

#include <mcp_auth/jws.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

json::Value rsa_jwk() {
    return json::Value::object()
        .set("kty", "RSA")
        .set("n", rfc7515_rsa_n)
        .set("e", "AQAB")
        .set("d", rfc7515_rsa_d);
}
json::Value rsa_jwk_with_factors() {
    return rsa_jwk()
        .set("p", rfc7515_rsa_p)
        .set("q", rfc7515_rsa_q)
        .set("dp", rfc7515_rsa_dp)
        .set("dq", rfc7515_rsa_dq)
        .set("qi", rfc7515_rsa_qi);
}
json::Value ec_jwk() {
    return *json::parse(rfc7515_ec_jwk);
}
Result<SigningKey> read(const std::string& text) {
    return SigningKey::read(Secret(std::string_view(text)));
}

TEST(JwsSignature, OfRs256IsTheOneThatRfc7515Publishes) {
    for (const auto& jwk : {rsa_jwk(), rsa_jwk_with_factors()}) {
        const auto key = read_private_jwk(jwk);
        ASSERT_TRUE(key) << key.error().message;
        const auto signature = sign(key->get(), JwsAlgorithm::rs256, rfc7515_rs256_input);
        ASSERT_TRUE(signature);
        EXPECT_EQ(base64url_encode(*signature), rfc7515_rs256_signature);
    }
}

TEST(JwsSignature, OfEs256ThatRfc7515PublishesIsVerified) {
    const auto key = read_public_jwk(ec_jwk());
    const auto jws = Jws::decode(rfc7515_es256_token);
    ASSERT_TRUE(key && jws);
    EXPECT_TRUE(verify(key->get(), JwsAlgorithm::es256, jws->signing_input.reveal(),
                       jws->signature.reveal()));
    EXPECT_FALSE(verify(key->get(), JwsAlgorithm::es256,
                        std::string(jws->signing_input.reveal()) + "x", jws->signature.reveal()));
}

TEST(JwsSignature, OfTheProofThatRfc9449PublishesIsVerified) {
    const auto jws = Jws::decode(rfc9449_proof);
    ASSERT_TRUE(jws);
    const auto* const jwk = jws->header.find("jwk");
    ASSERT_NE(jwk, nullptr);
    const auto key = read_public_jwk(*jwk);
    ASSERT_TRUE(key);
    EXPECT_TRUE(verify(key->get(), JwsAlgorithm::es256, jws->signing_input.reveal(),
                       jws->signature.reveal()));
    EXPECT_EQ(jwk_thumbprint(*jwk), rfc9449_thumbprint);
}

TEST(JwkThumbprint, IsTheOneThatRfc7638PublishesWhateverElseTheKeyHas) {
    const auto jwk = json::Value::object()
                         .set("kty", "RSA")
                         .set("n", rfc7638_rsa_n)
                         .set("e", "AQAB")
                         .set("alg", "RS256")
                         .set("kid", "2011-04-29");
    EXPECT_EQ(jwk_thumbprint(jwk), rfc7638_thumbprint);
}

// With an exponent of 1 a signature is the padded message itself: anybody makes one.
TEST(JwsSignature, IsOfNoKeyWhoseNumbersMakeNone) {
    for (const char* const e : {"AQ", "AAE", "AA", "AAAA", "AQAC"}) {
        const auto key = read_public_jwk(rsa_jwk().set("e", e));
        ASSERT_FALSE(key) << e;
        EXPECT_THAT(key.error().message, HasSubstr("make no key")) << e;
    }
    std::string even = rfc7515_rsa_n;
    even.back() = 'g';  // its last bits: ...1 becomes ...0
    EXPECT_FALSE(read_public_jwk(rsa_jwk().set("n", even)));
    EXPECT_TRUE(read_public_jwk(rsa_jwk().set("e", "Aw")));
}

// RFC 7518 3.4: an ASN.1 signature, or one with a leading zero cut off, is another format.
TEST(JwsSignature, OfEcdsaIsBothNumbersAtFullLengthAndNothingElse) {
    const auto key = read_private_jwk(ec_jwk());
    ASSERT_TRUE(key);
    for (int i = 0; i < 64; ++i) {
        const auto signature = sign(key->get(), JwsAlgorithm::es256, "input");
        ASSERT_TRUE(signature);
        EXPECT_EQ(signature->size(), 64U);
    }
    const auto good = *sign(key->get(), JwsAlgorithm::es256, "input");
    EXPECT_FALSE(verify(key->get(), JwsAlgorithm::es256, "input", good.substr(1)));
    EXPECT_FALSE(verify(key->get(), JwsAlgorithm::es256, "input", good + '\0'));
    EXPECT_FALSE(verify(key->get(), JwsAlgorithm::es256, "input", ""));
    EXPECT_FALSE(verify(key->get(), JwsAlgorithm::es256, "input", std::string(64, '\0')));
}

struct Kind {
    const char* name;
    const char* key;
    JwsAlgorithm algorithm;
};
void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}
constexpr Kind kinds[] = {{"ES256", "P-256", JwsAlgorithm::es256},
                          {"ES384", "P-384", JwsAlgorithm::es384},
                          {"RS256", "rsa:2048", JwsAlgorithm::rs256},
                          {"PS256", "rsa:2048", JwsAlgorithm::ps256}};

class EachAlgorithm : public ::testing::TestWithParam<Kind> {
protected:
    // The options with which the command knows this algorithm.
    std::vector<std::string> digest() const {
        const bool sha384 = GetParam().algorithm == JwsAlgorithm::es384;
        std::vector<std::string> options{"dgst", sha384 ? "-sha384" : "-sha256"};
        if (GetParam().algorithm == JwsAlgorithm::ps256)
            for (const auto* option : {"rsa_padding_mode:pss", "rsa_pss_saltlen:digest"})
                options.insert(options.end(), {"-sigopt", option});
        return options;
    }
    // The signature as the command has it: ASN.1 for ECDSA.
    static std::string asn1(const std::string& raw) {
        const auto half = static_cast<int>(raw.size() / 2);
        const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
        const OwnedEcdsa numbers(ECDSA_SIG_new());
        ECDSA_SIG_set0(numbers.get(), BN_bin2bn(bytes, half, nullptr),
                       BN_bin2bn(bytes + half, half, nullptr));
        unsigned char* der = nullptr;
        const int size = i2d_ECDSA_SIG(numbers.get(), &der);
        std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
        return out;
    }
    bool ecdsa() const { return GetParam().key[0] == 'P'; }

    const OpensslCommand openssl{};
};

TEST_P(EachAlgorithm, SignsWhatTheOpensslCommandVerifies) {
    const auto pem = openssl.key(GetParam().key);
    const auto key = read(pem);
    ASSERT_TRUE(key) << key.error().message;
    ASSERT_TRUE(key->fits(GetParam().algorithm));
    const auto jwt = key->sign(GetParam().algorithm, json::Value::object().set("typ", "JWT"),
                               json::Value::object().set("iss", "us"));
    ASSERT_TRUE(jwt) << jwt.error().message;
    const auto jws = Jws::decode(jwt->reveal());
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->header.string("alg"), GetParam().name);
    EXPECT_EQ(jws->header.string("typ"), "JWT");
    EXPECT_EQ(jws->payload.string("iss"), "us");

    openssl.run({"pkey", "-in", openssl.file("key.pem", pem), "-pubout", "-out",
                 openssl.path("public.pem")});
    auto options = digest();
    const auto signature =
        ecdsa() ? asn1(std::string(jws->signature.reveal())) : std::string(jws->signature.reveal());
    options.insert(options.end(), {"-verify", openssl.path("public.pem"), "-signature",
                                   openssl.file("signature", signature)});
    const auto wrong = options;
    options.push_back(openssl.file("input", std::string(jws->signing_input.reveal())));
    EXPECT_EQ(openssl.exit_code(options), 0);
    options.back() = openssl.file("other", std::string(jws->signing_input.reveal()) + "x");
    EXPECT_NE(openssl.exit_code(options), 0);
}

TEST_P(EachAlgorithm, KeepsAKeyThatIsWrittenAsAJwk) {
    const auto key = read(openssl.key(GetParam().key));
    ASSERT_TRUE(key);
    const auto again = read_public_jwk(key->public_jwk());
    ASSERT_TRUE(again) << again.error().message;
    const auto jwt = key->sign(GetParam().algorithm, json::Value::object(), json::Value::object());
    const auto jws = Jws::decode(jwt->reveal());
    EXPECT_TRUE(verify(again->get(), GetParam().algorithm, jws->signing_input.reveal(),
                       jws->signature.reveal()));
    EXPECT_EQ(key->thumbprint(), jwk_thumbprint(public_jwk(again->get())));
    EXPECT_EQ(key->public_jwk().find("d"), nullptr);
}

TEST_P(EachAlgorithm, IsNotVerifiedAsAnotherOne) {
    const auto pem = openssl.key(GetParam().key);
    const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const auto read_key = read(pem);
    ASSERT_TRUE(read_key);
    const auto key = read_public_jwk(read_key->public_jwk());
    const auto jwt = read_key->sign(GetParam().algorithm, json::Value(), json::Value::object());
    const auto jws = Jws::decode(jwt->reveal());
    for (const auto algorithm : jws_algorithms)
        EXPECT_EQ(
            verify(key->get(), algorithm, jws->signing_input.reveal(), jws->signature.reveal()),
            algorithm == GetParam().algorithm);
}

INSTANTIATE_TEST_SUITE_P(Each, EachAlgorithm, ::testing::ValuesIn(kinds),
                         [](const auto& test) { return std::string(test.param.name); });

class SigningKeyFormat : public ::testing::Test {
protected:
    const OpensslCommand openssl{};
};

TEST_F(SigningKeyFormat, MayBePkcs8Sec1OrPkcs1) {
    const auto ec = openssl.file("ec.pem", openssl.key("P-256"));
    const auto rsa = openssl.file("rsa.pem", openssl.key("rsa:2048"));
    const auto sec1 = openssl.run({"ec", "-in", ec});
    const auto pkcs1 = openssl.run({"rsa", "-in", rsa, "-traditional"});
    EXPECT_THAT(sec1, HasSubstr("BEGIN EC PRIVATE KEY"));
    EXPECT_THAT(pkcs1, HasSubstr("BEGIN RSA PRIVATE KEY"));
    EXPECT_EQ(read(sec1)->thumbprint(), read(OpensslCommand::read(ec))->thumbprint());
    EXPECT_EQ(read(pkcs1)->thumbprint(), read(OpensslCommand::read(rsa))->thumbprint());
    // As `openssl ecparam -genkey` writes it: the parameters come first.
    const auto with_parameters = openssl.run({"ecparam", "-name", "prime256v1"}) + sec1;
    EXPECT_THAT(with_parameters, HasSubstr("BEGIN EC PARAMETERS"));
    const auto key = read(with_parameters);
    EXPECT_TRUE(key) << key.error().message;
}

TEST_F(SigningKeyFormat, MayBeAJwkWithItsOwnIdAndAlgorithm) {
    const auto key = read(rsa_jwk().set("alg", "PS256").set("kid", "k7").set("use", "sig").dump());
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->algorithms(), std::vector<JwsAlgorithm>{JwsAlgorithm::ps256});
    EXPECT_EQ(key->key_id(), "k7");
    const auto any = read("\n " + rsa_jwk().dump());
    ASSERT_TRUE(any);
    EXPECT_EQ(any->algorithms(),
              (std::vector<JwsAlgorithm>{JwsAlgorithm::rs256, JwsAlgorithm::ps256}));
}

TEST_F(SigningKeyFormat, HasEachItsOwnFaultSaidAndNothingOfTheKey) {
    const auto ec = openssl.file("ec.pem", openssl.key("P-256"));
    struct Row {
        const char* what;
        std::string text;
        const char* says;
    };
    const auto ec_with = [](const char* name, json::Value value) {
        return ec_jwk().set(name, std::move(value)).dump();
    };
    const auto ec_without = [](const char* name) {
        auto jwk = ec_jwk();
        jwk.erase(name);
        return jwk.dump();
    };
    auto broken = openssl.key("P-256");
    broken.erase(broken.size() / 2, 8);
    auto half = rsa_jwk_with_factors();
    half.erase("dq");
    auto other_public = ec_jwk();
    const auto other = read(openssl.key("P-256"))->public_jwk();
    other_public.set("x", *other.find("x")).set("y", *other.find("y"));
    const std::vector<Row> rows{
        {"no key", "secret", "cannot be read"},
        {"a broken PEM", broken, "cannot be read"},
        {"with a password", openssl.run({"pkcs8", "-topk8", "-in", ec, "-passout", "pass:canary"}),
         "password"},
        {"with an old kind of password",
         openssl.run({"ec", "-in", ec, "-aes128", "-passout", "pass:canary"}), "password"},
        {"a public key", openssl.run({"pkey", "-in", ec, "-pubout"}), "without the private key"},
        {"RSA that is too short", openssl.key("rsa:1024"), "an RSA key of 1024 bits"},
        {"another curve", openssl.key("P-521"), "an EC key on P-521"},
        {"another type", openssl.key("ED25519"), "a key of the type ED25519"},
        {"RSA that is for PSS alone", openssl.key("RSA-PSS"), "RSA-PSS"},
        {"no JSON", "{\"kty\":", "no JSON"},
        {"a public JWK", ec_without("d"), "no private part"},
        {"a set of keys", json::Value::object().set("keys", json::Value::array()).dump(),
         "set of keys"},
        {"a JWK of another type", ec_with("kty", "OKP"), "another type"},
        {"a JWK on another curve", ec_with("crv", "P-521"), "another curve"},
        {"a JWK without y", ec_without("y"), "\"x\" and \"y\""},
        {"a JWK whose x is too short", ec_with("x", "AQAB"), "\"x\" and \"y\""},
        {"a point off the curve", ec_with("x", std::string(43, 'A')), "make no key"},
        {"the private part of another key", other_public.dump(), "do not belong together"},
        {"a JWK with only some factors", half.dump(), "not all"},
        {"a JWK for encryption", ec_with("use", "enc"), "not for signing"},
        {"a JWK that may only verify", ec_with("key_ops", json::Value::array().push("verify")),
         "not for signing"},
        {"a JWK for another algorithm", ec_with("alg", "RS256"), "\"alg\""},
        {"a JWK for no algorithm of ours", ec_with("alg", "HS256"), "\"alg\""}};
    for (const auto& row : rows) {
        const auto key = read(row.text);
        ASSERT_FALSE(key) << row.what;
        EXPECT_EQ(key.status(), Status::misconfigured) << row.what;
        EXPECT_THAT(key.error().message, HasSubstr(row.says)) << row.what;
        EXPECT_THAT(key.error().message, HasSubstr("give a private key")) << row.what;
        for (std::size_t at = 0; at + 20 < row.text.size(); at += 20)
            EXPECT_THAT(key.error().message, Not(HasSubstr(row.text.substr(at, 20)))) << row.what;
    }
}

TEST(SigningKey, ThatIsGeneratedIsAnotherEachTime) {
    const auto one = SigningKey::generate(), other = SigningKey::generate();
    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->algorithms(), std::vector<JwsAlgorithm>{JwsAlgorithm::es256});
    EXPECT_NE(one->thumbprint(), other->thumbprint());
    EXPECT_EQ(one->thumbprint().size(), 43U);
}

}  // namespace
}  // namespace mcp_auth::host::testing
