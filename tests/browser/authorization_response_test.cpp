#include "authorization_response.hpp"
#include "form_query.hpp"
#include "pkce.hpp"
#include "redirect_uri.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mcp_auth::host {
namespace {

constexpr const char* issuer = "https://auth.example";

ExpectedResponse expected(bool iss_promised = false) {
    return {Secret("the-state"), issuer, iss_promised};
}

Result<Secret> code_of(std::string_view query, const ExpectedResponse& wanted = expected()) {
    auto response = AuthorizationResponse::parse(query);
    if (!response) return std::move(response).error();
    return std::move(*response).code_for(wanted);
}

TEST(AuthorizationResponse, GivesTheCodeOfTheAnswerToWhatWasAsked) {
    const auto code = code_of("code=a%2Bb+c&state=the-state");
    ASSERT_TRUE(code) << code.error().message;
    EXPECT_EQ(code->reveal(), "a+b c");
}

TEST(AuthorizationResponse, TakesAnIssThatIsTheIssuerWhetherPromisedOrNot) {
    for (const bool promised : {true, false}) {
        const auto code =
            code_of("code=c&state=the-state&iss=https%3A%2F%2Fauth.example", expected(promised));
        EXPECT_TRUE(code) << code.error().message;
    }
}

struct Fault {
    const char* name;
    std::string query;
    Status status;
    const char* message;  // a part of it
    bool iss_promised = false;
};

class AuthorizationResponseFault : public ::testing::TestWithParam<Fault> {};

TEST_P(AuthorizationResponseFault, EndsWithItsStatusAndSaysWhatWasWrong) {
    const auto& fault = GetParam();
    const auto code = code_of(fault.query, expected(fault.iss_promised));
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().status, fault.status);
    EXPECT_EQ(code.error().leg, "authorization");
    EXPECT_NE(code.error().message.find(fault.message), std::string::npos) << code.error().message;
    EXPECT_EQ(code.error().message.find("secret"), std::string::npos) << code.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Of, AuthorizationResponseFault,
    ::testing::Values(
        Fault{"StateOfAnother", "code=secret&state=the-statf", Status::protocol, "\"state\""},
        Fault{"StateTooLong", "code=secret&state=the-state2", Status::protocol, "\"state\""},
        Fault{"StateInAnotherCase", "code=secret&state=The-State", Status::protocol, "\"state\""},
        Fault{"StateMissing", "code=secret", Status::protocol, "\"state\""},
        Fault{"StateTwice", "code=secret&state=the-state&state=the-state", Status::protocol,
              "\"state\" comes twice"},
        Fault{"CodeTwice", "code=secret&state=the-state&code=secret2", Status::protocol,
              "\"code\" comes twice"},
        Fault{"AnyParameterTwice", "code=secret&state=the-state&x=1&x=1", Status::protocol,
              "comes twice"},
        Fault{"BrokenEscape", "code=secret%2&state=the-state", Status::protocol, "percent-encoded"},
        Fault{"NulByte", "code=secret%00&state=the-state", Status::protocol, "percent-encoded"},
        Fault{"NeitherCodeNorError", "state=the-state", Status::protocol, "neither"},
        Fault{"EmptyCode", "code=&state=the-state", Status::protocol, "neither"},
        Fault{"CodeWithALineBreak", "code=secret%0A&state=the-state", Status::protocol, "neither"},
        Fault{"IssOfAnother", "code=secret&state=the-state&iss=https://evil.example",
              Status::protocol, "\"iss\""},
        Fault{"IssPromisedAndOfAnother", "code=secret&state=the-state&iss=https://evil.example",
              Status::protocol, "\"iss\"", true},
        Fault{"IssWithASlash", "code=secret&state=the-state&iss=https://auth.example/",
              Status::protocol, "\"iss\"", true},
        Fault{"IssInAnotherCase", "code=secret&state=the-state&iss=https://AUTH.example",
              Status::protocol, "\"iss\"", true},
        Fault{"IssPromisedAndMissing", "code=secret&state=the-state", Status::protocol,
              "has no \"iss\"", true},
        Fault{"IssEmpty", "code=secret&state=the-state&iss=", Status::protocol, "\"iss\"", true},
        Fault{"AccessDenied", "error=access_denied&state=the-state", Status::denied, "said no"},
        Fault{"ErrorBesideACode", "error=access_denied&code=secret&state=the-state", Status::denied,
              "said no"},
        Fault{"InvalidScope", "error=invalid_scope&state=the-state", Status::denied, "scope"},
        Fault{"UnauthorizedClient", "error=unauthorized_client&state=the-state", Status::denied,
              "client"},
        Fault{"LoginRequired", "error=login_required&state=the-state", Status::interaction_required,
              "sign in"},
        Fault{"InteractionRequired", "error=interaction_required&state=the-state",
              Status::interaction_required, "sign in"},
        Fault{"ConsentRequired", "error=consent_required&state=the-state",
              Status::interaction_required, "consent"},
        Fault{"AccountSelectionRequired", "error=account_selection_required&state=the-state",
              Status::interaction_required, "account"},
        Fault{"TemporarilyUnavailable", "error=temporarily_unavailable&state=the-state",
              Status::unavailable, "later"},
        Fault{"ServerError", "error=server_error&state=the-state", Status::unavailable, "later"},
        Fault{"UnsupportedResponseType", "error=unsupported_response_type&state=the-state",
              Status::misconfigured, "codes"},
        Fault{"InvalidRequest", "error=invalid_request&state=the-state", Status::misconfigured,
              "parameter"},
        Fault{"UnknownError", "error=out_of_cheese&state=the-state", Status::denied,
              "out_of_cheese"},
        Fault{"UnreadableError", "error=%1B%5B31m&state=the-state", Status::denied, "(unreadable)"},
        // RFC 9207: whose words they are is settled before they are heard.
        Fault{"ErrorOfAnotherIssuer",
              "error=access_denied&state=the-state&iss=https://evil.example", Status::protocol,
              "\"iss\""},
        Fault{"ErrorWithoutAPromisedIss", "error=access_denied&state=the-state", Status::protocol,
              "has no \"iss\"", true},
        Fault{"ErrorWithAnotherState", "error=access_denied&state=x", Status::protocol,
              "\"state\""}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(AuthorizationResponse, KeepsTheServersWordsStrippedAndApart) {
    const auto code =
        code_of("error=access_denied&error_description=no%0D%0Away%1B%5B2J&state=the-state");
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().oauth_error, "access_denied");
    EXPECT_EQ(code.error().description, "noway[2J");
    EXPECT_EQ(code.error().message.find("noway"), std::string::npos);
}

TEST(AuthorizationResponse, NeverShowsTheIssThatItRefuses) {
    const auto code = code_of("code=c&state=the-state&iss=https://evil.example");
    EXPECT_EQ(code.error().message.find("evil"), std::string::npos) << code.error().message;
}

TEST(FormQuery, RefusesMoreThanItWillLookAt) {
    std::string query;
    for (int i = 0; i < 65; ++i) query += "p" + std::to_string(i) + "=1&";
    EXPECT_EQ(parse_query(query).status(), Status::protocol);
}

TEST(FormQuery, TakesNamesWithoutValuesAndEmptyPieces) {
    const auto query = parse_query("&a&b=&c=1=2&");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->at("a"), "");
    EXPECT_EQ(query->at("c"), "1=2");
    EXPECT_EQ(query->size(), 3U);
}

TEST(Pkce, ChallengesWithTheHashOfItsVerifier) {
    testing::ManualClock clock;  // bytes 0 to 31
    const auto pkce = new_pkce(clock);
    EXPECT_EQ(pkce.verifier.reveal(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    // printf %s AAECAwQ... | openssl dgst -sha256 -binary | basenc --base64url
    EXPECT_EQ(pkce.challenge, "6oZqdX5MOLq_qBJ8vppAnT4fk6AP8UiP9zX8-Rev_9A");
}

TEST(Pkce, IsNeverTheSameTwice) {
    const auto clock = system_clock();
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) seen.insert(std::string(new_pkce(*clock).verifier.reveal()));
    EXPECT_EQ(seen.size(), 100U);
}

TEST(RedirectUri, IsHttpOnLoopbackWithoutAQuery) {
    const auto uri = RedirectUri::parse("http://127.0.0.1:8765/oauth/done");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->port, 8765);
    EXPECT_EQ(uri->text(), "http://127.0.0.1:8765/oauth/done");
    EXPECT_EQ(RedirectUri::parse("http://localhost/cb")->port, 0);
    EXPECT_EQ(RedirectUri::parse("http://localhost/cb")->host, "localhost");
    for (const auto* refused :
         {"https://127.0.0.1/cb", "http://example.com/cb", "http://127.0.0.2/cb",
          "http://127.0.0.1/cb?x=1", "http://127.0.0.1/cb#f", "com.example.app:/cb", ""})
        EXPECT_EQ(RedirectUri::parse(refused).status(), Status::misconfigured) << refused;
}

}  // namespace
}  // namespace mcp_auth::host
