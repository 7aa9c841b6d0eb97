// Private keys in every encoding that PEM files have, against OpenSSL's own reading of them.
#include "private_key_pem.hpp"

#include "openssl_command.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::host::testing {
namespace {

OwnedKey as_openssl_reads(const std::string& pem) {
    const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return OwnedKey(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

OwnedNumber number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, name, &number);
    return OwnedNumber(number);
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

TEST(PrivateKeyPem, OfAnotherKindIsReadTooSoThatAMessageCanNameIt) {
    const OpensslCommand openssl;
    for (const char* kind : {"P-521", "ed25519"}) {
        const auto pem = openssl.key(kind);
        const auto key = read_private_key_pem(pem), expected = as_openssl_reads(pem);
        ASSERT_TRUE(key && expected) << kind;
        EXPECT_EQ(EVP_PKEY_eq(key.get(), expected.get()), 1) << kind;
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
