// A sign-in whose tokens are bound to a key (RFC 9449): what is proved, and what is refused.
#include "oauth/published_keys.hpp"
#include "sign_in_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using testing::parameter;
using testing::SignInFixture;
using testing::TemporaryDirectory;
using testing::token_url;

class DpopSignInTest : public SignInFixture {
protected:
    DpopSignInTest() {
        key_is(testing::rfc7515_ec_jwk);
        user_signs_in();
    }
    void key_is(const std::string& text) {
        std::ofstream(directory / "key.jwk") << text;
        std::filesystem::permissions(
            directory / "key.jwk",
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        session.dpop_key.from = SecretReference::From::file;
        session.dpop_key.name = directory / "key.jwk";
    }
    void answers(const char* token_type, const std::string& refresh_token = "canary-refresh") {
        http.on("POST", token_url).answer([=, this](const auto&, const auto&) {
            HttpResponse response;
            response.status = 200;
            response.body = tokens(refresh_token).set("token_type", token_type).dump();
            return Result<HttpResponse>(response);
        });
    }
    void wants_nonce(const std::string& nonce) {
        http.on("POST", token_url)
            .json(400, R"({"error":"use_dpop_nonce"})", {{"DPoP-Nonce", nonce}});
    }
    std::string proof(std::size_t n) const {
        for (const auto& request : http.requests())
            if (request.url == token_url && n-- == 0)
                for (const auto& [name, value] : request.headers)
                    if (name == "DPoP") return value;
        return {};
    }
    std::string claim(std::size_t n, const char* name) const {
        const auto jwt = Jws::decode(proof(n));
        return jwt ? std::string(jwt->payload.string(name)) : "no proof";
    }
    TemporaryDirectory directory;
};

TEST_F(DpopSignInTest, TheCodeAndTheGrantAreBoundToTheKey) {
    answers("DPoP");
    const auto who = begin();
    ASSERT_TRUE(who) << who.error().message;
    const auto jwt = Jws::decode(proof(0));
    ASSERT_TRUE(jwt);
    EXPECT_EQ(claim(0, "htm"), "POST");
    EXPECT_EQ(claim(0, "htu"), token_url);
    const auto key = SigningKey::read(Secret(std::string_view(testing::rfc7515_ec_jwk)));
    EXPECT_EQ(parameter(browser->opened().at(0), "dpop_jkt"), key->thumbprint());
}

TEST_F(DpopSignInTest, AnAnswerThatBindsNothingIsRefusedAndNotKept) {
    answers("Bearer");
    const auto who = begin();
    EXPECT_EQ(who.status(), Status::protocol);
    EXPECT_EQ(who.error().leg, "token");
    EXPECT_THAT(who.error().message, HasSubstr("bound nothing"));
    EXPECT_EQ(subject().status(), Status::interaction_required);  // nobody is signed in
}

TEST_F(DpopSignInTest, ARenewalThatBindsNothingIsNotServed) {
    answers("DPoP");
    ASSERT_TRUE(begin());
    clock->advance(std::chrono::seconds(600));
    answers("Bearer", "canary-refresh-2");
    EXPECT_EQ(subject().status(), Status::protocol);
}

TEST_F(DpopSignInTest, AnAnswerInTheDeviceFlowThatBindsNothingIsRefusedToo) {
    http.on("POST", testing::device_url)
        .json(200, R"({"device_code":"d","user_code":"A","verification_uri":"https://x"})");
    clock->auto_advance(true);
    SignIn how;
    how.device = [](const DevicePrompt&) {};
    answers("Bearer");
    EXPECT_EQ(begin(how).status(), Status::protocol);
}

TEST_F(DpopSignInTest, ANonceIsGivenOnceAndTheCodeIsNotSpentByIt) {
    wants_nonce("n-1");
    answers("DPoP");
    const auto who = begin();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(claim(1, "nonce"), "n-1");
    EXPECT_NE(claim(0, "jti"), claim(1, "jti"));
    EXPECT_EQ(form(token_url, 0).at("code"), form(token_url, 1).at("code"));
}

TEST_F(DpopSignInTest, AnExpiredNonceDoesNotSpendTheRefreshToken) {
    wants_nonce("n-1");
    answers("DPoP");
    ASSERT_TRUE(begin());
    clock->advance(std::chrono::seconds(600));
    wants_nonce("n-2");
    answers("DPoP", "canary-refresh-2");
    const auto renewed = subject();
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_EQ(claim(2, "nonce"), "n-1");
    EXPECT_EQ(claim(3, "nonce"), "n-2");
}

TEST_F(DpopSignInTest, ANonceThatIsWantedForEverEndsTheSignIn) {
    wants_nonce("n-1");
    wants_nonce("n-2");
    EXPECT_EQ(begin().status(), Status::protocol);
    EXPECT_EQ(posts(token_url), 2U);
}

// One key, and one thing wrong with it: nobody is sent to the browser for nothing.
TEST_F(DpopSignInTest, AKeyThatCannotBeUsedIsSaidBeforeThePageIsOpened) {
    const auto refused = [this](const std::string& says) {
        const auto who = begin();
        EXPECT_EQ(who.status(), Status::misconfigured);
        EXPECT_THAT(who.error().message, HasSubstr(says));
        EXPECT_TRUE(browser->opened().empty());
        EXPECT_EQ(posts(token_url), 0U);
    };
    session.dpop_algorithm = "RS256";
    refused("EC key on P-256");
    session.dpop_algorithm.clear();
    key_is("canary");
    refused("cannot be read");
    session.dpop_key.name = directory / "gone.pem";
    refused("gone.pem");
    key_is(testing::rfc7515_ec_jwk);
    metadata.set("dpop_signing_alg_values_supported", json::Value::array().push("PS256"));
    metadata_of.forget(testing::issuer_url);
    refused("dpop_signing_alg_values_supported");
}

}  // namespace
}  // namespace mcp_auth::host
