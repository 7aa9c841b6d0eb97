// What each OAuth error means, by grant: the table of protocol.md K.
#include "oauth_error.hpp"

#include "grant.hpp"
#include "token_endpoint.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace mcp_auth::host {
namespace {

using std::chrono::seconds;
constexpr std::int64_t now = 1'800'000'000;

Error error_of(int status, std::string body, std::string_view grant, Headers headers = {}) {
    HttpResponse response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    auto result = read_token_response(response, grant, now);
    EXPECT_FALSE(result);
    return result ? Error() : std::move(result.error());
}

std::string body_of(const std::string& code) {
    return R"({"error":")" + code + "\"}";
}

struct Row {
    std::string code;
    std::string grant;
    Status status;
};
class OAuthError : public ::testing::TestWithParam<Row> {};

// H3: whatever the HTTP status is, 200 and 201 included.
TEST_P(OAuthError, MeansTheSameWithAnyHttpStatus) {
    for (const int status : {200, 201, 400, 401, 403}) {
        const auto error = error_of(status, body_of(GetParam().code), GetParam().grant);
        EXPECT_EQ(error.status, GetParam().status) << to_string(error.status);
        EXPECT_EQ(error.oauth_error, GetParam().code);
        EXPECT_EQ(error.http_status, status);
        EXPECT_EQ(error.leg, leg_of(grant_of(GetParam().grant)));
        EXPECT_NE(error.message.find(GetParam().code), std::string::npos);
    }
}

const std::string exchange(token_exchange_grant);
const std::string redemption(jwt_bearer_grant);

INSTANTIATE_TEST_SUITE_P(
    Exchange, OAuthError,
    ::testing::Values(Row{"invalid_grant", exchange, Status::interaction_required},
                      Row{"invalid_request", exchange, Status::interaction_required},
                      Row{"invalid_client", exchange, Status::misconfigured},
                      Row{"unsupported_grant_type", exchange, Status::misconfigured},
                      Row{"access_denied", exchange, Status::denied},
                      Row{"invalid_target", exchange, Status::denied},
                      Row{"invalid_scope", exchange, Status::denied},
                      Row{"unauthorized_client", exchange, Status::denied},
                      Row{"temporarily_unavailable", exchange, Status::unavailable},
                      Row{"server_error", exchange, Status::unavailable},
                      Row{"insufficient_user_authentication", exchange,
                          Status::interaction_required},
                      Row{"login_required", exchange, Status::interaction_required},
                      Row{"interaction_required", exchange, Status::interaction_required},
                      Row{"consent_required", exchange, Status::interaction_required},
                      Row{"use_dpop_nonce", exchange, Status::protocol},
                      Row{"something_new", exchange, Status::denied}));
INSTANTIATE_TEST_SUITE_P(
    Redemption, OAuthError,
    ::testing::Values(Row{"invalid_grant", redemption, Status::denied},
                      Row{"invalid_request", redemption, Status::misconfigured},
                      Row{"invalid_client", redemption, Status::misconfigured},
                      Row{"unsupported_grant_type", redemption, Status::misconfigured},
                      Row{"invalid_target", redemption, Status::denied},
                      Row{"invalid_scope", redemption, Status::denied},
                      Row{"unauthorized_client", redemption, Status::denied},
                      Row{"access_denied", redemption, Status::denied},
                      Row{"temporarily_unavailable", redemption, Status::unavailable},
                      Row{"invalid_dpop_proof", redemption, Status::misconfigured},
                      Row{"insufficient_user_authentication", redemption,
                          Status::interaction_required},
                      Row{"something_new", redemption, Status::denied}));
INSTANTIATE_TEST_SUITE_P(
    OtherGrants, OAuthError,
    ::testing::Values(Row{"invalid_grant", "client_credentials", Status::denied},
                      Row{"invalid_grant", "authorization_code", Status::interaction_required},
                      Row{"invalid_grant", "refresh_token", Status::interaction_required},
                      Row{"invalid_request", "client_credentials", Status::misconfigured},
                      Row{"invalid_client", "client_credentials", Status::misconfigured}));

TEST(OAuthErrorStatus, IsUnavailableForAnythingThatComesWith429) {
    for (const char* code : {"invalid_client", "invalid_grant", "slow_down", "access_denied"}) {
        const auto error = error_of(429, body_of(code), exchange, {{"Retry-After", "12"}});
        EXPECT_EQ(error.status, Status::unavailable) << code;
        EXPECT_EQ(error.retry_after, seconds(12));
        EXPECT_EQ(error.oauth_error, code);
    }
}

TEST(OAuthErrorStatus, IsUnavailableForAnUnknownErrorThatComesWith5xx) {
    // What a web framework says when it fails by itself.
    const auto error = error_of(
        500, R"({"status":500,"error":"Internal Server Error","path":"/token"})", exchange);
    EXPECT_EQ(error.status, Status::unavailable);
    EXPECT_EQ(error_of(503, body_of("server_error"), exchange).status, Status::unavailable);
}

TEST(OAuthErrorStatus, IsWhatAKnownErrorSaysEvenWith5xx) {
    EXPECT_EQ(error_of(500, body_of("invalid_client"), exchange).status, Status::misconfigured);
}

TEST(OAuthErrorStatus, HasNoRetryAfterUnlessItIsUnavailable) {
    const auto error = error_of(400, body_of("access_denied"), exchange, {{"Retry-After", "12"}});
    EXPECT_EQ(error.retry_after, std::nullopt);
}

TEST(OAuthErrorCode, WinsOverAnAccessTokenBesideIt) {
    const auto error =
        error_of(200, R"({"access_token":"canary","token_type":"Bearer","error":"access_denied"})",
                 redemption);
    EXPECT_EQ(error.status, Status::denied);
}

TEST(OAuthErrorCode, IsUnreadableWhenItIsNotWhatRfc6749Allows) {
    for (const std::string& json :
         {std::string("17"), std::string("{}"), std::string("true"), std::string(R"("")"),
          std::string(R"("access\ndenied")"), std::string(R"("a\"b")"), std::string(R"("a\\b")"),
          std::string(R"("ä")"), '"' + std::string(65, 'a') + '"'}) {
        const auto error = error_of(400, R"({"error":)" + json + "}", exchange);
        EXPECT_EQ(error.oauth_error, "(unreadable)") << json;
        EXPECT_EQ(error.status, Status::denied) << json;
    }
}

TEST(OAuthErrorCode, ThatIsNullIsNone) {
    HttpResponse response;
    response.status = 200;
    response.body = R"({"access_token":"abc","token_type":"Bearer","error":null})";
    EXPECT_TRUE(read_token_response(response, redemption, now));
}

TEST(ErrorDescription, IsStrippedOfWhatCouldDriveATerminal) {
    const auto error = error_of(
        400, R"({"error":"access_denied","error_description":"no\u001b[31m\n way\u202e ü"})",
        exchange);
    for (const char c : error.description) EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
    EXPECT_EQ(error.description.find("no[31m"), 0u) << error.description;
    EXPECT_EQ(error.message.find("[31m"), std::string::npos);
}

TEST(ErrorDescription, IsCappedAt200Bytes) {
    const auto error = error_of(
        400, R"({"error":"access_denied","error_description":")" + std::string(5000, 'x') + "\"}",
        exchange);
    EXPECT_EQ(error.description, std::string(200, 'x'));
}

TEST(ErrorDescription, IsEmptyWhenItIsNoString) {
    EXPECT_EQ(
        error_of(400, R"({"error":"access_denied","error_description":7})", exchange).description,
        "");
}

// ---- RFC 9470: step-up, carried to the application (K) ----

constexpr auto challenge =
    R"(Bearer error="insufficient_user_authentication", acr_values="phr phrh", max_age="60")";

TEST(StepUp, IsReadFromTheBody) {
    const auto error = error_of(400,
                                R"({"error":"insufficient_user_authentication",)"
                                R"("max_age":300,"acr_values":"urn:mace:silver phr"})",
                                exchange);
    EXPECT_EQ(error.status, Status::interaction_required);
    EXPECT_EQ(error.max_age, seconds(300));
    EXPECT_EQ(error.acr_values, "urn:mace:silver phr");
}

TEST(StepUp, MayGiveItsMaxAgeAsAString) {
    const auto error =
        error_of(400, R"({"error":"insufficient_user_authentication","max_age":"300"})", exchange);
    EXPECT_EQ(error.max_age, seconds(300));
    EXPECT_EQ(error.acr_values, "");
}

TEST(StepUp, IsReadFromTheChallengeWhereTheBodyDoesNotSay) {
    const auto error = error_of(401, R"({"error":"insufficient_user_authentication"})", redemption,
                                {{"WWW-Authenticate", challenge}});
    EXPECT_EQ(error.max_age, seconds(60));
    EXPECT_EQ(error.acr_values, "phr phrh");
}

TEST(StepUp, IsReadFromTheChallengeAlone) {
    const auto error = error_of(401, "", redemption, {{"WWW-Authenticate", challenge}});
    EXPECT_EQ(error.status, Status::interaction_required);
    EXPECT_EQ(error.oauth_error, "insufficient_user_authentication");
    EXPECT_EQ(error.max_age, seconds(60));
}

TEST(StepUp, PrefersTheBodyToTheChallenge) {
    const auto error = error_of(
        400, R"({"error":"insufficient_user_authentication","max_age":0,"acr_values":"x"})",
        exchange, {{"WWW-Authenticate", challenge}});
    EXPECT_EQ(error.max_age, seconds(0));
    EXPECT_EQ(error.acr_values, "x");
}

TEST(StepUp, IgnoresAMaxAgeThatMakesNoSense) {
    for (const char* json : {"-1", R"("-1")", R"("soon")", "99999999999", "1.5", "null", "[60]"}) {
        const auto error = error_of(
            400,
            R"({"error":"insufficient_user_authentication","max_age":)" + std::string(json) + "}",
            exchange);
        EXPECT_EQ(error.max_age, std::nullopt) << json;
    }
}

TEST(StepUp, IsNotReadForAnotherError) {
    const auto error = error_of(400, R"({"error":"access_denied","max_age":300,"acr_values":"x"})",
                                exchange, {{"WWW-Authenticate", challenge}});
    EXPECT_EQ(error.max_age, std::nullopt);
    EXPECT_EQ(error.acr_values, "");
    EXPECT_EQ(error.status, Status::denied);
}

TEST(StepUp, StripsItsAcrValues) {
    const auto error = error_of(
        400, R"({"error":"insufficient_user_authentication","acr_values":"a\nb\u001b"})", exchange);
    EXPECT_EQ(error.acr_values, "ab");
}

}  // namespace
}  // namespace mcp_auth::host
