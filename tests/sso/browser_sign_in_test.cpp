#include "sign_in_fixture.hpp"

#include <openssl/evp.h>

namespace mcp_auth::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::parameter;
using testing::SignInFixture;
using testing::token_url;

std::string s256(const std::string& verifier) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(verifier.data(), verifier.size(), hash, &size, EVP_sha256(), nullptr);
    return base64url_encode({reinterpret_cast<const char*>(hash), size});
}

class BrowserSignInTest : public SignInFixture {
protected:
    std::string opened() const { return browser->opened().at(0); }
};

TEST_F(BrowserSignInTest, TheUserIsSignedInByTheCodeFlow) {
    user_signs_in();
    answers_tokens("canary-refresh");
    const auto who = begin();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->subject, "00u-alice");
    EXPECT_EQ(who->name, "alice@acme.example");
    EXPECT_EQ(who->issuer, testing::issuer_url);
    EXPECT_EQ(who->session, "work");
    EXPECT_EQ(who->kept, "in a test");
    EXPECT_TRUE(who->renewable);

    EXPECT_THAT(opened(), ::testing::StartsWith("https://idp.example/authorize?"));
    EXPECT_EQ(parameter(opened(), "response_type"), "code");
    EXPECT_EQ(parameter(opened(), "client_id"), "host");
    EXPECT_EQ(parameter(opened(), "scope"), "openid offline_access");
    EXPECT_EQ(parameter(opened(), "code_challenge_method"), "S256");
    EXPECT_EQ(parameter(opened(), "nonce").size(), 43U);
    EXPECT_NE(parameter(opened(), "nonce"), parameter(opened(), "state"));
    for (const char* absent : {"prompt", "max_age", "acr_values", "resource"})
        EXPECT_EQ(parameter(opened(), absent), "") << absent;

    const auto sent = form(token_url);
    EXPECT_EQ(sent.at("grant_type"), "authorization_code");
    EXPECT_EQ(sent.at("code"), "the-code");
    EXPECT_EQ(sent.at("client_id"), "host");
    EXPECT_EQ(sent.at("redirect_uri"), parameter(opened(), "redirect_uri"));
    EXPECT_EQ(s256(sent.at("code_verifier")), parameter(opened(), "code_challenge"));
}

TEST_F(BrowserSignInTest, AStepUpAsksForWhatTheServerDemanded) {
    user_signs_in();
    claims.set("auth_time", clock->wall()).set("acr", "phr");
    answers_tokens();
    SignIn how;
    how.max_age = std::chrono::seconds(0);
    how.acr_values = "phr";
    ASSERT_TRUE(begin(how));
    EXPECT_EQ(parameter(opened(), "max_age"), "0");
    EXPECT_EQ(parameter(opened(), "acr_values"), "phr");
}

TEST_F(BrowserSignInTest, ScopesAreThoseThatTheServerKnowsAndThoseThatAreConfigured) {
    metadata.erase("scopes_supported");
    session.scopes = {"email", "openid"};
    user_signs_in();
    answers_tokens();
    ASSERT_TRUE(begin());
    EXPECT_EQ(parameter(opened(), "scope"), "openid email");
}

TEST_F(BrowserSignInTest, TheConfiguredRedirectUriIsUsed) {
    session.client.redirect_uri = "http://127.0.0.1/sso";
    user_signs_in();
    answers_tokens();
    ASSERT_TRUE(begin());
    EXPECT_THAT(parameter(opened(), "redirect_uri"),
                ::testing::MatchesRegex("http://127.0.0.1:[0-9]+/sso"));
}

// One answer, and one thing wrong with it.
struct AnswerFault {
    const char* name;
    const char* answer;  // of the browser; "ISS" stands for the issuer
    const char* leg;
    const char* says;
    Status status;
};
void PrintTo(const AnswerFault& fault, std::ostream* out) {
    *out << fault.name;
}

class BrowserSignInFaultTest : public BrowserSignInTest,
                               public ::testing::WithParamInterface<AnswerFault> {};

TEST_P(BrowserSignInFaultTest, SignsNobodyIn) {
    std::string answer = GetParam().answer;
    if (const auto iss = answer.find("ISS"); iss != std::string::npos)
        answer.replace(iss, 3, encoded_issuer());
    visit = [answer](const std::string& url) -> Result<void> {
        const bool own_state = answer.find("state=") != std::string::npos;
        testing::get(own_state ? parameter(url, "redirect_uri") + "?" + answer
                               : testing::redirect(url, answer));
        return {};
    };
    const auto who = begin();
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), GetParam().status) << who.error().message;
    EXPECT_EQ(who.error().leg, GetParam().leg);
    EXPECT_THAT(who.error().message, HasSubstr(GetParam().says));
    EXPECT_EQ(posts(token_url), 0U);  // a code from elsewhere is not sent anywhere
    EXPECT_EQ(subject().status(), Status::interaction_required);
    EXPECT_THAT(forgotten, ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrowserSignInFaultTest,
    ::testing::Values(AnswerFault{"AnotherState", "state=forged&code=x&ISS", "authorization",
                                  "state", Status::protocol},
                      AnswerFault{"AnotherIssuer", "code=x&iss=https%3A%2F%2Fevil.example",
                                  "authorization", "iss", Status::protocol},
                      AnswerFault{"NoIssuer", "code=x", "authorization", "iss", Status::protocol},
                      AnswerFault{"NoCode", "ISS", "authorization", "code", Status::protocol},
                      AnswerFault{"AccessDenied", "error=access_denied&ISS", "authorization",
                                  "access_denied", Status::denied},
                      AnswerFault{"LoginRequired", "error=login_required&ISS", "authorization",
                                  "login_required", Status::interaction_required},
                      AnswerFault{"Unavailable", "error=temporarily_unavailable&ISS",
                                  "authorization", "temporarily_unavailable", Status::unavailable}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST_F(BrowserSignInTest, WithoutABrowserTheErrorSaysSo) {
    visit = [](const std::string&) {
        return Result<void>(Error(Status::interaction_required, "browser", "no browser here"));
    };
    EXPECT_EQ(begin().status(), Status::interaction_required);
}

TEST_F(BrowserSignInTest, NobodyWaitsForEver) {
    visit = [this](const std::string&) {
        clock->advance(std::chrono::hours(1));
        return Result<void>();
    };
    EXPECT_EQ(begin().status(), Status::deadline);
}

TEST_F(BrowserSignInTest, ACancelledSignInEnds) {
    visit = [this](const std::string&) {
        cancellation.cancel();
        return Result<void>();
    };
    EXPECT_EQ(begin().status(), Status::cancelled);
}

TEST_F(BrowserSignInTest, ACodeThatIsRefusedIsNotSentAgain) {
    user_signs_in();
    http.on("POST", token_url).json(400, R"({"error":"invalid_grant"})");
    const auto who = begin();
    EXPECT_EQ(who.status(), Status::interaction_required);
    EXPECT_EQ(who.error().leg, "token");
    EXPECT_EQ(posts(token_url), 1U);
}

TEST_F(BrowserSignInTest, AServerThatWouldNotCheckTheChallengeGetsNoUser) {
    metadata.set("code_challenge_methods_supported",
                 json::Value(json::Value::array()).push("plain"));
    EXPECT_EQ(begin().status(), Status::misconfigured);
    EXPECT_TRUE(browser->opened().empty());
}

TEST_F(BrowserSignInTest, AnIdTokenOfAnEarlierSignInIsNotTakenForThisOne) {
    claims.set("nonce", "of-an-earlier-one");
    user_signs_in();
    answers_tokens("canary-refresh");
    const auto who = begin();
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_THAT(who.error().message, HasSubstr("nonce"));
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(BrowserSignInTest, AnotherUserBeginsAnew) {
    user_signs_in();
    answers_tokens("first");
    answers_tokens("second");
    ASSERT_TRUE(begin());
    EXPECT_THAT(forgotten, ElementsAre("work"));  // whatever was there before
    ASSERT_TRUE(begin());
    EXPECT_THAT(forgotten, ElementsAre("work"));  // alice again
    claims.set("sub", "00u-bob");
    answers_tokens("third");
    ASSERT_TRUE(begin());
    EXPECT_THAT(forgotten, ElementsAre("work", "work"));
    EXPECT_EQ(subject()->subject, "00u-bob");
}

TEST_F(BrowserSignInTest, NoErrorHoldsAPartOfASecret) {
    user_signs_in();
    claims.set("aud", "other");
    answers_tokens("canary-refresh");
    const auto who = begin();
    ASSERT_FALSE(who);
    for (const char* secret : {"canary", "the-code", "eyJ"})
        EXPECT_THAT(who.error().message + who.error().description, Not(HasSubstr(secret)));
}

TEST_F(BrowserSignInTest, AProviderWithoutAnAuthorizationEndpointIsNamedAndOpensNoBrowser) {
    metadata.erase("authorization_endpoint");
    const auto who = begin();
    ASSERT_FALSE(who);
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_EQ(who.error().leg, "authorization");
    EXPECT_THAT(who.error().message,
                HasSubstr("https://idp.example has no authorization_endpoint"));
    EXPECT_TRUE(browser->opened().empty());
}

}  // namespace
}  // namespace mcp_auth::host
