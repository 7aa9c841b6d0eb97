#include "sign_in_fixture.hpp"

#include <chrono>

namespace mcp_auth::host {
namespace {

using testing::device_url;
using ::testing::HasSubstr;
using testing::SignInFixture;
using testing::token_url;
using namespace std::chrono_literals;

class DeviceSignInTest : public SignInFixture {
protected:
    DeviceSignInTest() {
        clock->auto_advance(true);
        how.device = [this](const DevicePrompt& prompt) { shown.push_back(prompt); };
    }
    void offers_device_code(const std::string& more = R"(,"interval":7)") {
        http.on("POST", device_url)
            .json(200, R"({"device_code":"canary-device","user_code":"BDFG-HJKL",)"
                       R"("verification_uri":"https://idp.example/device",)"
                       R"("verification_uri_complete":"https://idp.example/device?c=BDFG-HJKL",)"
                       R"("expires_in":60)" +
                           more + "}");
    }
    void polled(const std::string& error) {
        http.on("POST", token_url).json(400, R"({"error":")" + error + R"("})");
    }
    // How long after one another the token endpoint was asked.
    std::vector<std::chrono::seconds> pauses() const {
        std::vector<std::chrono::seconds> all;
        auto last = begun;
        for (const auto when : clock->waits()) {
            all.push_back(std::chrono::duration_cast<std::chrono::seconds>(when - last));
            last = when;
        }
        return all;
    }

    SignIn how;
    std::vector<DevicePrompt> shown;
    const Deadline begun = clock->now();
};

TEST_F(DeviceSignInTest, TheUserSignsInOnAnotherDevice) {
    offers_device_code();
    polled("authorization_pending");
    answers_tokens("canary-refresh");
    const auto who = begin(how);
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->subject, "00u-alice");
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].user_code, "BDFG-HJKL");
    EXPECT_EQ(shown[0].verification_uri, "https://idp.example/device");
    EXPECT_EQ(shown[0].verification_uri_complete, "https://idp.example/device?c=BDFG-HJKL");
    EXPECT_EQ(shown[0].lifetime, 60s);
    const auto asked = form(device_url);
    EXPECT_EQ(asked.at("client_id"), "host");
    EXPECT_EQ(asked.at("scope"), "openid offline_access");
    const auto sent = form(token_url, 1);
    EXPECT_EQ(sent.at("grant_type"), "urn:ietf:params:oauth:grant-type:device_code");
    EXPECT_EQ(sent.at("device_code"), "canary-device");
    EXPECT_THAT(pauses(), ::testing::ElementsAre(7s, 7s));
    EXPECT_TRUE(browser->opened().empty());
}

TEST_F(DeviceSignInTest, FiveSecondsWhereTheServerNamesNoInterval) {
    offers_device_code("");
    answers_tokens();
    ASSERT_TRUE(begin(how));
    EXPECT_THAT(pauses(), ::testing::ElementsAre(5s));
}

TEST_F(DeviceSignInTest, AServerThatAsksToSlowDownIsAskedLessOften) {
    offers_device_code();
    polled("slow_down");
    polled("authorization_pending");
    answers_tokens();
    ASSERT_TRUE(begin(how));
    EXPECT_THAT(pauses(), ::testing::ElementsAre(7s, 12s, 12s));
}

TEST_F(DeviceSignInTest, AnOutageIsWaitedOut) {
    offers_device_code();
    http.on("POST", token_url).json(503, "");
    answers_tokens();
    ASSERT_TRUE(begin(how));
    EXPECT_THAT(pauses(), ::testing::ElementsAre(7s, 14s));
}

TEST_F(DeviceSignInTest, ARefusalIsDenied) {
    offers_device_code();
    polled("access_denied");
    const auto who = begin(how);
    EXPECT_EQ(who.status(), Status::denied);
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(DeviceSignInTest, ACodeThatHasExpiredAsksForANewOne) {
    offers_device_code();
    polled("expired_token");
    const auto who = begin(how);
    EXPECT_EQ(who.status(), Status::interaction_required);
    EXPECT_THAT(who.error().message, HasSubstr("expired"));
}

TEST_F(DeviceSignInTest, NobodyIsAskedAfterTheCodesLife) {
    offers_device_code(R"(,"interval":25)");
    polled("authorization_pending");
    polled("authorization_pending");
    EXPECT_EQ(begin(how).status(), Status::interaction_required);
    EXPECT_EQ(posts(token_url), 2U);
}

TEST_F(DeviceSignInTest, ACancelledSignInEnds) {
    offers_device_code();
    how.device = [this](const DevicePrompt&) { cancellation.cancel(); };
    EXPECT_EQ(begin(how).status(), Status::cancelled);
    EXPECT_EQ(posts(token_url), 0U);
}

TEST_F(DeviceSignInTest, AServerWithoutTheFlowIsNotAsked) {
    metadata.erase("device_authorization_endpoint");
    EXPECT_EQ(begin(how).status(), Status::unsupported);
    EXPECT_EQ(posts(device_url), 0U);
}

TEST_F(DeviceSignInTest, WhatTheServerSaysToAPersonDrivesNoTerminal) {
    http.on("POST", device_url)
        .json(200, R"({"device_code":"d","user_code":"A\u001b[2JB","verification_uri":"https://x",)"
                   R"("expires_in":60})");
    answers_tokens();
    ASSERT_TRUE(begin(how));
    EXPECT_EQ(shown.at(0).user_code, "A[2JB");
}

TEST_F(DeviceSignInTest, ARefusalDoesNotRepeatTheClientsSecret) {  // L4
    session.client.method = ClientMethod::client_secret_post;
    session.client.secret.from = SecretReference::From::literal;
    session.client.secret.literal = Secret("canary-client-secret");
    http.on("POST", device_url)
        .json(400, R"({"error":"canary-client-secret",)"
                   R"("error_description":"not canary-client-secret"})");
    const auto who = begin(how);
    ASSERT_FALSE(who);
    const auto& error = who.error();
    EXPECT_THAT(error.message + error.description + error.oauth_error,
                ::testing::Not(HasSubstr("canary")));
}

struct DeviceFault {
    const char* name;
    int http_status;
    const char* body;
    Status status;
};
void PrintTo(const DeviceFault& fault, std::ostream* out) {
    *out << fault.name;
}

class DeviceAuthorizationFaultTest : public DeviceSignInTest,
                                     public ::testing::WithParamInterface<DeviceFault> {};

TEST_P(DeviceAuthorizationFaultTest, SignsNobodyIn) {
    http.on("POST", device_url).json(GetParam().http_status, GetParam().body);
    const auto who = begin(how);
    EXPECT_EQ(who.status(), GetParam().status) << who.error().message;
    EXPECT_EQ(who.error().leg, "device_authorization");
    EXPECT_TRUE(shown.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Each, DeviceAuthorizationFaultTest,
    ::testing::Values(
        DeviceFault{"UnknownClient", 401, R"({"error":"invalid_client"})", Status::misconfigured},
        DeviceFault{"NotForThisClient", 400, R"({"error":"unauthorized_client"})", Status::denied},
        DeviceFault{"Outage", 503, "", Status::unavailable},
        DeviceFault{"NotJson", 200, "<html>", Status::protocol},
        DeviceFault{"NoDeviceCode", 200, R"({"user_code":"A","verification_uri":"https://x"})",
                    Status::protocol},
        DeviceFault{"NoUserCode", 200, R"({"device_code":"d","verification_uri":"https://x"})",
                    Status::protocol},
        DeviceFault{"NoUri", 200, R"({"device_code":"d","user_code":"A"})", Status::protocol}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST_F(DeviceSignInTest, AStepUpAsksForWhatTheServerDemanded) {
    how.max_age = 300s;
    how.acr_values = "phr";
    claims.set("auth_time", clock->wall()).set("acr", "phr");
    offers_device_code();
    answers_tokens();
    const auto who = begin(how);
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(form(device_url).at("max_age"), "300");
    EXPECT_EQ(form(device_url).at("acr_values"), "phr");
}

TEST_F(DeviceSignInTest, AStepUpWithAnOlderSignInIsNone) {
    how.max_age = 300s;
    claims.set("auth_time", clock->wall() - 3600);
    offers_device_code();
    answers_tokens();
    const auto who = begin(how);
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::interaction_required);
    EXPECT_THAT(who.error().message, HasSubstr("max_age"));
}

}  // namespace
}  // namespace mcp_auth::host
