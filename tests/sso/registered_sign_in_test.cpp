// Signing in as a client without an id: registered at the identity provider with the redirect URI
// that the browser comes back to, and kept; or its metadata document (protocol.md C7).
#include "sign_in_fixture.hpp"

#include "loopback_listener.hpp"

namespace mcp_auth::host {
namespace {

using testing::device_url;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::parameter;
using testing::SignInFixture;
using testing::token_url;

constexpr auto register_url = "https://idp.example/register";
constexpr auto document_url = "https://app.example/client.json";

json::Value list(std::initializer_list<const char*> words) {
    auto value = json::Value::array();
    for (const char* word : words) value.push(word);
    return value;
}

class RegisteredSignInTest : public SignInFixture {
protected:
    RegisteredSignInTest() {
        session.client.id.clear();
        session.client.registration = json::Value::object().set("name", "Acme Assistant");
        metadata.set("registration_endpoint", register_url)
            .set("token_endpoint_auth_methods_supported", list({"none"}));
        user_signs_in();
    }
    // Answers one registration, and issues ID tokens for that client.
    void registers(const std::string& id) {
        claims.set("aud", id);
        http.on("POST", register_url).json(201, R"({"client_id":")" + id + "\"}");
    }
    json::Value registration(std::size_t n = 0) const {
        for (const auto& request : http.requests())
            if (request.url == register_url && n-- == 0) return *json::parse(request.body);
        ADD_FAILURE() << "nothing was registered";
        return {};
    }
    std::string opened(const char* name) const { return parameter(browser->opened().back(), name); }
    void sign_in(const std::string& id = "registered-1") {
        registers(id);
        answers_tokens("canary-refresh");
        const auto who = begin();
        ASSERT_TRUE(who) << who.error().message;
        EXPECT_EQ(who->client_id, id);
    }
};

TEST_F(RegisteredSignInTest, TheClientIsRegisteredWithTheRedirectThatItListensAt) {
    sign_in();
    EXPECT_EQ(opened("client_id"), "registered-1");
    EXPECT_EQ(form(token_url).at("client_id"), "registered-1");
    EXPECT_EQ(registration().string("client_name"), "Acme Assistant");
    EXPECT_EQ(registration().string("application_type"), "native");
    EXPECT_THAT(*registration().strings("redirect_uris"), ElementsAre(opened("redirect_uri")));
    EXPECT_THAT(*registration().strings("grant_types"),
                ElementsAre("authorization_code", "refresh_token",
                            "urn:ietf:params:oauth:grant-type:token-exchange"));
    EXPECT_TRUE(subject()) << subject().error().message;
}

TEST_F(RegisteredSignInTest, NoGrantIsRegisteredThatTheServerDoesNotList) {
    metadata.set("grant_types_supported", list({"authorization_code", "refresh_token"}));
    sign_in();
    EXPECT_THAT(*registration().strings("grant_types"),
                ElementsAre("authorization_code", "refresh_token"));
}

TEST_F(RegisteredSignInTest, TheNextProcessServesAndRenewsTheSessionAsThatClient) {
    sign_in();
    clock->advance(std::chrono::seconds(500));
    answers_tokens("canary-refresh-2");
    const auto next = other_process();
    const auto served =
        next->subject(session, "urn:ietf:params:oauth:token-type:id_token", {}, bounds());
    ASSERT_TRUE(served) << served.error().message;
    EXPECT_EQ(form(token_url, 1).at("client_id"), "registered-1");
    EXPECT_EQ(posts(register_url), 1U);
}

TEST_F(RegisteredSignInTest, TheNextSignInIsOfTheSameClientAtTheSamePort) {
    sign_in();
    const auto first = opened("redirect_uri");
    answers_tokens();
    ASSERT_TRUE(begin());
    EXPECT_EQ(opened("redirect_uri"), first);
    EXPECT_EQ(posts(register_url), 1U);
}

TEST_F(RegisteredSignInTest, WhereItsPortIsTakenTheClientRegistersAnew) {
    sign_in();
    const auto first = *RedirectUri::parse(opened("redirect_uri"));
    flows.close();
    const auto taken = LoopbackListener::listen(first, {});
    ASSERT_TRUE(taken);
    sign_in("registered-2");
    EXPECT_NE(opened("redirect_uri"), first.text());
    EXPECT_THAT(*registration(1).strings("redirect_uris"), ElementsAre(opened("redirect_uri")));
    EXPECT_EQ(opened("client_id"), "registered-2");
    EXPECT_TRUE(subject());
}

TEST_F(RegisteredSignInTest, AMetadataDocumentIsTheClientWhereTheServerTakesIt) {
    session.client.metadata_document = document_url;
    metadata.set("client_id_metadata_document_supported", true);
    claims.set("aud", document_url);
    answers_tokens("canary-refresh");
    const auto who = begin();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->client_id, document_url);
    EXPECT_EQ(opened("client_id"), document_url);
    EXPECT_EQ(form(token_url).at("client_id"), document_url);
    EXPECT_EQ(posts(register_url), 0U);
    EXPECT_TRUE(subject());
}

TEST_F(RegisteredSignInTest, ADocumentAloneIsNobodyWhereTheServerDoesNotTakeIt) {
    session.client.metadata_document = document_url;
    session.client.registration.reset();
    const auto who = begin();
    EXPECT_EQ(who.status(), Status::misconfigured);
    EXPECT_EQ(who.error().leg, "registration");
    EXPECT_TRUE(browser->opened().empty());
}

TEST_F(RegisteredSignInTest, WhereNobodyIsRegisteredNothingIsOpenedAndItIsSaidWhatToDo) {
    metadata.erase("registration_endpoint");
    const auto who = begin();
    EXPECT_EQ(who.status(), Status::misconfigured);
    EXPECT_THAT(who.error().message, HasSubstr("by hand"));
    EXPECT_TRUE(browser->opened().empty());
}

TEST_F(RegisteredSignInTest, AServerThatForgotTheClientIsSignedInToAsAnother) {
    sign_in();
    clock->advance(std::chrono::seconds(600));
    http.on("POST", token_url).json(401, R"({"error":"invalid_client"})");
    const auto renewed = subject();
    EXPECT_EQ(renewed.status(), Status::interaction_required);
    EXPECT_EQ(renewed.error().oauth_error, "invalid_client");
    EXPECT_THAT(renewed.error().message, HasSubstr("mcp-auth login"));
    // What is left is another client's, and is not shown as the new one.
    EXPECT_EQ(subject().status(), Status::interaction_required);
    EXPECT_EQ(posts(token_url), 2U);
    sign_in("registered-2");
    EXPECT_TRUE(subject());
}

// A secret that an administrator entered is not forgotten for a refusal.
TEST_F(RegisteredSignInTest, AConfiguredClientThatIsRefusedStaysMisconfigured) {
    session.client.id = "host";
    claims.set("aud", "host");
    answers_tokens("canary-refresh");
    ASSERT_TRUE(begin());
    clock->advance(std::chrono::seconds(600));
    http.on("POST", token_url).json(401, R"({"error":"invalid_client"})");
    EXPECT_EQ(subject().status(), Status::misconfigured);
}

TEST_F(RegisteredSignInTest, ADeviceIsRegisteredForItsOwnFlow) {
    clock->auto_advance(true);
    SignIn how;
    how.device = [](const DevicePrompt&) {};
    const std::string code =
        R"({"device_code":"d","user_code":"A","verification_uri":"https://x"})";
    registers("registered-1");
    http.on("POST", device_url).json(200, code);
    answers_tokens();
    ASSERT_TRUE(begin(how));
    EXPECT_EQ(form(device_url).at("client_id"), "registered-1");
    EXPECT_THAT(*registration().strings("grant_types"),
                ElementsAre("urn:ietf:params:oauth:grant-type:device_code", "refresh_token",
                            "urn:ietf:params:oauth:grant-type:token-exchange"));
    // Nobody has typed anything yet: another client does as well.
    http.on("POST", device_url).json(401, R"({"error":"invalid_client"})").json(200, code);
    registers("registered-2");
    answers_tokens();
    const auto who = begin(how);
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->client_id, "registered-2");
}

TEST_F(RegisteredSignInTest, ASignOutRevokesAsTheRegisteredClient) {
    sign_in();
    http.on("POST", testing::revocation_url).respond(200, "");
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->revoked) << out->not_revoked_because;
    EXPECT_EQ(form(testing::revocation_url).at("client_id"), "registered-1");
}

TEST_F(RegisteredSignInTest, AfterASignOutTheNextSignInRegistersAnother) {
    sign_in();
    http.on("POST", testing::revocation_url).respond(200, "");
    ASSERT_TRUE(end());
    sign_in("registered-2");
    EXPECT_EQ(posts(register_url), 2U);
}

// Its page shows an error, and nobody comes back from there.
TEST_F(RegisteredSignInTest,
       ASignOutIsTheWayOutWhereTheProviderForgotTheClientThatNobodySignedInAs) {
    registers("registered-1");
    visit = [this](const std::string&) {
        clock->advance(std::chrono::hours(1));
        return Result<void>();
    };
    ASSERT_EQ(begin().status(), Status::deadline);
    ASSERT_TRUE(end());
    user_signs_in();
    sign_in("registered-2");
}

}  // namespace
}  // namespace mcp_auth::host
