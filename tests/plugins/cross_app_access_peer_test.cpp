// The ID-JAG from another provider (the setting assertion_provider), checked like our own.
#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CrossAppAccessPeer : public World {
protected:
    CrossAppAccessPeer() { set_settings(R"({"assertion_provider":"vendor"})"); }

    testing::AssertionAnswer answer(const std::string& id_jag) const {
        return {id_jag, MCP_AUTH_TYPE_ID_JAG, idp, "chat.read chat.write", host.now() + 300};
    }
    std::string peer_gives(const std::string& id_jag) {
        host.peer("vendor").then(answer(id_jag));
        return id_jag;
    }
    void expect_refused(testing::AssertionAnswer given, Status status, const std::string& names) {
        host.peer("vendor").then(std::move(given));
        const auto token = acquire();
        ASSERT_EQ(token.status(), status);
        EXPECT_EQ(token.error().leg, "id_jag");
        EXPECT_THAT(token.error().message, HasSubstr(names));
        EXPECT_THAT(redemptions(), IsEmpty());
    }
};

TEST_F(CrossAppAccessPeer, IsAskedForTheClientThatRedeemsAndNoClientOrSubjectOfOursIsNeeded) {
    set_dpop_jkt("our-thumbprint");
    const std::string id_jag = peer_gives(this->id_jag());
    redemption_succeeds();

    const auto token = acquire();

    ASSERT_TRUE(token) << token.error().message;
    ASSERT_EQ(host.peer_requests().size(), 1u);
    const auto asked = host.peer_requests()[0];
    EXPECT_EQ(asked.provider, "vendor");
    EXPECT_EQ(asked.reason, plugin::Reason::first);
    EXPECT_EQ(asked.audience, issuer);
    EXPECT_EQ(asked.resource, resource);
    EXPECT_EQ(asked.scope, "chat.read chat.write");
    EXPECT_EQ(asked.client_id, mcp_client);
    EXPECT_EQ(asked.dpop_jkt, "our-thumbprint");
    EXPECT_THAT(assertions_shown(), ElementsAre(id_jag));
    EXPECT_THAT(exchanges(), IsEmpty());
    EXPECT_THAT(host.subject_requests(), IsEmpty());
    ASSERT_EQ(host.client_requests().size(), 1u);
    EXPECT_EQ(host.client_requests()[0].name, "mcp");
}

TEST_F(CrossAppAccessPeer, ItsIdJagIsCheckedAgainstTheIssuerThatItNames) {
    expect_refused(answer(id_jag(with(id_jag_claims(), "iss", "https://evil.idp.example"))),
                   Status::protocol, "iss");
}

TEST_F(CrossAppAccessPeer, ItsIdJagIsCheckedForTheAudienceToo) {
    expect_refused(answer(id_jag(with(id_jag_claims(), "aud", "https://auth.other.example"))),
                   Status::protocol, "aud");
}

TEST_F(CrossAppAccessPeer, WithoutAnIssuerNothingCanBeChecked) {
    auto given = answer(id_jag());
    given.issuer = "";
    expect_refused(given, Status::misconfigured, "cannot be checked");
}

TEST_F(CrossAppAccessPeer, AnotherTypeOfAssertionIsMisconfigured) {
    auto given = answer(id_jag());
    given.token_type = MCP_AUTH_TYPE_JWT;
    expect_refused(given, Status::misconfigured, "not an ID-JAG");
}

TEST_F(CrossAppAccessPeer, AScopeBeyondTheRequestIsRefused) {
    auto given = answer(id_jag());
    given.scope = "chat.read chat.admin";
    expect_refused(given, Status::protocol, "scopes beyond");
}

TEST_F(CrossAppAccessPeer, ItsFailureIsPassedOn) {
    Error error(Status::interaction_required, "subject", "the user must sign in");
    error.max_age = std::chrono::seconds(5);
    host.peer("vendor").then(error);

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::interaction_required);
    EXPECT_EQ(token.error().max_age, std::chrono::seconds(5));
}

TEST_F(CrossAppAccessPeer, WhatItDoesNotSupportIsMisconfiguredHere) {
    host.peer("vendor").then(Error(Status::unsupported, "vendor", "no such audience"));

    const auto token = acquire();

    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr("assertion_provider"));
}

TEST_F(CrossAppAccessPeer, AfterARefusalItIsAskedOnceForAFreshOne) {
    const std::string first = peer_gives(id_jag());
    const std::string second = peer_gives(id_jag());
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();

    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(first, second));
    ASSERT_EQ(host.peer_requests().size(), 2u);
    EXPECT_EQ(host.peer_requests()[1].reason, plugin::Reason::rejected);
}

TEST_F(CrossAppAccessPeer, ItsIdJagIsShownAgainUntilTheServerTurnsOutToWantEachOnce) {
    const std::string first = peer_gives(id_jag());
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    const std::string second = peer_gives(id_jag());
    redemption_fails(refusal("redemption", "invalid_grant"));
    redemption_succeeds();
    ASSERT_TRUE(acquire());
    const std::string third = peer_gives(id_jag());
    redemption_succeeds();
    ASSERT_TRUE(acquire());

    EXPECT_THAT(assertions_shown(), ElementsAre(first, first, second, third));
    // It keeps some itself, so it has to be told.
    EXPECT_EQ(host.peer_requests().back().reason, plugin::Reason::rejected);
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
