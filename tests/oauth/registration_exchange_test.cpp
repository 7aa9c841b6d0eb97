// What is sent to register a client, and what each answer means (RFC 7591; protocol.md C7).
#include "registration_exchange.hpp"
#include "recording_sink.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto register_url = "https://auth.example/register";
constexpr auto registered = R"({"client_id": "new-id", "client_secret": "canary-secret",
    "client_secret_expires_at": 0, "token_endpoint_auth_method": "client_secret_basic",
    "redirect_uris": ["http://127.0.0.1:4711/callback"],
    "registration_access_token": "canary-management"})";

class RegistrationTest : public ::testing::Test {
protected:
    RegistrationTest() {
        clock->auto_advance(true);
        server.issuer = "https://auth.example";
        server.registration_endpoint = register_url;
        list({"client_secret_basic"});
        asked.redirect_uri = "http://127.0.0.1:4711/callback";
        asked.grant_types = "authorization_code refresh_token";
        asked.scope = "read write";
        trace.sink = sink;
        trace.clock = clock;
    }
    void list(std::vector<std::string> methods) {
        server.states_auth_methods = true;
        server.auth_methods = std::move(methods);
    }
    Result<RegisteredClient> run() {
        RegistrationExchange exchange(http, skewed);
        return exchange.run("The Host", asked, server, trace, {});
    }
    std::string sent_method() {
        http.on("POST", register_url).json(201, R"({"client_id": "new-id"})");
        (void)run();
        const auto requests = http.requests("POST", register_url);
        return requests.empty() ? "nothing"
                                : sent(requests.back()).string("token_endpoint_auth_method").data();
    }
    static json::Value sent(const HttpRequest& request) { return *json::parse(request.body); }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    ScriptedTransport http;
    SkewedClock skewed{clock};
    ServerMetadata server;
    RegistrationRequest asked;
    Trace trace;
};

TEST_F(RegistrationTest, SendsWhatTheClientIsForAndNoCredential) {
    http.on("POST", register_url).json(201, registered);
    ASSERT_TRUE(run());
    ASSERT_EQ(http.requests().size(), 1U);
    const auto request = http.requests()[0];
    EXPECT_EQ(request.body,
              R"({"client_name":"The Host","redirect_uris":["http://127.0.0.1:4711/callback"],)"
              R"("grant_types":["authorization_code","refresh_token"],"response_types":["code"],)"
              R"("scope":"read write","application_type":"native",)"
              R"("token_endpoint_auth_method":"client_secret_basic"})");
    EXPECT_EQ(request.headers,
              (Headers{{"Content-Type", "application/json"}, {"Accept", "application/json"}}));
    EXPECT_EQ(request.max_redirects, 0);
}

TEST_F(RegistrationTest, IsNoCodeClientWithoutACode) {
    asked = {"", "client_credentials", ""};
    http.on("POST", register_url).json(201, registered);
    ASSERT_TRUE(run());
    EXPECT_EQ(http.requests()[0].body,
              R"({"client_name":"The Host","grant_types":["client_credentials"],)"
              R"("response_types":[],"application_type":"native",)"
              R"("token_endpoint_auth_method":"client_secret_basic"})");
}

TEST_F(RegistrationTest, IsAWebApplicationWithARedirectToTheWeb) {
    for (const auto& [uri, type] : {std::pair{"https://app.example/callback", "web"},
                                    {"http://localhost/callback", "native"},
                                    {"http://[::1]:80/callback", "native"},
                                    {"https://127.0.0.1/callback", "native"},
                                    {"com.example.app:/callback", "native"}}) {
        asked.redirect_uri = uri;
        http.on("POST", register_url).json(201, R"({"client_id": "new-id"})");
        (void)run();
        EXPECT_EQ(sent(http.requests().back()).string("application_type"), type) << uri;
    }
}

TEST_F(RegistrationTest, AsksForTheStrongestMethodThatTheServerLists) {
    list({"none", "client_secret_post", "private_key_jwt", "client_secret_basic"});
    EXPECT_EQ(sent_method(), "client_secret_basic");
    list({"none", "client_secret_post"});
    EXPECT_EQ(sent_method(), "client_secret_post");
    list({"private_key_jwt", "none"});
    EXPECT_EQ(sent_method(), "none");
    server.states_auth_methods = false;
    server.auth_methods.clear();
    EXPECT_EQ(sent_method(), "client_secret_basic");
}

TEST_F(RegistrationTest, RefusesBeforeSendingWhatNoListedMethodCanDo) {
    list({"private_key_jwt"});
    EXPECT_EQ(run().status(), Status::misconfigured);
    list({"none"});
    asked.grant_types = "client_credentials";  // RFC 6749 4.4: not for public clients
    const auto client = run();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.status(), Status::misconfigured);
    EXPECT_THAT(client.error().message, HasSubstr("client_credentials"));
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(RegistrationTest, SaysWhatToDoWhereTheServerRegistersNobody) {
    server.registration_endpoint.clear();
    const auto client = run();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.status(), Status::misconfigured);
    EXPECT_EQ(client.error().leg, "registration");
    EXPECT_THAT(client.error().message, HasSubstr("registration_endpoint"));
    EXPECT_THAT(client.error().message, HasSubstr("set the client's \"id\""));
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(RegistrationTest, ReadsTheClientThatItWasGiven) {
    http.on("POST", register_url).json(201, registered);
    const auto client = run();
    ASSERT_TRUE(client) << client.error().message;
    EXPECT_EQ(client->id, "new-id");
    EXPECT_EQ(client->method, ClientMethod::client_secret_basic);
    EXPECT_EQ(client->secret.reveal(), "canary-secret");
    EXPECT_EQ(client->expires_at, 0);
    EXPECT_EQ(client->asked.redirect_uri, asked.redirect_uri);
}

TEST_F(RegistrationTest, TakesTheMethodThatTheServerChose) {
    list({"client_secret_basic", "client_secret_post", "none"});
    http.on("POST", register_url)
        .json(201, R"({"client_id": "a", "client_secret": "s",
                       "token_endpoint_auth_method": "client_secret_post"})")
        .json(201, R"({"client_id": "b", "token_endpoint_auth_method": "none"})")
        .json(200, R"({"client_id": "c"})");
    EXPECT_EQ(run()->method, ClientMethod::client_secret_post);
    EXPECT_EQ(run()->method, ClientMethod::none);
    EXPECT_EQ(run()->method, ClientMethod::none);  // no secret came, so there is none to show
}

TEST_F(RegistrationTest, IgnoresASecretThatAPublicClientDidNotAskFor) {
    list({"none"});
    http.on("POST", register_url).json(201, R"({"client_id": "a", "client_secret": "canary"})");
    const auto client = run();
    ASSERT_TRUE(client);
    EXPECT_EQ(client->method, ClientMethod::none);
    EXPECT_TRUE(client->secret.empty());
}

TEST_F(RegistrationTest, TriesAgainWhenTheServerIsUnavailable) {
    http.on("POST", register_url)
        .json(503, "")
        .json(429, "{}", {{"Retry-After", "7"}})
        .json(201, registered);
    const auto began = clock->now();
    ASSERT_TRUE(run());
    EXPECT_EQ(http.requests().size(), 3U);
    EXPECT_GE(clock->now() - began, 7s);
}

TEST_F(RegistrationTest, GivesUpAfterThreeTriesWithTheServersOwnWait) {
    http.on("POST", register_url).always().json(503, "", {{"Retry-After", "3"}});
    const auto client = run();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.status(), Status::unavailable);
    EXPECT_EQ(client.error().retry_after, 3s);
    EXPECT_EQ(http.requests().size(), 3U);
}

TEST_F(RegistrationTest, RecordsALegWithoutWhatItWasGiven) {
    http.on("POST", register_url).json(201, registered);
    ASSERT_TRUE(run());
    ASSERT_EQ(sink->events().size(), 1U);
    const auto event = sink->events()[0];
    EXPECT_EQ(event.leg, "registration");
    EXPECT_EQ(event.peer, "https://auth.example");
    EXPECT_EQ(event.http_status, 201);
    for (const auto& [name, value] : event.fields) EXPECT_THAT(value, Not(HasSubstr("canary")));
}

// One answer with one fault.
struct Fault {
    const char* name;
    int http_status;
    const char* body;
    Status status;
    const char* says;
};
void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}
class FaultyRegistration : public RegistrationTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(FaultyRegistration, HasItsStatusAndNamesTheFault) {
    const auto& fault = GetParam();
    http.on("POST", register_url).always().json(fault.http_status, fault.body);
    const auto client = run();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.status(), fault.status);
    EXPECT_EQ(client.error().leg, "registration");
    EXPECT_EQ(client.error().http_status, fault.http_status);
    EXPECT_THAT(client.error().message, HasSubstr("https://auth.example "));
    EXPECT_THAT(client.error().message, HasSubstr(fault.says));
    EXPECT_THAT(client.error().message + client.error().description, Not(HasSubstr("canary")));
    EXPECT_EQ(sink->events().back().status, fault.status);
}

constexpr Fault faults[] = {
    {"InvalidRedirectUri", 400, R"({"error": "invalid_redirect_uri"})", Status::misconfigured,
     "redirect URI"},
    {"InvalidClientMetadata", 400,
     R"({"error": "invalid_client_metadata", "error_description": "no such grant"})",
     Status::misconfigured, "set the client's \"id\""},
    {"InvalidClientMetadataInA200", 200, R"({"error": "invalid_client_metadata"})",
     Status::misconfigured, "invalid_client_metadata"},
    {"InvalidToken", 401, R"({"error": "invalid_token"})", Status::misconfigured,
     "initial access token"},
    {"UnapprovedSoftware", 400, R"({"error": "unapproved_software_statement"})", Status::denied,
     "unapproved_software_statement"},
    {"AccessDenied", 403, R"({"error": "access_denied"})", Status::denied, "access_denied"},
    {"Unauthorized", 401, "", Status::misconfigured, "only those whom it knows"},
    {"Forbidden", 403, "<html>canary</html>", Status::misconfigured, "only those whom it knows"},
    {"NotFound", 404, "", Status::protocol, "HTTP 404"},
    {"Redirect", 307, "", Status::protocol, "redirects are not followed"},
    {"ServerError", 500, R"({"canary": 1})", Status::unavailable, "try again later"},
    {"TooMany", 429, R"({"error": "slow_down"})", Status::unavailable, "too many requests"},
    {"NotJson", 201, "canary", Status::protocol, "not JSON"},
    {"NotAnObject", 201, "[\"canary\"]", Status::protocol, "not a JSON object"},
    {"NoId", 201, R"({"client_secret": "canary"})", Status::protocol, "client_id"},
    {"EmptyId", 201, R"({"client_id": "", "client_secret": "canary"})", Status::protocol,
     "client_id"},
    {"IdNumber", 201, R"({"client_id": 7, "client_secret": "canary"})", Status::protocol,
     "client_id"},
    {"IdWithALineBreak", 201, R"({"client_id": "a\ncanary", "client_secret": "s"})",
     Status::protocol, "client_id"},
    {"SecretNumber", 201, R"({"client_id": "a", "client_secret": 7})", Status::protocol,
     "client_secret"},
    {"SecretWithALineBreak", 201, R"({"client_id": "a", "client_secret": "canary\r\n"})",
     Status::protocol, "client_secret"},
    {"SecretMissingForItsMethod", 201,
     R"({"client_id": "a", "token_endpoint_auth_method": "client_secret_basic"})", Status::protocol,
     "client_secret"},
    {"MethodThatWeCannotDo", 201,
     R"({"client_id": "a", "token_endpoint_auth_method": "private_key_jwt"})", Status::protocol,
     "token_endpoint_auth_method"},
    {"MethodThatIsNotListed", 201,
     R"({"client_id": "a", "client_secret": "canary",
         "token_endpoint_auth_method": "client_secret_post"})",
     Status::protocol, "does not list"},
    {"SecretExpired", 201,
     R"({"client_id": "a", "client_secret": "canary", "client_secret_expires_at": 1000})",
     Status::protocol, "expired already"},
    {"ExpiryText", 201,
     R"({"client_id": "a", "client_secret": "canary", "client_secret_expires_at": "soon"})",
     Status::protocol, "client_secret_expires_at"},
    {"OtherRedirectUri", 201,
     R"({"client_id": "a", "client_secret": "canary", "redirect_uris": ["https://canary/"]})",
     Status::protocol, "other redirect URIs"},
    {"DuplicateMember", 201, R"({"client_id": "canary", "client_id": "b"})", Status::protocol,
     "not JSON"},
};
INSTANTIATE_TEST_SUITE_P(Each, FaultyRegistration, ::testing::ValuesIn(faults),
                         [](const auto& test) { return test.param.name; });

TEST_F(RegistrationTest, ALostConnectionIsUnavailable) {
    http.on("POST", register_url).always().fail(Status::unavailable, "connection refused");
    const auto client = run();
    ASSERT_FALSE(client);
    EXPECT_EQ(client.status(), Status::unavailable);
    EXPECT_EQ(client.error().leg, "registration");
}

TEST_F(RegistrationTest, AnIdOrASecretWithoutEndIsRefused) {
    http.on("POST", register_url)
        .json(201, R"({"client_id": ")" + std::string(2049, 'x') + R"("})")
        .json(201, R"({"client_id": "a", "client_secret": ")" + std::string(8193, 'x') + R"("})");
    EXPECT_EQ(run().status(), Status::protocol);
    EXPECT_EQ(run().status(), Status::protocol);
}

}  // namespace
}  // namespace mcp_auth::host::testing
