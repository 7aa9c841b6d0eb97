// Reading the claims of a JWT, and what of them a message may show.
#include <mcp_auth/claims.hpp>

#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::plugin {
namespace {

std::optional<std::int64_t> date(const std::string& text) {
    const auto value = json::parse(text);
    return value ? numeric_date(&*value) : std::nullopt;
}

TEST(NumericDate, IsSecondsWithoutTheirFraction) {
    EXPECT_EQ(date("1700000000"), 1700000000);
    EXPECT_EQ(date("1700000000.9"), 1700000000);
    EXPECT_EQ(date("-0.5"), -1);
    EXPECT_EQ(date("1.7e9"), 1700000000);
    EXPECT_EQ(date("9007199254740992"), 9007199254740992);
}

TEST(NumericDate, IsNothingElse) {
    for (const char* text : {R"("1700000000")", "true", "null", "[1700000000]", "{}",
                             "9007199254740993", "-9007199254740993", "1e300", "-1e300"})
        EXPECT_EQ(date(text), std::nullopt) << text;
    EXPECT_EQ(numeric_date(nullptr), std::nullopt);
}

TEST(Shown, QuotesPrintableAsciiAndNothingElse) {
    EXPECT_EQ(shown("https://a.example"), "\"https://a.example\"");
    EXPECT_EQ(shown(""), "\"\"");
    EXPECT_EQ(shown("a\n\x1b[31mb\x7f\xc3\xa9"), "\"a??[31mb???\"");
}

TEST(Shown, NeverShowsWhatMayBeAToken) {
    EXPECT_EQ(shown(std::string(200, 'a')).size(), 202U);
    EXPECT_EQ(shown(std::string(201, 'a')), "a text too long to show");
    EXPECT_EQ(shown("eyJhbGciOiJub25lIn0.e30."), "a text that may hold a token");
    EXPECT_EQ(shown("token eyJhbGciOiJub25lIn0"), "a text that may hold a token");
}

TEST(Shown, DescribesWhatIsNoText) {
    const auto of = [](const std::string& text) {
        const auto value = json::parse(text);
        return shown(&*value);
    };
    EXPECT_EQ(shown(static_cast<const json::Value*>(nullptr)), "absent");
    EXPECT_EQ(of("null"), "null");
    EXPECT_EQ(of("true"), "a boolean");
    EXPECT_EQ(of("12345"), "a number");
    EXPECT_EQ(of(R"("a")"), "\"a\"");
    EXPECT_EQ(of(R"({"a":1})"), "an object");
    EXPECT_EQ(of("[]"), "an array of 0");
    EXPECT_EQ(of(R"(["a"])"), "an array of \"a\"");
    EXPECT_EQ(of(R"(["a","b"])"), "an array of 2");
}

}  // namespace
}  // namespace mcp_auth::plugin
