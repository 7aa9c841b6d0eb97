// Private keys in every encoding that PEM files have, against OpenSSL's own reading of them.
#include "private_key_pem.hpp"

#include "json_web_key.hpp"
#include "jws_signature.hpp"
#include "openssl_command.hpp"
#include "signing_key.hpp"
#include "support/written_key.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::host::testing {
namespace {

using mcp_auth::testing::der, mcp_auth::testing::oid_of_ec, mcp_auth::testing::oid_of_ed25519,
    mcp_auth::testing::oid_of_p256, mcp_auth::testing::oid_of_rsa, mcp_auth::testing::pem,
    mcp_auth::testing::pkcs1_der, mcp_auth::testing::pkcs8_der, mcp_auth::testing::RsaOctets,
    mcp_auth::testing::sec1_der;

OwnedKey as_openssl_reads(const std::string& pem) {
    const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return OwnedKey(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

OwnedNumber number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, name, &number);
    return OwnedNumber(number);
}

std::string bytes_of(const BIGNUM* number, std::size_t size) {
    std::string bytes(size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
    return bytes;
}

void expect_same(const EVP_PKEY* key, const EVP_PKEY* other) {
    ASSERT_TRUE(key && other);
    EXPECT_EQ(EVP_PKEY_eq(key, other), 1);
    const bool rsa = EVP_PKEY_get_base_id(other) == EVP_PKEY_RSA;
    const char* const name = rsa ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY;
    EXPECT_EQ(BN_cmp(number_of(key, name).get(), number_of(other, name).get()), 0);
}

TEST(PrivateKeyPem, IsReadInEachEncodingAsOpensslReadsIt) {
    const OpensslCommand openssl;
    for (const char* kind : {"P-256", "P-384", "rsa:2048"}) {
        SCOPED_TRACE(kind);
        const bool rsa = std::string(kind).rfind("rsa", 0) == 0;
        const auto pkcs8 = openssl.key(kind);
        const auto file = openssl.file("key", pkcs8);
        const auto traditional = rsa ? openssl.run({"rsa", "-in", file, "-traditional"})
                                     : openssl.run({"ec", "-in", file});
        EXPECT_NE(traditional.find(rsa ? "BEGIN RSA PRIVATE" : "BEGIN EC PRIVATE"),
                  std::string::npos);
        const auto expected = as_openssl_reads(pkcs8);
        for (const auto& pem : {pkcs8, traditional, "words before\n" + pkcs8 + traditional})
            expect_same(read_private_key_pem(pem).get(), expected.get());
    }
}

// RFC 5915 3: the public half is optional, and may be compressed.
TEST(PrivateKeyPem, OfAnEllipticCurveNeedsNoPublicHalf) {
    const OpensslCommand openssl;
    for (const char* const kind : {"P-256", "P-384", "P-521"}) {
        SCOPED_TRACE(kind);
        const auto pkcs8 = openssl.key(kind);
        const auto file = openssl.file("key", pkcs8);
        const auto expected = as_openssl_reads(pkcs8);
        const auto alone = openssl.run({"ec", "-in", file, "-no_public"});
        EXPECT_LT(alone.size(), openssl.run({"ec", "-in", file}).size());
        expect_same(read_private_key_pem(alone).get(), expected.get());
        for (const auto& compressed :
             {openssl.run({"ec", "-in", file, "-conv_form", "compressed"}),
              openssl.run({"pkey", "-in", file, "-ec_conv_form", "compressed"})})
            expect_same(read_private_key_pem(compressed).get(), expected.get());
    }
}

// Old writers left leading zeros out; others write one too many, as of an INTEGER.
TEST(PrivateKeyPem, OfAnEllipticCurveMayHaveItsZerosStrippedOrOneMore) {
    const std::string number(29, '\x5a'), zero(1, '\0'), whole = std::string(3, '\0') + number;
    const auto written = [](const std::string& d) { return pem("EC PRIVATE KEY", sec1_der(d)); };
    const auto expected = as_openssl_reads(written(whole));
    for (const auto& d : {whole, number, zero + whole}) {
        expect_same(read_private_key_pem(written(d)).get(), expected.get());
        const auto pkcs8 = pkcs8_der(std::string(oid_of_ec).append(oid_of_p256), sec1_der(d));
        expect_same(read_private_key_pem(pem("PRIVATE KEY", pkcs8)).get(), expected.get());
    }
}

// SEC 1 3.2.1: less than the order of the curve, and not nothing.
TEST(PrivateKeyPem, OfAnEllipticCurveHasANumberThatIsOne) {
    const std::string zeros(32, '\0'), ones(32, '\xff'), long_one(40, '\1');
    for (const auto& d : {std::string(), zeros, ones, long_one})
        EXPECT_FALSE(read_private_key_pem(pem("EC PRIVATE KEY", sec1_der(d)))) << d.size();
}

// RFC 5958 2. OpenSSL 3.0 does not know it; RFC 8410 10.3 publishes the second one (its attributes
// left out), whose public half is told in 10.1.
TEST(PrivateKeyPem, MayBePkcs8OfVersion1WithThePublicKeyAtItsEnd) {
    const OpensslCommand openssl;
    const auto d = std::string(32, '\x5a');
    const auto expected = as_openssl_reads(pem("EC PRIVATE KEY", sec1_der(d)));
    ASSERT_TRUE(expected);
    const auto jwk = public_jwk(expected.get());
    const auto point =
        "\4" + *base64url_decode(jwk.string("x")) + *base64url_decode(jwk.string("y"));
    for (const auto& key : {sec1_der(d), sec1_der(d, point)}) {
        const auto der = pkcs8_der(std::string(oid_of_ec).append(oid_of_p256), key, '\1', point);
        expect_same(read_private_key_pem(pem("PRIVATE KEY", der)).get(), expected.get());
    }
    const auto octets = *base64url_decode("1O5y2_kTWErVttjx92n4rTr-fCjL8dT74Jeoj0R1WEI");
    const auto public_octets = *base64url_decode("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
    const auto key = read_private_key_pem(
        pem("PRIVATE KEY", pkcs8_der(oid_of_ed25519, der(0x04, octets), '\1', public_octets)));
    ASSERT_TRUE(key);
    std::string read(32, '\0');
    std::size_t size = read.size();
    EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(read.data()), &size);
    EXPECT_EQ(read, public_octets);
}

RsaOctets rsa_numbers(const EVP_PKEY* key) {
    RsaOctets all;
    const char* const names[] = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                 OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                 OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                 OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto number = number_of(key, names[i]);
        all[i] = bytes_of(number.get(), static_cast<std::size_t>(BN_num_bytes(number.get())));
    }
    return all;
}

// One rule for both: what a JSON Web Key may not be, PEM may not be either, though OpenSSL takes
// it.
TEST(PrivateKeyPem, OfRsaWithNumbersThatMakeNoKeyIsRefusedAsAJwkIs) {
    const auto good = rsa_numbers(as_openssl_reads(OpensslCommand().key("rsa:2048")).get());
    const auto with = [&](std::size_t at, const std::string& bytes) {
        auto changed = good;
        changed[at] = bytes;
        return changed;
    };
    auto exponent_of_one = good;
    for (const std::size_t at : {1U, 2U, 5U, 6U}) exponent_of_one[at] = "\1";
    auto even = good[0];
    even.back() = static_cast<char>(even.back() & ~1);
    struct Row {
        const char* what;
        RsaOctets numbers;
        bool taken;
    };
    const Row rows[] = {{"as it was made", good, true},
                        {"an exponent of 1", exponent_of_one, false},
                        {"an exponent of 1 with a zero", with(1, std::string("\0\1", 2)), false},
                        {"an exponent of 2", with(1, "\2"), false},
                        {"an even exponent", with(1, std::string("\1\0\2", 3)), false},
                        {"no exponent", with(1, std::string(1, '\0')), false},
                        {"an even modulus", with(0, even), false},
                        {"no modulus", with(0, std::string(1, '\0')), false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        auto jwk = json::Value::object().set("kty", "RSA");
        const char* const names[] = {"n", "e", "d", "p", "q", "dp", "dq", "qi"};
        for (std::size_t i = 0; i < row.numbers.size(); ++i)
            jwk.set(names[i], base64url_encode(row.numbers[i]));
        EXPECT_EQ(bool(read_private_jwk(jwk)), row.taken);
        EXPECT_EQ(bool(read_public_jwk(jwk)), row.taken);
        const auto pkcs1 = pkcs1_der(row.numbers);
        const auto pkcs8 = pkcs8_der(std::string(oid_of_rsa).append("\5\0", 2), pkcs1);
        for (const auto& text : {pem("RSA PRIVATE KEY", pkcs1), pem("PRIVATE KEY", pkcs8)}) {
            EXPECT_TRUE(as_openssl_reads(text));
            EXPECT_EQ(bool(read_private_key_pem(text)), row.taken);
            EXPECT_EQ(bool(SigningKey::read(Secret(text))), row.taken);
        }
    }
}

// RFC 7518 3.3: in each encoding.
TEST(PrivateKeyPem, OfRsaUnder2048BitsSignsNoMoreThanAJwkDoes) {
    const OpensslCommand openssl;
    const auto pem = openssl.key("rsa:1024");
    const auto numbers = rsa_numbers(as_openssl_reads(pem).get());
    auto jwk = json::Value::object().set("kty", "RSA");
    const char* const names[] = {"n", "e", "d"};
    for (std::size_t i = 0; i < 3; ++i) jwk.set(names[i], base64url_encode(numbers[i]));
    for (const auto& text : {pem, jwk.dump()}) {
        const auto key = SigningKey::read(Secret(text));
        ASSERT_FALSE(key);
        EXPECT_NE(key.error().message.find("an RSA key of 1024 bits"), std::string::npos);
    }
}

// X.690 8.3: an INTEGER whose first bit is set is a negative one.
TEST(PrivateKeyPem, OfRsaHasNoNegativeNumbers) {
    auto numbers = rsa_numbers(as_openssl_reads(OpensslCommand().key("rsa:2048")).get());
    auto der = pkcs1_der(numbers);
    ASSERT_TRUE(read_private_key_pem(pem("RSA PRIVATE KEY", der)));
    const auto zero = der.find(std::string("\x02\x82\x01\x01\x00", 5));  // the modulus' sign
    ASSERT_NE(zero, der.npos);
    der.erase(zero + 4, 1);
    der[zero + 3] = '\x00';
    der[3] = static_cast<char>(der[3] - 1);  // of the SEQUENCE
    EXPECT_FALSE(read_private_key_pem(pem("RSA PRIVATE KEY", der)));
}

TEST(PrivateKeyPem, OfAnotherKindIsReadTooSoThatAMessageCanNameIt) {
    const OpensslCommand openssl;
    std::vector<std::string> pems{
        openssl.run({"ecparam", "-name", "secp256k1", "-genkey", "-noout"}),
        openssl.run({"ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit"})};
    for (const char* const kind : {"P-521", "ed25519", "ed448", "RSA-PSS"})
        pems.push_back(openssl.key(kind));
    for (const auto& pem : pems) {
        const auto key = read_private_key_pem(pem), expected = as_openssl_reads(pem);
        ASSERT_TRUE(key && expected);
        EXPECT_EQ(EVP_PKEY_eq(key.get(), expected.get()), 1) << described(expected.get());
    }
}

TEST(PrivateKeyPem, ThatIsCutOrChangedDoesNoHarm) {
    const OpensslCommand openssl;
    const auto pem = openssl.key("P-256");
    for (std::size_t at = 0; at < pem.size(); at += 5) {  // OpenSSL tries long
        read_private_key_pem(pem.substr(0, at));
        auto changed = pem;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        read_private_key_pem(changed);
    }
    EXPECT_FALSE(read_private_key_pem(pem.substr(0, pem.size() / 2)));
    EXPECT_FALSE(read_private_key_pem(""));
}

}  // namespace
}  // namespace mcp_auth::host::testing
