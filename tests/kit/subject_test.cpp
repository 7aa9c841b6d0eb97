// The user's identity assertion: its type, and the checks before it is sent (protocol.md D2, D3).
#include "jwt.hpp"

#include <mcp_auth/subject.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AskedSubject : public ::testing::Test {
protected:
    Result<Subject> ask(const std::vector<std::string>& accepted) {
        return ask_sign_in(*call, idp, accepted, "compare the setting types");
    }
    std::string id_token(std::int64_t expires_at) const {
        return testing::jwt(json::Value::object().set("alg", "ES256"),
                            json::Value::object()
                                .set("iss", "https://acme.idp.example")
                                .set("aud", "idp-client")
                                .set("exp", expires_at));
    }
    void expect_fault(const Result<Subject>& subject, Status status, const std::string& names) {
        ASSERT_EQ(subject.status(), status);
        EXPECT_EQ(subject.error().leg, "subject");
        EXPECT_THAT(subject.error().message, HasSubstr(names));
    }

    testing::FakeHost host;
    testing::CallUnderTest call{host};
    const Client idp{"idp-client", "https://acme.idp.example", {}, {}};
    const std::vector<std::string> all{MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_SAML2,
                                       MCP_AUTH_TYPE_REFRESH_TOKEN};
};

TEST_F(AskedSubject, IsOfTheFirstTypeThatTheSourceHas) {
    host.subject(MCP_AUTH_TYPE_REFRESH_TOKEN, "a-refresh-token");
    const auto subject = ask({MCP_AUTH_TYPE_SAML2, MCP_AUTH_TYPE_REFRESH_TOKEN});
    ASSERT_TRUE(subject) << subject.error().message;
    EXPECT_EQ(subject->assertion, "a-refresh-token");
    EXPECT_EQ(subject->token_type, MCP_AUTH_TYPE_REFRESH_TOKEN);
    EXPECT_THAT(host.subject_requests(),
                ElementsAre(MCP_AUTH_TYPE_SAML2 " " MCP_AUTH_TYPE_REFRESH_TOKEN));
}

TEST_F(AskedSubject, OfNoAcceptedTypeIsMisconfigured) {
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, "an-id-token");
    expect_fault(ask({MCP_AUTH_TYPE_SAML2}), Status::misconfigured, "compare the setting types");
}

TEST_F(AskedSubject, ThatIsEmptyNeedsInteraction) {
    host.subject(MCP_AUTH_TYPE_REFRESH_TOKEN, "");
    expect_fault(ask(all), Status::interaction_required, "no identity assertion");
}

TEST_F(AskedSubject, PassesOnWhatTheHostSays) {
    Error error(Status::interaction_required, "", "nobody is signed in");
    error.acr_values = "urn:acme:mfa";
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, error);
    const auto subject = ask(all);
    expect_fault(subject, Status::interaction_required, "nobody is signed in");
    EXPECT_EQ(subject.error().acr_values, "urn:acme:mfa");
}

TEST_F(AskedSubject, IsAnIdTokenThatWasChecked) {
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, id_token(host.now() + 61));
    ASSERT_TRUE(ask(all));
    EXPECT_EQ(host.logs().at(0).event, "id_token checked");
    host.subject(MCP_AUTH_TYPE_ID_TOKEN, id_token(host.now() + 60));
    expect_fault(ask(all), Status::interaction_required, "expired");
}

TEST_F(AskedSubject, IsASamlAssertionInBase64urlAlone) {
    host.subject(MCP_AUTH_TYPE_SAML2, "Q0FOQVJZ-_Q");
    EXPECT_TRUE(ask({MCP_AUTH_TYPE_SAML2}));
    for (const auto* assertion : {"<saml2:Assertion>x</saml2:Assertion>", "Q0FOQVJZ+/Q="}) {
        host.subject(MCP_AUTH_TYPE_SAML2, assertion);
        expect_fault(ask({MCP_AUTH_TYPE_SAML2}), Status::misconfigured, "base64url");
    }
}

}  // namespace
}  // namespace mcp_auth::plugin
