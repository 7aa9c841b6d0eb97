// Reading a private key in PEM leaves nothing of it in memory that was freed, by us or by OpenSSL
// (protocol.md L5), whichever way it is written.
#include "freed_memory.hpp"
#include "private_key_pem.hpp"
#include "support/written_key.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::secrets {
namespace {

using host::OwnedBio, host::OwnedKey, host::OwnedNumber;

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, name, &number);
    const OwnedNumber owned(number);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

// As bytes of an encoding, as OpenSSL's numbers have them, and in base64.
std::vector<std::string> forms_of_number(const std::string& number) {
    const std::string middle = number.substr(1, number.size() - 2);
    return {middle, std::string(middle.rbegin(), middle.rend()),
            base64url_encode(number.substr(0, 24)), base64url_encode(number.substr(1, 24)),
            base64url_encode(number.substr(2, 24))};
}

struct Pem {
    const char* what;
    std::string text;
    std::vector<std::string> numbers;  // private ones
};

std::vector<Pem> pems() {
    using namespace mcp_auth::testing;
    const std::string d(
        "\x5a\x11\x87\x93\x24\xd5\x6e\x01\x92\xa3\xb4\xc5\xd6\xe7\xf8\x19"
        "\x2b\x3c\x4d\x5e\x6f\x71\x82\x9a\xab\xbc\xcd\xde\xef\x12\x34\x56",
        32);
    const std::string ec = std::string(oid_of_ec).append(oid_of_p256);
    std::vector<Pem> all{
        {"EC", pem("EC PRIVATE KEY", sec1_der(d)), {d}},
        {"EC with a zero more", pem("EC PRIVATE KEY", sec1_der(std::string(1, '\0') + d)), {d}},
        {"EC, PKCS #8", pem("PRIVATE KEY", pkcs8_der(ec, sec1_der(d))), {d}},
        {"EC, PKCS #8 of version 1",
         pem("PRIVATE KEY", pkcs8_der(ec, sec1_der(d), '\1', "public")),
         {d}},
        {"EC, another's point",
         pem("EC PRIVATE KEY", sec1_der(d, "\4" + std::string(64, '\7'))),
         {d}},
        {"EC, broken after the number",
         pem("EC PRIVATE KEY", sec1_der(d).substr(0, 7 + d.size()) + "xx"),
         {d}},
        {"Ed25519", pem("PRIVATE KEY", pkcs8_der(oid_of_ed25519, der(0x04, d))), {d}}};

    const OwnedKey rsa(EVP_RSA_gen(2048));
    RsaOctets numbers;
    const char* const names[] = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                 OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                 OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                 OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_of(rsa.get(), names[i]);
    const std::vector<std::string> secret(numbers.begin() + 2, numbers.end());
    all.push_back({"RSA", pem("RSA PRIVATE KEY", pkcs1_der(numbers)), secret});
    all.push_back({"RSA, PKCS #8",
                   pem("PRIVATE KEY",
                       pkcs8_der(std::string(oid_of_rsa).append("\5\0", 2), pkcs1_der(numbers))),
                   secret});
    numbers[1] = "\2";
    all.push_back({"RSA, even exponent", pem("RSA PRIVATE KEY", pkcs1_der(numbers)), secret});
    return all;
}

TEST(WipedKey, IsOneInPemHoweverItIsWritten) {
    for (const Pem& each : pems()) {
        std::vector<std::string> forms;
        for (const auto& number : each.numbers)
            for (auto& form : forms_of_number(number)) forms.push_back(std::move(form));
        const FreedMemory freed({forms.begin(), forms.end()});
        host::read_private_key_pem(each.text);
        EXPECT_EQ(freed.blocks(), 0U) << each.what;
    }
}

// The control, and why there is a reader of ours.
TEST(WipedKey, IsNoneThatOpensslReadsByItself) {
    const Pem each = pems().front();
    const auto forms = forms_of_number(each.numbers.front());
    const FreedMemory freed({forms.begin(), forms.end()});
    const OwnedBio in(BIO_new_mem_buf(each.text.data(), static_cast<int>(each.text.size())));
    EXPECT_TRUE(OwnedKey(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)));
    EXPECT_GE(freed.blocks(), 1U);
}

}  // namespace
}  // namespace mcp_auth::secrets
