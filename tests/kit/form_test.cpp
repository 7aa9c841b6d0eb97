// application/x-www-form-urlencoded.
#include <mcp_auth/form.hpp>

#include <gtest/gtest.h>

namespace mcp_auth {
namespace {

// RFC 6749 appendix B has this example, with all that is special in it.
TEST(FormEncode, EncodesUtf8BytesAndSpaces) {
    EXPECT_EQ(form_encode(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(FormEncode, KeepsUnreservedCharactersAlone) {
    EXPECT_EQ(form_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(form_encode("=:/*\n"), "%3D%3A%2F%2A%0A");
    EXPECT_EQ(form_encode(std::string_view("\0", 1)), "%00");
}

TEST(FormEncode, WritesAQueryBehindAnEndpointsOwn) {
    EXPECT_EQ(url_with_query("https://h/a", {{"x y", "a&b=c/\xc3\xa4"}}),
              "https://h/a?x+y=a%26b%3Dc%2F%C3%A4");
    EXPECT_EQ(url_with_query("https://h/a?t=7", {{"x", "1"}, {"y", ""}}), "https://h/a?t=7&x=1&y=");
}

}  // namespace
}  // namespace mcp_auth
