#include "sign_in_fixture.hpp"

#include <thread>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using testing::revocation_url;
using testing::SignInFixture;
using testing::token_url;
using namespace std::chrono_literals;

class SignOutTest : public SignInFixture {
protected:
    void sign_in(const std::string& refresh_token = "refresh-1") {
        user_signs_in();
        answers_tokens(refresh_token);
        ASSERT_TRUE(begin());
        forgotten.clear();
    }
};

TEST_F(SignOutTest, TheSessionGoesAndTheProviderTakesTheRefreshTokenBack) {
    sign_in();
    http.on("POST", revocation_url).respond(200, "");
    const auto out = end();
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_TRUE(out->was_signed_in);
    EXPECT_TRUE(out->revoked);
    const auto sent = form(revocation_url);
    EXPECT_EQ(sent.at("token"), "refresh-1");
    EXPECT_EQ(sent.at("token_type_hint"), "refresh_token");
    EXPECT_EQ(sent.at("client_id"), "host");
    EXPECT_FALSE(forgotten.empty());
    EXPECT_FALSE(sign_ins->who(session)->has_value());
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(SignOutTest, AClientWithASecretAuthenticatesThereAsAtTheTokenEndpoint) {
    session.client.method = ClientMethod::client_secret_basic;
    session.client.secret.from = SecretReference::From::literal;
    session.client.secret.literal = Secret("canary-secret");
    sign_in();
    http.on("POST", revocation_url).respond(200, "");
    ASSERT_TRUE(end());
    EXPECT_THAT(
        http.requests().back().headers,
        ::testing::Contains(::testing::Pair("Authorization", "Basic aG9zdDpjYW5hcnktc2VjcmV0")));
}

TEST_F(SignOutTest, NobodySignedInIsNoError) {
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->was_signed_in);
    EXPECT_TRUE(http.requests().empty());
}

// The user is signed out here, whatever the provider says; that it could not be told is said.
TEST_F(SignOutTest, WithoutARevocationEndpointItIsSaid) {
    metadata.erase("revocation_endpoint");
    sign_in();
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->revoked);
    EXPECT_THAT(out->not_revoked_because, HasSubstr("revocation_endpoint"));
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(SignOutTest, AProviderThatIsDownKeepsNobodySignedIn) {
    sign_in();
    http.on("POST", revocation_url).fail(Status::unavailable, "connection refused");
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->revoked);
    EXPECT_FALSE(out->not_revoked_because.empty());
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(SignOutTest, WithoutARefreshTokenThereIsNothingToRevoke) {
    sign_in("");
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->revoked);
    EXPECT_EQ(posts(revocation_url), 0U);
}

// A renewal that was on its way when the user signed out must not bring the session back.
TEST_F(SignOutTest, NoLateWriteBringsItBack) {
    sign_in();
    clock->advance(10min);
    std::thread sign_out;
    http.on("POST", token_url).answer([&](const auto&, const auto&) {
        sign_out = std::thread([&] { EXPECT_TRUE(end()); });
        clock->block_until_waiting();  // for the lease that this renewal has
        HttpResponse response;
        response.status = 200;
        response.body = tokens("refresh-2").dump();
        return Result<HttpResponse>(response);
    });
    http.on("POST", revocation_url).respond(200, "");
    (void)subject();
    sign_out.join();
    EXPECT_FALSE(sign_ins->who(session)->has_value());
    EXPECT_EQ(subject().status(), Status::interaction_required);
    EXPECT_EQ(form(revocation_url).at("token"), "refresh-2");
}

TEST_F(SignOutTest, AProviderThatRefusesToTakeTheTokenBackIsQuotedByItsStatusAlone) {
    sign_in();
    http.on("POST", revocation_url).respond(403, "canary-body");
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->revoked);
    EXPECT_EQ(out->not_revoked_because, "https://idp.example answered 403");
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

// The configuration has changed since: a token of one client is not shown in another's name (C3).
TEST_F(SignOutTest, ASessionOfAnotherClientIsNotRevokedAsThisOne) {
    sign_in();
    session.client.id = "another";
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->was_signed_in);
    EXPECT_FALSE(out->revoked);
    EXPECT_THAT(out->not_revoked_because, HasSubstr("of another client"));
    EXPECT_EQ(posts(revocation_url), 0U);
    EXPECT_FALSE(sign_ins->who(session)->has_value());
}

}  // namespace
}  // namespace mcp_auth::host
