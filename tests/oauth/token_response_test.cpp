#include "grant.hpp"
#include "token_endpoint.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace mcp_auth::host {
namespace {

constexpr std::int64_t time_of_answer = 1'800'000'000;

HttpResponse answer(int status, std::string body, Headers headers = {}) {
    HttpResponse response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    return response;
}

// One valid response with one member changed; nothing: left out.
std::string redemption_with(const std::string& name, const std::optional<std::string>& json) {
    std::string body;
    for (const auto& [member, value] :
         {std::pair{"access_token", R"("canary.token-1~+/=")"},
          std::pair{"token_type", R"("Bearer")"}, std::pair{"expires_in", "3600"},
          std::pair{"scope", R"("chat.read")"}}) {
        if (member == name && !json) continue;
        if (!body.empty()) body += ',';
        body += '"' + std::string(member) + "\":" + (member == name ? *json : value);
    }
    if (name == "refresh_token" || name == "extra") body += ",\"" + name + "\":" + *json;
    return "{" + body + "}";
}

Result<TokenResponse> redeemed(const std::string& name, const std::optional<std::string>& json) {
    return read_token_response(answer(200, redemption_with(name, json)), jwt_bearer_grant,
                               time_of_answer);
}

void expect_protocol(const Result<TokenResponse>& result, std::string_view why) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.status(), Status::protocol);
    EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find("canary"), std::string::npos) << result.error().message;
}

TEST(TokenResponse, IsReadInFull) {
    const auto body = redemption_with("refresh_token", R"("canary-refresh")");
    const auto token =
        read_token_response(answer(200, body, {{"Date", "Fri, 15 Jan 2027 08:00:00 GMT"}}),
                            jwt_bearer_grant, time_of_answer);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->http_status, 200);
    EXPECT_EQ(token->json.reveal(), body);
    EXPECT_EQ(token->access_token.reveal(), "canary.token-1~+/=");
    EXPECT_EQ(token->refresh_token.reveal(), "canary-refresh");
    EXPECT_EQ(token->token_type, "Bearer");
    EXPECT_EQ(token->scope, "chat.read");
    EXPECT_EQ(token->expires_at, time_of_answer + 3600);
    EXPECT_EQ(token->server_date, time_of_answer);
}

TEST(TokenResponse, MayHaveMembersThatNobodyKnows) {
    EXPECT_TRUE(redeemed("extra", R"({"a":[1,null]})"));
}

// "201 as success" is among the quirks of identity providers.
TEST(TokenResponse, IsASuccessWithAnyStatusOf2xx) {
    for (const int status : {200, 201, 203})
        EXPECT_TRUE(read_token_response(answer(status, redemption_with("", {})), jwt_bearer_grant,
                                        time_of_answer))
            << status;
}

struct Fault {
    std::string member;
    std::optional<std::string> json;
    std::string why;
};
class FaultyTokenResponse : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultyTokenResponse, BreaksTheProtocol) {
    const auto result = redeemed(GetParam().member, GetParam().json);
    expect_protocol(result, GetParam().why);
    EXPECT_EQ(result.error().leg, "redemption");
    EXPECT_EQ(result.error().http_status, 200);
}

INSTANTIATE_TEST_SUITE_P(
    H1, FaultyTokenResponse,
    ::testing::Values(
        Fault{"access_token", std::nullopt, "access_token"},
        Fault{"access_token", R"("")", "access_token"},
        Fault{"access_token", "null", "access_token"}, Fault{"access_token", "17", "access_token"},
        Fault{"access_token", R"(["canary"])", "access_token"},
        Fault{"access_token", R"("canary\r\nX-Evil: 1")", "access_token"},
        Fault{"access_token", R"("canary\u0000")", "access_token"},
        Fault{"access_token", R"("canary token")", "RFC 6750"},
        Fault{"access_token", R"("canary,token")", "RFC 6750"},
        Fault{"access_token", R"("canary=token")", "RFC 6750"},
        Fault{"access_token", R"("====")", "RFC 6750"},
        Fault{"access_token", R"("canary-ä")", "access_token"},
        Fault{"token_type", std::nullopt, "token_type"}, Fault{"token_type", R"("")", "token_type"},
        Fault{"token_type", "1", "token_type"},
        Fault{"token_type", R"("mac")", "neither Bearer nor DPoP"},
        Fault{"token_type", R"("N_A")", "neither Bearer nor DPoP"},
        Fault{"token_type", R"("Bearer\n")", "token_type"},
        Fault{"scope", R"(["chat.read"])", "scope"}, Fault{"scope", R"("chat\nread")", "scope"}));

INSTANTIATE_TEST_SUITE_P(H2, FaultyTokenResponse,
                         ::testing::Values(Fault{"expires_in", "-1", "expires_in"},
                                           Fault{"expires_in", R"("-1")", "expires_in"},
                                           Fault{"expires_in", "-1e300", "expires_in"},
                                           Fault{"expires_in", R"("soon")", "expires_in"},
                                           Fault{"expires_in", R"("")", "expires_in"},
                                           Fault{"expires_in", R"("3600s")", "expires_in"},
                                           Fault{"expires_in", R"(" 3600")", "expires_in"},
                                           Fault{"expires_in", "true", "expires_in"},
                                           Fault{"expires_in", "[3600]", "expires_in"}));

TEST(TokenType, IsBearerOrDpopInAnyCase) {
    for (const char* type : {"Bearer", "bearer", "BEARER", "DPoP", "dpop"})
        EXPECT_TRUE(redeemed("token_type", '"' + std::string(type) + '"')) << type;
}

TEST(RefreshToken, IsIgnoredWhenItIsMalformed) {
    for (const char* json : {"17", "null", R"("")", R"("a\nb")"}) {
        const auto token = redeemed("refresh_token", json);
        ASSERT_TRUE(token) << json;
        EXPECT_TRUE(token->refresh_token.empty()) << json;
    }
}

struct Life {
    std::optional<std::string> json;
    std::int64_t expires_at;
};
class ExpiresIn : public ::testing::TestWithParam<Life> {};

TEST_P(ExpiresIn, BecomesAnAbsoluteTimeAtReceipt) {
    const auto token = redeemed("expires_in", GetParam().json);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->expires_at, GetParam().expires_at);
}

constexpr std::int64_t ten_years = 10LL * 365 * 24 * 60 * 60;
INSTANTIATE_TEST_SUITE_P(
    H2, ExpiresIn,
    ::testing::Values(Life{"3600", time_of_answer + 3600}, Life{R"("3600")", time_of_answer + 3600},
                      Life{"3600.9", time_of_answer + 3600}, Life{"3.6e3", time_of_answer + 3600},
                      Life{"0", 0}, Life{R"("0")", 0}, Life{"null", 0}, Life{std::nullopt, 0},
                      Life{"9223372036854775807", time_of_answer + ten_years},
                      Life{"1e300", time_of_answer + ten_years},
                      Life{R"("99999999999999999999999")", time_of_answer + ten_years}));

// ---- the token exchange: an assertion comes back, the provider checks its type (E3) ----

Result<TokenResponse> exchanged(std::string body) {
    return read_token_response(answer(200, std::move(body)), token_exchange_grant, time_of_answer);
}

TEST(ExchangeResponse, MayHaveAnyTokenTypeOrNone) {
    for (const char* type : {R"(,"token_type":"N_A")", R"(,"token_type":"n_a")", ""})
        EXPECT_TRUE(exchanged(R"({"access_token":"a.b.c")" + std::string(type) + "}")) << type;
}

TEST(ExchangeResponse, HandsOutWhatTheProviderChecks) {
    const auto token = exchanged(
        R"({"access_token":"a.b.c","token_type":"N_A","issued_token_type":"urn:x","scope":"s"})");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->access_token.reveal(), "a.b.c");
    EXPECT_EQ(token->token_type, "N_A");
    EXPECT_EQ(token->issued_token_type, "urn:x");
    EXPECT_EQ(token->scope, "s");
    EXPECT_EQ(token->expires_at, 0);
}

TEST(ExchangeResponse, NeedsAnAccessToken) {
    expect_protocol(exchanged(R"({"token_type":"N_A"})"), "access_token");
    expect_protocol(exchanged(R"({"access_token":"","token_type":"N_A"})"), "access_token");
    expect_protocol(exchanged(R"({"access_token":{},"token_type":"N_A"})"), "access_token");
}

TEST(ExchangeResponse, HasNoLineBreakInItsToken) {
    expect_protocol(exchanged(R"({"access_token":"canary\n","token_type":"N_A"})"), "access_token");
}

TEST(ExchangeResponse, HasNoLineBreakInItsTypes) {
    expect_protocol(exchanged(R"({"access_token":"a.b.c","token_type":"N\nA"})"), "token_type");
    expect_protocol(exchanged(R"({"access_token":"a.b.c","issued_token_type":7})"),
                    "issued_token_type");
}

// ---- what is no token response at all ----

class UnreadableBody : public ::testing::TestWithParam<std::string> {};

TEST_P(UnreadableBody, BreaksTheProtocolWhenTheServerCallsItASuccess) {
    expect_protocol(read_token_response(answer(200, GetParam()), jwt_bearer_grant, time_of_answer),
                    "JSON");
}
TEST_P(UnreadableBody, BreaksTheProtocolWhenTheServerCallsItARefusal) {
    for (const int status : {400, 401, 403, 404, 405})
        expect_protocol(
            read_token_response(answer(status, GetParam()), jwt_bearer_grant, time_of_answer),
            "HTTP " + std::to_string(status));
}
TEST_P(UnreadableBody, IsUnavailableWhenTheServerFailedOrIsBusy) {
    for (const int status : {429, 500, 502, 503, 504}) {
        const auto result = read_token_response(answer(status, GetParam(), {{"Retry-After", "7"}}),
                                                jwt_bearer_grant, time_of_answer);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.status(), Status::unavailable) << status;
        EXPECT_EQ(result.error().retry_after, std::chrono::seconds(7));
        EXPECT_EQ(result.error().http_status, status);
        EXPECT_EQ(result.error().message.find("canary"), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(H3, UnreadableBody,
                         ::testing::Values("", "<html><body>canary</body></html>",
                                           R"({"access_token":"canary)",
                                           R"({"access_token":"canary"} trailing)", R"(["canary"])",
                                           R"("canary")", "null", "\xef\xbb\xbf{}",
                                           R"({"a":1,"a":"canary"})",
                                           std::string(40, '[') + std::string(40, ']'),
                                           "{\"canary\":\"" + std::string(64 * 1024, 'x') + "\"}"));

TEST(Redirect, IsNotFollowedAndSaysSo) {
    for (const int status : {301, 302, 303, 307, 308})
        expect_protocol(read_token_response(answer(status, redemption_with("", {}),
                                                   {{"Location", "https://evil.example/canary"}}),
                                            jwt_bearer_grant, time_of_answer),
                        "redirects are not followed");
}

TEST(Refusal, WithoutAnErrorMemberBreaksTheProtocol) {
    for (const int status : {400, 401, 403, 404})
        expect_protocol(read_token_response(answer(status, redemption_with("", {})),
                                            jwt_bearer_grant, time_of_answer),
                        "without an OAuth error");
}

TEST(Refusal, WithoutAnErrorMemberIsUnavailableWhenTheServerFailed) {
    const auto result = read_token_response(answer(503, "{}"), jwt_bearer_grant, time_of_answer);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.status(), Status::unavailable);
    EXPECT_EQ(result.error().retry_after, std::nullopt);
}

TEST(Leg, IsNamedByTheGrant) {
    for (const auto& [grant, leg] :
         {std::pair{std::string(token_exchange_grant), "exchange"},
          std::pair{std::string(jwt_bearer_grant), "redemption"},
          std::pair{std::string("client_credentials"), "token"}, std::pair{std::string(), "token"}})
        EXPECT_EQ(read_token_response(answer(200, ""), grant, time_of_answer).error().leg, leg);
}

}  // namespace
}  // namespace mcp_auth::host
