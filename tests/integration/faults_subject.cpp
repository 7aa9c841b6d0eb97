// Rule D3: an ID token that is no good is never sent.
#include "fault.hpp"

#include <fstream>

namespace mcp_auth::integration {

namespace {

Fault subject_fault(std::string name, std::function<void(Enterprise&)> arrange, Status status,
                    std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.status = status;
    fault.leg = "subject";
    fault.says = std::move(says);
    fault.exchanges = fault.redemptions = 0;
    return fault;
}

void configure_subject(json::Value& configuration, json::Value from) {
    provider(configuration).find("subject")->set("from", std::move(from));
}

void configure_secret(json::Value& configuration, json::Value secret) {
    change_connection(configuration, [&](json::Value& connection) {
        connection.find("clients")->find("mcp")->set("secret", std::move(secret));
    });
}

}  // namespace

std::vector<Fault> subject_faults() {
    std::vector<Fault> faults;
    demo::SignIn expired, audience, issuer, bob, mallory;
    expired.lifetime = -3600;
    audience.audience = "somebody-else";
    issuer.issuer = "https://other.example";
    bob.user = "bob";
    mallory.user = "mallory";
    faults.push_back(subject_fault("AnExpiredIdTokenIsNotSent", signed_in(expired),
                                   Status::interaction_required, "expired"));
    faults.push_back(subject_fault("AnIdTokenForAnotherClientIsNotSent", signed_in(audience),
                                   Status::misconfigured, "aud"));
    faults.push_back(subject_fault("AnIdTokenOfAnotherIssuerIsNotSent", signed_in(issuer),
                                   Status::misconfigured, "iss"));
    faults.push_back(subject_fault(
        "ASubjectThatIsNoJwtIsNotSent",
        [](Enterprise& enterprise) {
            std::ofstream(enterprise.id_token_file()) << "canary-not-a-jwt-canary\n";
        },
        Status::misconfigured, "JWT"));
    auto unset = subject_fault("ASubjectInAnUnsetVariableIsMisconfigured", nullptr,
                               Status::misconfigured, "NO_SUCH_VARIABLE");
    unset.configure = [](json::Value& configuration) {
        configure_subject(configuration, json::Value::object().set("env", "NO_SUCH_VARIABLE"));
    };
    faults.push_back(std::move(unset));

    auto& secret = faults.emplace_back();
    secret.name = "ASecretInAnUnsetVariableIsMisconfiguredAndNothingIsRedeemed";
    secret.status = Status::misconfigured;
    secret.says = "NO_SUCH_VARIABLE";
    secret.redemptions = 0;
    secret.configure = [](json::Value& configuration) {
        configure_secret(configuration, json::Value::object().set("env", "NO_SUCH_VARIABLE"));
    };

    auto& denied = faults.emplace_back();
    denied.name = "AUserWhomThePolicyRefusesIsDenied";
    denied.arrange = signed_in(bob);
    denied.status = Status::denied;
    denied.leg = "exchange";
    denied.says = "access_denied";
    denied.redemptions = 0;

    auto& locked = faults.emplace_back();
    locked.name = "AUserWhoWasLockedMustSignIn";
    locked.arrange = signed_in(mallory);
    locked.status = Status::interaction_required;
    locked.leg = "exchange";
    locked.says = "invalid_grant";
    locked.redemptions = 0;

    auto& wrong_secret = faults.emplace_back();
    wrong_secret.name = "AWrongSecretIsMisconfigured";
    wrong_secret.status = Status::misconfigured;
    wrong_secret.leg = "redemption";
    wrong_secret.says = "invalid_client";
    wrong_secret.configure = [](json::Value& configuration) {
        configure_secret(configuration, json::Value("canary-wrong-secret-canary"));
    };
    return faults;
}

}  // namespace mcp_auth::integration
