// Identity providers and authorization servers that differ (plugins/cross_app_access/README.md):
// each quirk as a server that behaves so, with the setting that answers it and, where that would
// fail, without.
#include "fault.hpp"

namespace mcp_auth::integration {

namespace {

using demo::SubjectType;

Fault met(std::string name) {
    Fault fault;
    fault.name = std::move(name);
    fault.exchanges = fault.redemptions = 1;
    return fault;
}

Fault refused(std::string name, Status status, std::string leg, std::string says,
              std::size_t redemptions = 0) {
    auto fault = met(std::move(name));
    fault.status = status;
    fault.leg = std::move(leg);
    fault.says = std::move(says);
    fault.redemptions = redemptions;
    return fault;
}

auto setting(std::string name, json::Value value) {
    return [name, value](json::Value& configuration) {
        provider(configuration).set("settings", json::Value::object().set(name, value));
    };
}

auto on_connection(std::string name, json::Value value) {
    return [name, value](json::Value& configuration) {
        change_connection(configuration,
                          [&](json::Value& connection) { connection.set(name, value); });
    };
}

void add_okta(std::vector<Fault>& faults) {
    // Neither the challenge nor the metadata says a scope, so that it is the configuration's (I1).
    const auto silent_server = [](Enterprise& enterprise) {
        without(Document::resource_metadata, "scopes_supported")(enterprise);
        enterprise.change_challenge([](const std::string&) {
            return demo::HeaderList{{"WWW-Authenticate", "Bearer"}};
        });
    };
    auto without_scope =
        refused("OktaRefusesAnExchangeWithoutAScope", Status::denied, "exchange", "invalid_scope");
    without_scope.options.quirks.scope_required = true;
    without_scope.options.scopes.clear();
    without_scope.arrange = silent_server;
    faults.push_back(std::move(without_scope));

    auto with_scope = met("OktaIsAskedForTheScopesOfTheConnection");
    with_scope.options.quirks.scope_required = true;
    with_scope.arrange = silent_server;
    with_scope.look = [](Enterprise& enterprise, const json::Value&) {
        expect_equal(token_request(enterprise, Server::idp).field("scope"), "chat.read");
    };
    faults.push_back(std::move(with_scope));
}

void add_auth0(std::vector<Fault>& faults) {
    auto slash = met("AnIssuerThatEndsInASlashKeepsIt");
    slash.options.authorization_server_path = "/";
    slash.look = [](Enterprise& enterprise, const json::Value&) {
        const auto issuer = enterprise.origin(Server::authorization_server) + "/";
        expect_equal(token_request(enterprise, Server::idp).field("audience"), issuer);
    };
    faults.push_back(std::move(slash));

    auto bare = refused("AnIssuerWrittenWithoutItsSlashIsAnother", Status::misconfigured,
                        "resource_metadata", "issuer");
    bare.options.authorization_server_path = "/";
    bare.exchanges = 0;
    bare.configure = [](json::Value& configuration) {
        change_connection(configuration, [](json::Value& connection) {
            std::string issuer(connection.string("issuer"));
            issuer.pop_back();
            connection.set("issuer", issuer);
        });
    };
    faults.push_back(std::move(bare));

    auto claim = met("TheResourceOfTheIdJagIsEnoughWhereItWins");
    claim.options.quirks.resource_claim_wins = true;
    claim.configure = on_connection("send_resource", json::Value(false));
    faults.push_back(std::move(claim));

    // The parameter would not correct it, so the claim has to be right before it leaves (F2).
    auto other = refused("AClaimForAnotherResourceIsNotSentWhereItWouldWin", Status::protocol,
                         "id_jag", "resource");
    other.options.quirks.resource_claim_wins = true;
    other.arrange = [](Enterprise& enterprise) {
        enterprise.change_id_jag([](Poco::JSON::Object&, Poco::JSON::Object& claims) {
            claims.set("resource", "https://other.example/mcp");
        });
    };
    faults.push_back(std::move(other));
}

void add_keycloak(std::vector<Fault>& faults) {
    auto appended = met("ARealmsMetadataAtTheAppendedFormAloneIsFound");
    appended.options.quirks.metadata_appended_only = true;
    appended.options.idp_path = "/realms/acme";
    appended.options.authorization_server_path = "/realms/chat";
    faults.push_back(std::move(appended));
}

void add_pingfederate(std::vector<Fault>& faults) {
    auto id_token = refused("PingFederateRefusesAnIdTokenAsSubject", Status::interaction_required,
                            "exchange", "subject_token_type");
    id_token.options.quirks.refresh_token_only = true;
    faults.push_back(std::move(id_token));

    auto refresh_token = met("PingFederateTakesARefreshToken");
    refresh_token.options.quirks.refresh_token_only = true;
    demo::SignIn sign_in;
    sign_in.as = SubjectType::refresh_token;
    refresh_token.arrange = signed_in(sign_in);
    refresh_token.configure = [](json::Value& configuration) {
        subject_is(configuration, "refresh_token");
        auto order = json::Value::array().push("refresh_token").push("id_token");
        setting("accepted_subject_types", std::move(order))(configuration);
    };
    faults.push_back(std::move(refresh_token));

    const std::string partner = "urn:acme:partner:chat";
    auto expected = met("APartnersEntityIdAsAudienceIsASetting");
    expected.options.quirks.partner_id = partner;
    expected.configure = setting("expected_audience", partner);
    expected.look = [](Enterprise& enterprise, const json::Value&) {
        expect_equal(token_request(enterprise, Server::idp).field("audience"),
                     enterprise.authorization_server_issuer());
    };
    faults.push_back(expected);

    auto unexpected = refused("APartnersEntityIdThatNobodyConfiguredIsNotSent", Status::protocol,
                              "id_jag", "expected_audience");
    unexpected.options = expected.options;
    faults.push_back(std::move(unexpected));

    auto asked = met("AProviderThatIsAskedByTheEntityIdIsASetting");
    asked.options.quirks.partner_id = partner;
    asked.options.quirks.asked_by_partner_id = true;
    asked.configure = setting("audience", partner);
    asked.look = [partner](Enterprise& enterprise, const json::Value&) {
        expect_equal(token_request(enterprise, Server::idp).field("audience"), partner);
    };
    faults.push_back(asked);

    auto unknown = refused("AProviderThatDoesNotKnowTheIssuerRefusesTheTarget", Status::denied,
                           "exchange", "invalid_target");
    unknown.options = asked.options;
    faults.push_back(std::move(unknown));
}

void add_entra(std::vector<Fault>& faults) {
    auto resource = refused("EntraRefusesTheParameterResource", Status::misconfigured, "redemption",
                            "send_resource", 1);
    resource.options.quirks.resource_refused = true;
    faults.push_back(std::move(resource));

    auto without_resource = met("SendResourceOffLeavesItOutOfTheRedemptionAlone");
    without_resource.options.quirks.resource_refused = true;
    without_resource.configure = on_connection("send_resource", json::Value(false));
    without_resource.look = [](Enterprise& enterprise, const json::Value&) {
        expect_equal(token_request(enterprise, Server::idp).field("resource"),
                     enterprise.mcp_url());
        expect_absent(token_request(enterprise, Server::authorization_server).field("resource"),
                      "resource");
    };
    faults.push_back(std::move(without_resource));

    auto public_client = met("APublicClientSendsItsIdAndNoSecret");
    public_client.options.idp_client.method = demo::ClientMethod::none;
    public_client.look = [](Enterprise& enterprise, const json::Value&) {
        const auto sent = token_request(enterprise, Server::idp);
        expect_equal(sent.field("client_id"), enterprise.idp_client().id);
        expect_absent(sent.field("client_secret"), "client_secret");
        if (sent.has_header("Authorization")) throw std::runtime_error("Authorization was sent");
    };
    faults.push_back(std::move(public_client));

    const auto with_secret = [](json::Value& configuration) {
        provider(configuration)
            .find("clients")
            ->find("idp")
            ->set("method", "client_secret_post")
            .set("secret", "canary-secret-of-a-public-client");
    };
    auto refused_secret = refused("APublicClientThatSendsASecretIsRefused", Status::misconfigured,
                                  "exchange", "invalid_client");
    refused_secret.options.idp_client.method = demo::ClientMethod::none;
    refused_secret.arrange =
        without(Document::idp_metadata, "token_endpoint_auth_methods_supported");
    refused_secret.configure = with_secret;
    faults.push_back(std::move(refused_secret));

    auto listed =
        refused("ASecretIsNotSentWhereTheServerListsPublicClientsAlone", Status::misconfigured,
                "exchange", "token_endpoint_auth_methods_supported");
    listed.options.idp_client.method = demo::ClientMethod::none;
    listed.configure = with_secret;
    listed.exchanges = 0;
    faults.push_back(std::move(listed));
}

// Answers to the exchange that are unusual and fine. "n_a", 201 and errors inside 200 are in
// faults_exchange.cpp, those of the redemption in faults_redemption.cpp.
void add_answers(std::vector<Fault>& faults) {
    auto no_type = met("AnExchangeWithoutTokenTypeIsASetting");
    no_type.arrange = without(Document::exchange_response, "token_type");
    no_type.configure = setting("allow_missing_token_type", json::Value(true));
    faults.push_back(std::move(no_type));

    auto wrong_type = refused("AWrongTokenTypeIsRefusedWhereItsAbsenceIsAllowed", Status::protocol,
                              "exchange", "token_type");
    wrong_type.arrange = with(Document::exchange_response, "token_type", std::string("Bearer"));
    wrong_type.configure = setting("allow_missing_token_type", json::Value(true));
    faults.push_back(std::move(wrong_type));

    auto text = met("AnIdJagsLifeAsTextIsFine");
    text.arrange = with(Document::exchange_response, "expires_in", std::string("300"));
    faults.push_back(std::move(text));
    auto zero = met("AnIdJagsLifeOfZeroIsTakenFromItsClaims");
    zero.arrange = with(Document::exchange_response, "expires_in", 0);
    faults.push_back(std::move(zero));
    auto absent = met("AnIdJagsAbsentLifeIsTakenFromItsClaims");
    absent.arrange = without(Document::exchange_response, "expires_in");
    faults.push_back(std::move(absent));
}

}  // namespace

std::vector<Fault> quirks() {
    std::vector<Fault> faults;
    add_okta(faults);
    add_auth0(faults);
    add_keycloak(faults);
    add_pingfederate(faults);
    add_entra(faults);
    add_answers(faults);
    return faults;
}

}  // namespace mcp_auth::integration
