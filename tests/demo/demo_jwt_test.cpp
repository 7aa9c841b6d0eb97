// ES256 against the published example (RFC 7515 A.3) and against itself.
#include "jwt.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::demo {
namespace {

constexpr char rfc_jwks[] =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a3",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
constexpr char rfc_input[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr char rfc_signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

TEST(Es256, VerifiesTheExampleOfRfc7515) {
    const auto signature = from_base64url(rfc_signature);
    ASSERT_TRUE(signature);
    EXPECT_TRUE(verify_es256(rfc_jwks, "a3", rfc_input, *signature));
}

TEST(Es256, RefusesTheExampleWithAnyBitOfTheSignatureFlipped) {
    const auto signature = from_base64url(rfc_signature);
    ASSERT_TRUE(signature);
    for (std::size_t i = 0; i < signature->size(); i += 7) {
        std::string flipped = *signature;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        EXPECT_FALSE(verify_es256(rfc_jwks, "a3", rfc_input, flipped)) << "byte " << i;
    }
    EXPECT_FALSE(verify_es256(rfc_jwks, "a3", std::string(rfc_input) + "A", *signature));
    EXPECT_FALSE(verify_es256(rfc_jwks, "a4", rfc_input, *signature)) << "no such key";
    EXPECT_FALSE(verify_es256(rfc_jwks, "a3", rfc_input, signature->substr(1)));
}

TEST(Es256, RefusesSignaturesOfZeros) {  // CVE-2022-21449
    EXPECT_FALSE(verify_es256(rfc_jwks, "a3", rfc_input, std::string(64, '\0')));
}

TEST(Es256, RefusesAKeyThatIsNotOnTheCurve) {
    std::string jwks = rfc_jwks;
    jwks.replace(jwks.find("x_FE"), 4, "y_FE");
    EXPECT_FALSE(verify_es256(jwks, "a3", rfc_input, *from_base64url(rfc_signature)));
}

// One in 128 signatures has a number with a leading zero byte, which must not be dropped.
TEST(Es256, SignaturesAreAlwaysOfFullLengthAndVerify) {
    const SigningKey key("k");
    const std::string jwks = key.jwks();
    for (int i = 0; i < 400; ++i) {
        const std::string input = std::to_string(i);
        const std::string signature = key.sign(input);
        ASSERT_EQ(signature.size(), 64U);
        ASSERT_TRUE(verify_es256(jwks, "k", input, signature));
    }
}

TEST(Jwt, IsRefusedUnlessHeaderAndTypeAreRight) {
    const SigningKey key("k");
    Object claims;
    claims.set("sub", "alice");
    Object good;
    good.set("alg", "ES256");
    good.set("typ", "at+jwt");
    good.set("kid", "k");
    EXPECT_TRUE(verify_jwt(sign_jwt(key, good, claims), "at+jwt", key.jwks()));
    good.set("typ", "application/AT+JWT");
    EXPECT_TRUE(verify_jwt(sign_jwt(key, good, claims), "at+jwt", key.jwks()));
    EXPECT_FALSE(verify_jwt(sign_jwt(key, good, claims), "oauth-id-jag+jwt", key.jwks()));
    good.set("alg", "none");
    EXPECT_FALSE(verify_jwt(sign_jwt(key, good, claims), "at+jwt", key.jwks()));
}

TEST(Jwt, RefusesWhatIsNotThreePartsOfBase64url) {
    const SigningKey key("k");
    for (const char* token :
         {"", "a", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.!!!", "..", "e3A.e30.e30"})
        EXPECT_FALSE(verify_jwt(token, "at+jwt", key.jwks())) << token;
}

TEST(Base64url, IsReversibleAndStrict) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
        const std::string encoded = base64url(bytes);
        EXPECT_EQ(encoded.find_first_of("=+/\n"), std::string::npos);
        EXPECT_EQ(from_base64url(encoded), bytes);
    }
    EXPECT_FALSE(from_base64url("YQ=="));
    EXPECT_FALSE(from_base64url("Y Q"));
    EXPECT_FALSE(from_base64url("Y"));
}

}  // namespace
}  // namespace mcp_auth::demo
