#include "sign_in_fixture.hpp"
#include "support/temporary_directory.hpp"

#include <atomic>
#include <thread>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using testing::SignInFixture;
using testing::TemporaryDirectory;
using testing::token_url;
using namespace std::chrono_literals;

class SessionRenewalTest : public SignInFixture {
protected:
    void sign_in(const std::string& refresh_token = "refresh-1") {
        user_signs_in();
        answers_tokens(refresh_token);
        const auto who = begin();
        ASSERT_TRUE(who) << who.error().message;
    }
    // The token endpoint's answers after the sign-in.
    std::map<std::string, std::string, std::less<>> renewal(std::size_t n = 0) const {
        return form(token_url, n + 1);
    }
    std::size_t renewals() const { return posts(token_url) - 1; }
    static std::string expiry(const SubjectAssertion& assertion) {
        return std::to_string(assertion.expires_at);
    }
};

TEST_F(SessionRenewalTest, AFreshIdTokenIsServedAsItIs) {
    sign_in();
    const auto first = subject();
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->issuer, testing::issuer_url);
    EXPECT_EQ(first->subject, "00u-alice");
    EXPECT_EQ(first->token_type, "urn:ietf:params:oauth:token-type:id_token");
    EXPECT_EQ(first->expires_at, clock->wall() + 600);
    EXPECT_EQ(subject()->value, first->value);
    EXPECT_EQ(renewals(), 0U);
}

TEST_F(SessionRenewalTest, ItIsRenewedTwoMinutesBeforeItExpires) {
    sign_in();
    clock->advance(479s);
    ASSERT_TRUE(subject());
    EXPECT_EQ(renewals(), 0U);
    clock->advance(1s);
    answers_tokens("refresh-2");
    const auto renewed = subject();
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_EQ(renewed->expires_at, clock->wall() + 600);
    EXPECT_EQ(renewal().at("grant_type"), "refresh_token");
    EXPECT_EQ(renewal().at("refresh_token"), "refresh-1");
    EXPECT_EQ(subject()->value, renewed->value);
    EXPECT_EQ(renewals(), 1U);
}

TEST_F(SessionRenewalTest, ARotatedRefreshTokenTakesThePlaceOfTheFormer) {
    sign_in();
    for (const char* next : {"refresh-2", "refresh-3"}) {
        clock->advance(10min);
        answers_tokens(next);
        ASSERT_TRUE(subject());
    }
    EXPECT_EQ(renewal(0).at("refresh_token"), "refresh-1");
    EXPECT_EQ(renewal(1).at("refresh_token"), "refresh-2");
    EXPECT_EQ(subject("refresh_token")->value, "refresh-3");
}

TEST_F(SessionRenewalTest, OneThatStaysTheSameIsKept) {
    sign_in();
    for (int i = 0; i < 2; ++i) {
        clock->advance(10min);
        answers_tokens();
        ASSERT_TRUE(subject());
    }
    EXPECT_EQ(renewal(1).at("refresh_token"), "refresh-1");
}

TEST_F(SessionRenewalTest, TheRefreshTokenItselfIsServedWhereTheSubjectIsOne) {
    sign_in();
    const auto token = subject("refresh_token");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->value, "refresh-1");
    EXPECT_EQ(token->issuer, testing::issuer_url);  // it cannot be read: D4 goes by these
    EXPECT_EQ(token->subject, "00u-alice");
    EXPECT_EQ(renewals(), 0U);
}

TEST_F(SessionRenewalTest, WithoutARefreshTokenThereIsNoneToServe) {
    sign_in("");
    EXPECT_EQ(subject("refresh_token").status(), Status::interaction_required);
}

TEST_F(SessionRenewalTest, ASessionHasNoSamlAssertion) {
    sign_in();
    EXPECT_EQ(subject("saml2").status(), Status::unsupported);
}

TEST_F(SessionRenewalTest, NobodySignedInMustSignIn) {
    const auto nobody = subject();
    EXPECT_EQ(nobody.status(), Status::interaction_required);
    EXPECT_THAT(nobody.error().message, HasSubstr("run mcp-auth login --session work"));
    EXPECT_TRUE(http.requests().empty());
}

TEST_F(SessionRenewalTest, AnIdTokenThatCannotBeRenewedIsServedUntilItExpires) {
    sign_in("");
    clock->advance(599s);
    EXPECT_TRUE(subject());
    clock->advance(1s);
    const auto expired = subject();
    EXPECT_EQ(expired.status(), Status::interaction_required);
    EXPECT_THAT(expired.error().message, HasSubstr("mcp-auth login"));
    EXPECT_EQ(renewals(), 0U);
}

TEST_F(SessionRenewalTest, ASessionThatTheProviderHasEndedIsOver) {
    sign_in();
    clock->advance(10min);
    http.on("POST", token_url).json(400, R"({"error":"invalid_grant"})");
    const auto ended = subject();
    EXPECT_EQ(ended.status(), Status::interaction_required);
    EXPECT_THAT(ended.error().message, HasSubstr("mcp-auth login"));
    EXPECT_EQ(subject().status(), Status::interaction_required);
    EXPECT_EQ(renewals(), 1U);
}

// In doctor's rehearsal the request is refused on its way out: nothing was spent, nothing has
// ended.
TEST_F(SessionRenewalTest, ARehearsedRenewalChangesNothing) {
    sign_in();
    clock->advance(10min);
    answers_tokens("refresh-2");
    ASSERT_TRUE(subject());  // it rotates, so a renewal would mark it as sent
    clock->advance(10min);
    const auto rehearsing = other_process(true);
    http.on("POST", token_url).json(400, R"({"error":"invalid_grant"})");
    EXPECT_FALSE(
        rehearsing->subject(session, "urn:ietf:params:oauth:token-type:id_token", {}, bounds()));
    answers_tokens("refresh-3");
    EXPECT_TRUE(subject());
    EXPECT_EQ(renewal(2).at("refresh_token"), "refresh-2");
}

// K2: the server may have taken it, and would take a second sight of it for theft.
TEST_F(SessionRenewalTest, ARefreshTokenThatGotNoAnswerIsNotSentAgain) {
    sign_in();
    clock->advance(10min);
    http.on("POST", token_url).fail(Status::unavailable, "reset");
    EXPECT_EQ(subject().status(), Status::unavailable);
    const auto over = subject();
    EXPECT_EQ(over.status(), Status::interaction_required);
    EXPECT_THAT(over.error().message, HasSubstr("not sent twice"));
    EXPECT_EQ(renewals(), 1U);
    EXPECT_EQ(subject("refresh_token").status(), Status::interaction_required);
    EXPECT_FALSE(sign_ins->who(session)->value().renewable);
}

TEST_F(SessionRenewalTest, OneThatDoesNotRotateIsTriedAgain) {
    sign_in();
    clock->advance(10min);
    answers_tokens();
    ASSERT_TRUE(subject());
    clock->advance(10min);
    http.on("POST", token_url).fail(Status::unavailable, "reset");
    EXPECT_EQ(subject().status(), Status::unavailable);
    answers_tokens();
    EXPECT_TRUE(subject());
    EXPECT_EQ(renewals(), 3U);
}

TEST_F(SessionRenewalTest, WithoutANetworkNothingIsRisked) {
    sign_in();
    clock->advance(10min);
    network = false;
    http.on("GET", "https://idp.example/.well-known/openid-configuration")
        .fail(Status::unavailable, "no network");
    EXPECT_EQ(subject().status(), Status::unavailable);
    EXPECT_EQ(renewals(), 0U);
    network = true;
    answers_tokens("refresh-2");
    EXPECT_TRUE(subject());
}

TEST_F(SessionRenewalTest, AnAnswerThatTookNothingLetsItBeSentAgain) {
    sign_in();
    clock->advance(10min);
    http.on("POST", token_url).json(401, R"({"error":"invalid_client"})");
    EXPECT_EQ(subject().status(), Status::misconfigured);
    answers_tokens("refresh-2");
    EXPECT_TRUE(subject());
    EXPECT_EQ(renewal(1).at("refresh_token"), "refresh-1");
}

TEST_F(SessionRenewalTest, AnOutageDoesNotEndWhatStillHolds) {
    sign_in();
    const auto before = subject();
    clock->advance(550s);
    http.on("POST", token_url).json(503, "");
    const auto during = subject();
    ASSERT_TRUE(during) << during.error().message;
    EXPECT_EQ(during->value, before->value);
}

// The successor is kept even when the rest of the answer is no good: there is no other way to it.
TEST_F(SessionRenewalTest, TheSuccessorIsKeptBeforeTheIdTokenIsLookedAt) {
    sign_in();
    clock->advance(10min);
    claims.set("sub", "00u-bob");
    answers_tokens("refresh-2");
    EXPECT_EQ(subject().status(), Status::protocol);
    claims.set("sub", "00u-alice");
    answers_tokens("refresh-3");
    EXPECT_TRUE(subject());
    EXPECT_EQ(renewal(1).at("refresh_token"), "refresh-2");
}

// One renewed ID token, and one thing wrong with it (OpenID Connect Core 12.2).
struct RenewedFault {
    const char* name;
    const char* claim;
    const char* value;
    const char* says;
};
void PrintTo(const RenewedFault& fault, std::ostream* out) {
    *out << fault.name;
}

class RenewedIdTokenFaultTest : public SessionRenewalTest,
                                public ::testing::WithParamInterface<RenewedFault> {};

TEST_P(RenewedIdTokenFaultTest, IsNotServed) {
    sign_in();
    clock->advance(10min);
    claims.set(GetParam().claim, GetParam().value);
    answers_tokens("refresh-2");
    const auto served = subject();
    ASSERT_FALSE(served);
    EXPECT_EQ(served.status(), Status::protocol);
    EXPECT_THAT(served.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Each, RenewedIdTokenFaultTest,
    ::testing::Values(RenewedFault{"AnotherIssuer", "iss", "https://evil.example", "iss"},
                      RenewedFault{"SomebodyElse", "sub", "00u-bob", "sub"},
                      RenewedFault{"AnotherAudience", "aud", "other", "aud"},
                      RenewedFault{"AnotherNonce", "nonce", "another", "nonce"}),
    [](const auto& fault) { return std::string(fault.param.name); });

// Two stores of one directory have nothing in common but its files and its locks, whose waits are
// real ones.
TEST_F(SessionRenewalTest, OfTwoProcessesThatRenewAtOnceOneSends) {
    const TemporaryDirectory directory;
    store = Store::file(directory / "sessions");
    sign_ins = other_process();
    sign_in();
    clock->advance(10min);
    answers_tokens("refresh-2");
    store = Store::file(directory / "sessions");
    const auto other = other_process();
    std::atomic<int> good = 0;
    const auto ask = [&](SignIns& process) {
        const auto served = process.subject(session, "urn:ietf:params:oauth:token-type:id_token",
                                            {}, {Deadline::max(), {}, {}});
        if (served && served->expires_at == clock->wall() + 600) ++good;
    };
    std::thread first(ask, std::ref(*sign_ins)), second(ask, std::ref(*other));
    first.join();
    second.join();
    EXPECT_EQ(good, 2);
    EXPECT_EQ(renewals(), 1U);
    EXPECT_TRUE(http.unexpected().empty());
}

TEST_F(SessionRenewalTest, AProcessThatDiedWhileItRenewedDoesNotLetTheNextSendItAgain) {
    sign_in();
    clock->advance(10min);
    std::string written;
    http.on("POST", token_url).answer([&](const auto&, const auto&) {
        written = *store->get("sign-in:work", 0);  // what is on disk while the answer is out
        return Result<HttpResponse>(Error(Status::unavailable, "", "died"));
    });
    EXPECT_FALSE(subject());
    ASSERT_TRUE(store->put("sign-in:work", written, 0));
    EXPECT_EQ(subject().status(), Status::interaction_required);
    EXPECT_EQ(renewals(), 1U);
}

TEST_F(SessionRenewalTest, ASessionOfAnotherProviderIsNotServed) {
    sign_in();
    session.client.issuer = "https://other.example";
    EXPECT_EQ(subject().status(), Status::interaction_required);
    session.client.issuer = testing::issuer_url;
    session.client.id = "another-client";
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(SessionRenewalTest, ADamagedSessionIsNamedAndGoesByASignOut) {
    ASSERT_TRUE(store->put("sign-in:work", R"({"format":1,"issuer":7})", 0));
    const auto damaged = subject();
    EXPECT_EQ(damaged.status(), Status::misconfigured);
    EXPECT_THAT(damaged.error().message, HasSubstr("work"));
    const auto out = end();
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->was_signed_in);
    EXPECT_EQ(subject().status(), Status::interaction_required);
}

TEST_F(SessionRenewalTest, ANewSignInReplacesADamagedOne) {
    ASSERT_TRUE(store->put("sign-in:work", "nonsense", 0));
    sign_in();
    EXPECT_TRUE(subject());
}

}  // namespace
}  // namespace mcp_auth::host
