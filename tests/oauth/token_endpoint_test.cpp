#include "token_endpoint.hpp"

#include "token_endpoint_fixture.hpp"

#include <mcp_auth/host/echo.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using testing::endpoint_url;
using testing::good_answer;
using testing::ManualClock;

class TokenRequest : public testing::TokenEndpointFixture {};

TEST_F(TokenRequest, IsTheseBytes) {
    on_token().json(200, good_answer);
    fields = {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
              {"assertion", "canary.assertion.signature"},
              {"resource", "https://mcp.example/a b?c=d&e"},
              {"scope", "chat.read chat.write"},
              {"resource", "second"}};
    const auto token = request();
    ASSERT_TRUE(token) << token.error().message;
    ASSERT_EQ(http.requests().size(), 1u);
    const auto sent = http.requests()[0];
    EXPECT_EQ(sent.method, "POST");
    EXPECT_EQ(sent.url, endpoint_url);
    // base64 of "client-1:canary-client-secret"
    EXPECT_EQ(sent.headers,
              (Headers{{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"},
                       {"Authorization", "Basic Y2xpZW50LTE6Y2FuYXJ5LWNsaWVudC1zZWNyZXQ="}}));
    EXPECT_EQ(sent.body,
              "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
              "&assertion=canary.assertion.signature"
              "&resource=https%3A%2F%2Fmcp.example%2Fa+b%3Fc%3Dd%26e"
              "&scope=chat.read+chat.write&resource=second");
    EXPECT_EQ(sent.max_response_bytes, 64u * 1024);  // L3
    EXPECT_EQ(sent.max_redirects, 0);                // L2
}

TEST_F(TokenRequest, OfAPublicClientHasItsIdInTheBody) {
    on_token().json(200, good_answer);
    client.method = ClientMethod::none;
    fields = {{"grant_type", "client_credentials"}};
    ASSERT_TRUE(request());
    EXPECT_EQ(http.requests()[0].headers.size(), 2u);
    EXPECT_EQ(http.requests()[0].body, "grant_type=client_credentials&client_id=client-1");
}

TEST_F(TokenRequest, GoesToTheEndpointThatTheClientNames) {
    http.on("POST", "https://auth.example/other").json(200, good_answer);
    client.token_endpoint = "https://auth.example/other";
    EXPECT_TRUE(request());
    EXPECT_TRUE(http.unexpected().empty());
}

TEST_F(TokenRequest, IsNotSentWhenTheMetadataHasNoEndpoint) {
    server.token_endpoint.clear();
    const auto token = request();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::protocol);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_NE(token.error().message.find("token_endpoint"), std::string::npos);
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(TokenRequest, IsNotSentToWhatIsNoUrl) {
    server.token_endpoint = "https://user@auth.example/token";
    EXPECT_EQ(request().status(), Status::misconfigured);
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(TokenRequest, IsNotSentWithAMethodThatTheServerDoesNotList) {
    server.states_auth_methods = true;
    server.auth_methods = {"private_key_jwt"};
    const auto token = request();
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(TokenRequest, IsNotSentForACallerThatGaveUp) {
    Bounds bounds;
    bounds.cancellation.cancel();
    EXPECT_EQ(request(bounds).status(), Status::cancelled);
    Bounds late;
    late.deadline = clock->now();
    const auto token = request(late);
    EXPECT_EQ(token.status(), Status::deadline);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(TokenRequest, HasADeadlineOnTheNetworkEvenIfTheCallerGaveNone) {
    const auto started = clock->now();
    on_token().answer([&](const HttpRequest&, const Bounds& bounds) {
        EXPECT_EQ(bounds.deadline, started + 60s);
        return Result<HttpResponse>(Error(Status::misconfigured, "", "stop here"));
    });
    EXPECT_EQ(request().status(), Status::misconfigured);
}

TEST_F(TokenRequest, NamesTheServerInItsError) {
    on_token().json(400, R"({"error":"invalid_scope","error_description":"no such scope"})");
    const auto token = request();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::denied);
    EXPECT_EQ(token.error().message.find("https://auth.example answered invalid_scope (HTTP 400)"),
              0u)
        << token.error().message;
    EXPECT_EQ(token.error().description, "no such scope");
}

TEST_F(TokenRequest, GivesAFailureOfTheNetworkItsLeg) {
    on_token().fail(Status::misconfigured, "auth.example:443: the certificate has expired");
    const auto token = request();
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "redemption");
    EXPECT_EQ(token.error().message, "auth.example:443: the certificate has expired");
    EXPECT_EQ(http.requests().size(), 1u);
}

TEST_F(TokenRequest, IsRecordedWithNothingSecret) {
    on_token().answer([&](const HttpRequest&, const Bounds&) {
        clock->advance(250ms);
        HttpResponse response;
        response.status = 200;
        response.headers = {{"x-request-id", "r-42"}};
        response.body = good_answer;
        return Result<HttpResponse>(response);
    });
    ASSERT_TRUE(request());
    ASSERT_EQ(sink->events().size(), 1u);
    const auto event = sink->events()[0];
    EXPECT_EQ(event.kind, AuditEvent::Kind::leg);
    EXPECT_EQ(event.leg, "redemption");
    EXPECT_EQ(event.peer, "https://auth.example");
    EXPECT_EQ(event.status, Status::ok);
    EXPECT_EQ(event.http_status, 200);
    EXPECT_EQ(event.duration, 250ms);
    EXPECT_EQ(event.correlation, "r-42");
    EXPECT_TRUE(event.fields.empty());
}

TEST_F(TokenRequest, IsRecordedWithWhatTheAnswerMeans) {
    on_token().json(200, R"({"error":"access_denied"})");
    ASSERT_FALSE(request());
    const auto event = sink->events().at(0);
    EXPECT_EQ(event.status, Status::denied);
    EXPECT_EQ(event.http_status, 200);
    using Field = std::pair<std::string, std::string>;
    EXPECT_EQ(event.fields, (std::vector<Field>{{"oauth_error", "access_denied"}}));
}

// L4: a server that quotes what it refuses must not get it into our logs.
class EchoedCredential : public TokenRequest {
protected:
    void expect_nothing_repeated(const std::string& body, const Headers& headers = {}) {
        on_token().json(400, body, headers);
        const auto token = request();
        ASSERT_FALSE(token);
        const auto& error = token.error();
        const auto event = sink->events().at(0);
        std::string all = error.message + error.description + error.oauth_error + error.acr_values +
                          event.correlation;
        for (const auto& [name, value] : event.fields) all += value;
        EXPECT_EQ(all.find("canary"), std::string::npos) << all;
        EXPECT_EQ(all.find("signature"), std::string::npos) << all;
    }
};

TEST_F(EchoedCredential, IsWithheldFromTheDescription) {
    expect_nothing_repeated(
        R"({"error":"access_denied","error_description":"bad: canary.assertion.signature"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheDescriptionWhenItIsAPiece) {
    expect_nothing_repeated(
        R"({"error":"access_denied","error_description":"bad end: tion.signature!"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheDescriptionWhenItIsTheClientSecret) {
    expect_nothing_repeated(
        R"({"error":"invalid_client","error_description":"not canary-client-secret"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheDescriptionWhenItIsTheBasicHeader) {
    on_token().answer([](const HttpRequest& sent, const Bounds&) {
        HttpResponse response;
        response.status = 401;
        for (const auto& [name, value] : sent.headers)
            if (name == "Authorization")
                response.body = R"({"error":"invalid_client","error_description":"not )" +
                                value.substr(6) + "\"}";
        return Result<HttpResponse>(response);
    });
    EXPECT_EQ(request().error().description, withheld);
}
TEST_F(EchoedCredential, IsWithheldFromTheErrorCode) {
    expect_nothing_repeated(R"({"error":"canary.assertion.signature"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheAcrValues) {
    expect_nothing_repeated(R"({"error":"insufficient_user_authentication",)"
                            R"("acr_values":"canary.assertion.signature"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheCorrelationId) {
    expect_nothing_repeated(R"({"error":"access_denied"})",
                            {{"x-request-id", "canary.assertion.signature"}});
}
TEST_F(EchoedCredential, IsWithheldWhenItIsADeviceCode) {
    fields = {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
              {"device_code", "canary-device-code"}};
    expect_nothing_repeated(
        R"({"error":"invalid_grant",)"
        R"("error_description":"device code canary-device-code is not known"})");
}
TEST_F(EchoedCredential, IsWithheldWhenItIsAFieldThatIsNotKnown) {
    fields.emplace_back("vendor_ticket", "canary of a vendor/+");
    expect_nothing_repeated(
        R"({"error":"invalid_grant","error_description":"not canary of a vendor/+"})");
}
TEST_F(EchoedCredential, IsWithheldWhenItIsAFieldAsItWasSent) {
    fields.emplace_back("vendor_ticket", "canary/+/1/+/2/+/3");
    expect_nothing_repeated(
        R"({"error":"invalid_grant","error_description":"canary%2F%2B%2F1%2F%2B%2F2%2F%2B%2F3"})");
}
TEST_F(EchoedCredential, IsWithheldWhenItIsAClientSecretThatBasicEncodes) {
    client.secret.literal = Secret("canary/+/1/+/2/+/3");
    expect_nothing_repeated(
        R"({"error":"invalid_client","error_description":"not canary/+/1/+/2/+/3"})");
}
TEST_F(EchoedCredential, IsWithheldWhenItIsAClientSecretThatBasicDoesNotEncode) {
    client.secret.literal = Secret("canary:%/+/1/+/2/+/3");
    client.basic_raw = true;
    expect_nothing_repeated(
        R"({"error":"invalid_client","error_description":"not canary:%/+/1/+/2/+/3"})");
}
TEST_F(EchoedCredential, IsWithheldFromTheCorrelationIdWhenTheAnswerIssuesIt) {
    on_token().json(200, good_answer, {{"x-request-id", "canary-access"}});
    ASSERT_TRUE(request());
    EXPECT_EQ(sink->events().at(0).correlation, "");
}
// A short value of a plugin's own field is a piece of many a word; a code decides what is done.
TEST_F(EchoedCredential, LeavesACodeAloneThatASpecificationHas) {
    fields.emplace_back("tenant", "client");
    on_token().json(400, R"({"error":"invalid_client","error_description":"no such client"})");
    const auto token = request();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().oauth_error, "invalid_client");
    EXPECT_EQ(token.error().description, withheld);
}
TEST_F(EchoedCredential, LeavesADescriptionAloneThatNamesPublicFields) {
    fields.emplace_back("resource", "https://mcp.example/a/long/path");
    on_token().json(
        400,
        R"({"error":"invalid_target","error_description":"unknown: https://mcp.example/a/long/path"})");
    EXPECT_EQ(request().error().description, "unknown: https://mcp.example/a/long/path");
}

// ---- H2: the clock corrected by the server's Date ----

TEST_F(TokenRequest, HasAnExpiryThatAnotherServersWrongDateDoesNotShift) {
    skewed.observe("https://idp.example", clock->wall() + 7200);
    on_token().json(200, good_answer, {{"Date", "Fri, 15 Jan 2027 08:00:00 GMT"}});
    const auto token = request();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->expires_at, 1'800'000'000 + 3600);
}

TEST_F(TokenRequest, HasAnExpiryByTheServersClockWhenOursIsOff) {
    clock->set_wall(1'800'000'000 - 3600);
    on_token().json(200, good_answer, {{"Date", "Fri, 15 Jan 2027 08:00:00 GMT"}});
    const auto token = request();
    ASSERT_TRUE(token);
    EXPECT_EQ(token->expires_at, 1'800'000'000 + 3600);
    EXPECT_EQ(token->server_date, 1'800'000'000);
    EXPECT_EQ(skewed.wall("https://auth.example"), 1'800'000'000);
}

}  // namespace
}  // namespace mcp_auth::host
