// Reading a JWS without its key: RFC 7515, with the limit of protocol.md L3.
#include <gtest/gtest.h>

#include <mcp_auth/jws.hpp>

namespace {

using namespace mcp_auth;

std::string token(std::string_view header, std::string_view payload,
                  std::string_view signature = "signature") {
    return base64url_encode(header) + "." + base64url_encode(payload) + "." +
           base64url_encode(signature);
}

// RFC 4648 10, without the padding.
TEST(Base64url, EncodesAndDecodesTheVectorsOfTheRfc) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(base64url_encode(bytes), text);
        EXPECT_EQ(base64url_decode(text), bytes);
    }
}

TEST(Base64url, CarriesEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    for (std::size_t cut = 0; cut < 4; ++cut) {
        const std::string some = bytes.substr(cut);
        EXPECT_EQ(base64url_decode(base64url_encode(some)), some);
    }
}

TEST(Base64url, HasOneSpellingForAValue) {
    for (const char* text :
         {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "Zm 8", "Zm9v\n", "+__-", "-_/-"})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

// RFC 7515 A.1.1, whose header and payload have line breaks in them.
TEST(Jws, ReadsTheExampleOfTheRfc) {
    const std::string input =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "VlfQ";
    const auto jws = Jws::decode(input + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    ASSERT_TRUE(jws) << jws.error().message;
    EXPECT_EQ(jws->header.string("alg"), "HS256");
    EXPECT_EQ(jws->payload.string("iss"), "joe");
    EXPECT_EQ(jws->payload.find("exp")->as_integer(), 1300819380);
    EXPECT_EQ(jws->payload.find("http://example.com/is_root")->as_bool(), true);
    EXPECT_EQ(jws->signing_input.reveal(), input);
    EXPECT_EQ(jws->signature.size(), 32u);
    EXPECT_EQ(static_cast<unsigned char>(jws->signature.reveal().front()), 116);
    EXPECT_EQ(static_cast<unsigned char>(jws->signature.reveal().back()), 121);
}

// RFC 7515 A.5: an unsecured one is read; whether it may be used is for F1 to say.
TEST(Jws, ReadsAnUnsecuredOneWithoutASignature) {
    const auto jws = Jws::decode(
        "eyJhbGciOiJub25lIn0."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "VlfQ"
        ".");
    ASSERT_TRUE(jws) << jws.error().message;
    EXPECT_EQ(jws->header.string("alg"), "none");
    EXPECT_EQ(jws->signature.reveal(), "");
}

struct Fault {
    const char* name;
    std::string text;
    const char* says;
};
void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}
class JwsRefuses : public testing::TestWithParam<Fault> {};
TEST_P(JwsRefuses, ATokenAndSaysWhyWithoutQuotingIt) {
    const auto jws = Jws::decode(GetParam().text);
    ASSERT_FALSE(jws);
    EXPECT_EQ(jws.status(), Status::protocol);
    EXPECT_NE(jws.error().message.find(GetParam().says), std::string::npos) << jws.error().message;
    EXPECT_EQ(jws.error().message.find("CANARY"), std::string::npos);
    for (std::size_t at = 0; at + 8 <= GetParam().text.size(); ++at)
        ASSERT_EQ(jws.error().message.find(GetParam().text.substr(at, 8)), std::string::npos);
}

const std::string good_header = R"({"alg":"ES256"})";
const std::string good_payload = R"({"sub":"CANARY"})";
INSTANTIATE_TEST_SUITE_P(
    Jws, JwsRefuses,
    testing::Values(
        Fault{"Empty", "", "three parts"}, Fault{"TwoParts", "e30.e30", "three parts"},
        Fault{"FourParts", "e30.e30.e30.e30", "three parts"},
        Fault{"FivePartsOfAJwe", "e30.e30.e30.e30.e30", "JWE"},
        Fault{"TooLong", token(good_header, std::string(13'000, ' ') + good_payload), "16384"},
        Fault{"HeaderNotBase64url", "e3 0." + base64url_encode(good_payload) + ".AAAA",
              "header is not base64url"},
        Fault{"PayloadPadded", base64url_encode(good_header) + ".e30=.AAAA",
              "payload is not base64url"},
        Fault{"SignatureNotBase64url",
              base64url_encode(good_header) + "." + base64url_encode(good_payload) + ".AA+A",
              "signature is not base64url"},
        Fault{"SpaceBefore", " " + token(good_header, good_payload), "header is not base64url"},
        Fault{"LineBreakAfter", token(good_header, good_payload) + "\n",
              "signature is not base64url"},
        Fault{"HeaderNotJson", token("CANARY", good_payload), "the header: JSON: line 1"},
        Fault{"PayloadNotJson", token(good_header, "CANARY"), "the payload: JSON: line 1"},
        Fault{"HeaderNotAnObject", token("[]", good_payload), "header is not a JSON object"},
        Fault{"PayloadNotAnObject", token(good_header, "\"CANARY\""),
              "payload is not a JSON object"},
        Fault{"DuplicateClaim", token(good_header, R"({"aud":"a","aud":"CANARY"})"),
              "payload: JSON"},
        Fault{"NoSignature", token(good_header, good_payload, ""), "signature is missing"},
        Fault{"SignatureWithAlgNone", token(R"({"alg":"none"})", good_payload), "alg none"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Jws, TellsAJweBeforehand) {
    EXPECT_TRUE(Jws::is_jwe("a.b.c.d.e"));
    EXPECT_FALSE(Jws::is_jwe("a.b.c"));
    EXPECT_FALSE(Jws::is_jwe("a.b.c.d.e.f"));
    EXPECT_FALSE(Jws::is_jwe(""));
}

}  // namespace
