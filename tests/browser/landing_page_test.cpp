#include "landing_page.hpp"

#include <gmock/gmock.h>

#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LandingPage, SaysWhetherItWorkedInTitleAndHeading) {
    for (const auto& [landing, words] :
         {std::pair{Landing::accepted, "It worked"}, std::pair{Landing::refused, "It did not work"},
          std::pair{Landing::again, "Already answered"}, std::pair{Landing::late, "Too late"}}) {
        const auto page = landing_response(landing);
        EXPECT_THAT(page, HasSubstr("<title>" + std::string(words) + "</title>"));
        EXPECT_THAT(page, HasSubstr("<h1>" + std::string(words) + "</h1>"));
        EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
    }
    EXPECT_THAT(landing_response(Landing::accepted), HasSubstr("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(landing_response(Landing::late), HasSubstr("HTTP/1.1 410 Gone\r\n"));
}

TEST(LandingPage, LoadsAndRunsNothingAndIsNeitherKeptNorNamedElsewhere) {
    const auto page = landing_response(Landing::accepted);
    EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
    EXPECT_THAT(page, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
    EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
    for (const auto* never : {"<script", "http://", "https://", "url(", "src=", "href="})
        EXPECT_THAT(page, Not(HasSubstr(never)));
}

TEST(LandingPage, EscapesAPeersWords) {
    Error error{Status::denied, "authorization", "answered <b>&\"'"};
    error.description = "<img src=x onerror=alert(1)>";
    const auto page = landing_response(Landing::refused, error);
    EXPECT_THAT(page, HasSubstr("answered &lt;b&gt;&amp;&quot;&#39;"));
    EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
}

TEST(LandingPage, SaysHowLongItIs) {
    const auto page = landing_response(Landing::late);
    const auto body = page.substr(page.find("\r\n\r\n") + 4);
    EXPECT_THAT(page, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
}

}  // namespace
}  // namespace mcp_auth::host
