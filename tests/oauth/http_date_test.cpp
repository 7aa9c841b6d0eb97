#include "http_date.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace mcp_auth::host {
namespace {

using std::chrono::seconds;
constexpr std::int64_t example = 784'111'777;  // the date of RFC 9110 5.6.7

TEST(HttpDate, IsReadInAllThreeForms) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), example);
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994"), example + 10 * 24 * 3600);
    EXPECT_EQ(parse_http_date("Friday, 15-Jan-27 08:00:00 GMT"), 1'800'000'000);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1'709'164'800);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
}

TEST(HttpDate, IsNothingWhenItIsMalformed) {
    for (const char* text :
         {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 31 Feb 2024 00:00:00 GMT", "Sun, 29 Feb 2023 00:00:00 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ", ", 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT"})
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

HttpResponse with(Headers headers) {
    HttpResponse response;
    response.status = 503;
    response.headers = std::move(headers);
    return response;
}

TEST(RetryAfter, IsANumberOfSeconds) {
    EXPECT_EQ(retry_after_of(with({{"retry-after", "120"}}), 0), seconds(120));
    EXPECT_EQ(retry_after_of(with({{"Retry-After", "0"}}), 0), seconds(0));
}

TEST(RetryAfter, IsADateRelativeToTheServersOwn) {
    const auto response = with({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}});
    EXPECT_EQ(retry_after_of(response, 1'800'000'000), seconds(30));
}

TEST(RetryAfter, IsADateRelativeToNowWhenTheServerHasNone) {
    const auto response = with({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}});
    EXPECT_EQ(retry_after_of(response, example), seconds(30));
}

TEST(RetryAfter, IsZeroForADateThatPassed) {
    const auto response = with({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}});
    EXPECT_EQ(retry_after_of(response, example + 100), seconds(0));
}

TEST(RetryAfter, IsAtMostADay) {
    for (const char* text :
         {"86401", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"})
        EXPECT_EQ(retry_after_of(with({{"Retry-After", text}}), example), seconds(86400)) << text;
}

TEST(RetryAfter, IsNothingWhenAbsentOrMalformed) {
    EXPECT_EQ(retry_after_of(with({}), 0), std::nullopt);
    for (const char* text : {"", "-1", "1.5", "soon", "10 s"})
        EXPECT_EQ(retry_after_of(with({{"Retry-After", text}}), 0), std::nullopt) << text;
}

}  // namespace
}  // namespace mcp_auth::host
