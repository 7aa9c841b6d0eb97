// The other forms of a sign-in (protocol.md D2): a SAML assertion, which becomes a refresh token
// first, and a refresh token, against an identity provider that knows which ones it issued.
#include "fault.hpp"

#include <fstream>

namespace mcp_auth::integration {

namespace {

using demo::SubjectType;

constexpr auto saml2_urn = "urn:ietf:params:oauth:token-type:saml2";
constexpr auto refresh_token_urn = "urn:ietf:params:oauth:token-type:refresh_token";

demo::SignIn as(SubjectType type) {
    demo::SignIn sign_in;
    sign_in.as = type;
    return sign_in;
}

Fault signed_in_by(std::string name, demo::SignIn sign_in) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = signed_in(sign_in);
    const std::string type = sign_in.as == SubjectType::saml2 ? "saml2" : "refresh_token";
    fault.configure = [type](json::Value& configuration) { subject_is(configuration, type); };
    return fault;
}

Fault refused(std::string name, demo::SignIn sign_in, Status status, std::string says,
              std::size_t exchanges = 1) {
    auto fault = signed_in_by(std::move(name), std::move(sign_in));
    fault.status = status;
    fault.leg = exchanges == 0 ? "subject" : "exchange";
    fault.says = std::move(says);
    fault.exchanges = exchanges;
    fault.redemptions = 0;
    return fault;
}

// Something else in the file that the configuration names.
Fault spoilt(Fault fault, SubjectType type, std::function<std::string(std::string)> how) {
    fault.arrange = [type, how = std::move(how)](Enterprise& enterprise) {
        auto sign_in = as(type);
        sign_in.write = false;
        const auto token = enterprise.sign_in(sign_in);
        if (!token) throw std::runtime_error(token.error().message);
        std::ofstream(enterprise.subject_file(type)) << how(*token);
    };
    return fault;
}

// The identity provider does not take it: the user has to sign in.
struct Unusable {
    const char* name;
    demo::SignIn sign_in;
    const char* says;
};

void add_unusable(std::vector<Fault>& faults) {
    constexpr auto saml2 = SubjectType::saml2;
    constexpr auto token = SubjectType::refresh_token;
    const Unusable all[] = {
        {"AnExpiredSamlAssertionNeedsASignIn", {.lifetime = -60, .as = saml2}, "invalid_request"},
        {"ASamlAssertionForAnotherIsRefused",
         {.audience = "somebody-else", .as = saml2},
         "invalid_request"},
        {"ASamlAssertionOfAnotherIssuerIsRefused",
         {.issuer = "https://other.example", .as = saml2},
         "invalid_request"},
        {"ASamlAssertionOfALockedUserNeedsASignIn",
         {.user = "mallory", .as = saml2},
         "the user's session has ended"},
        {"AnExpiredRefreshTokenNeedsASignIn", {.lifetime = -60, .as = token}, "invalid_grant"},
        {"ARefreshTokenOfAnotherClientIsRefused",
         {.audience = "somebody-else", .as = token},
         "invalid_grant"},
    };
    for (const auto& [name, sign_in, says] : all)
        faults.push_back(refused(name, sign_in, Status::interaction_required, says));
}

void add_saml2(std::vector<Fault>& faults) {
    const auto saml2 = as(SubjectType::saml2);
    auto taken = signed_in_by("ASamlAssertionBecomesARefreshTokenWhichBecomesAnIdJag", saml2);
    taken.exchanges = 2;
    taken.redemptions = 1;
    taken.look = [](Enterprise& enterprise, const json::Value&) {
        const auto first = token_request(enterprise, Server::idp, 0);
        expect_equal(first.field("requested_token_type"), refresh_token_urn);
        expect_equal(first.field("subject_token_type"), saml2_urn);
        expect_equal(first.field("scope"), "openid offline_access");
        expect_absent(first.field("audience"), "audience");
        expect_absent(first.field("resource"), "resource");
        const auto second = token_request(enterprise, Server::idp, 1);
        expect_equal(second.field("subject_token_type"), refresh_token_urn);
        expect_equal(second.field("audience"), enterprise.authorization_server_issuer());
    };
    faults.push_back(std::move(taken));

    auto bob = saml2;
    bob.user = "bob";
    faults.push_back(refused("AUserWithASamlAssertionWhomThePolicyRefusesIsDenied", bob,
                             Status::denied, "access_denied", 2));

    faults.push_back(spoilt(refused("ASamlAssertionWithOneByteChangedIsRefused", saml2,
                                    Status::interaction_required, "invalid_request"),
                            SubjectType::saml2, [](std::string token) {
                                token.back() = token.back() == 'A' ? 'B' : 'A';
                                return token;
                            }));
    faults.push_back(spoilt(
        refused("ASamlAssertionAsXmlIsNotSent", saml2, Status::misconfigured, "base64url", 0),
        SubjectType::saml2,
        [](const std::string&) { return "<saml2:Assertion>canary</saml2:Assertion>"; }));

    auto other = refused("AnExchangeOfSamlForAnotherTypeIsAProtocolError", saml2, Status::protocol,
                         "issued_token_type");
    other.arrange = [arrange = other.arrange](Enterprise& enterprise) {
        arrange(enterprise);
        with(Document::exchange_response, "issued_token_type",
             std::string("urn:ietf:params:oauth:token-type:access_token"))(enterprise);
    };
    faults.push_back(std::move(other));

    auto unlisted = refused("ATypeThatTheSettingsDoNotAcceptIsNotSent", saml2,
                            Status::misconfigured, "accepted_subject_types", 0);
    unlisted.configure = [](json::Value& configuration) {
        subject_is(configuration, "saml2");
        auto accepted = json::Value::array().push("id_token");
        provider(configuration)
            .set("settings",
                 json::Value::object().set("accepted_subject_types", std::move(accepted)));
    };
    faults.push_back(std::move(unlisted));
}

void add_refresh_token(std::vector<Fault>& faults) {
    const auto token = as(SubjectType::refresh_token);
    auto taken = signed_in_by("ARefreshTokenIsTheSubjectTokenItself", token);
    taken.exchanges = taken.redemptions = 1;
    taken.look = [](Enterprise& enterprise, const json::Value&) {
        const auto sent = token_request(enterprise, Server::idp);
        expect_equal(sent.field("subject_token_type"), refresh_token_urn);
        expect_equal(sent.field("requested_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
    };
    faults.push_back(std::move(taken));

    auto revoked = refused("ARevokedRefreshTokenNeedsASignIn", token, Status::interaction_required,
                           "invalid_grant");
    revoked.arrange = [arrange = revoked.arrange](Enterprise& enterprise) {
        arrange(enterprise);
        enterprise.revoke_refresh_tokens();
    };
    faults.push_back(std::move(revoked));
}

}  // namespace

std::vector<Fault> subject_type_faults() {
    std::vector<Fault> faults;
    add_unusable(faults);
    add_saml2(faults);
    add_refresh_token(faults);
    return faults;
}

}  // namespace mcp_auth::integration
