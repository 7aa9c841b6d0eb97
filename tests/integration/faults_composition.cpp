// The ID-JAG from another plugin (abi/peer.h): a vendor's, built and loaded like any, which gets
// it in its own way; what can be wrong with that plugin, with what it gives, and with the
// configuration that names it.
#include "fault.hpp"

namespace mcp_auth::integration {

namespace {

using Claims = Poco::JSON::Object;

constexpr auto session = "canary-vendor-session";

std::string broker_of(const json::Value& configuration) {
    const auto* idp = configuration.find("providers")->find("acme")->find("clients")->find("idp");
    return std::string(idp->string("issuer")) + "/broker";
}

json::Value vendor(const json::Value& configuration) {
    const auto broker = broker_of(configuration);
    return json::Value::object()
        .set("plugin", "vendor")
        .set("subject", json::Value::object()
                            .set("type", "urn:vendor.example:token-type:session")
                            .set("from", session))
        .set("settings", json::Value::object()
                             .set("broker", broker)
                             .set("issuer", broker.substr(0, broker.rfind('/'))));
}

json::Value asks(const std::string& other) {
    return json::Value::object().set("assertion_provider", other);
}

// The host has no client "idp" and no subject of its own: all of that is the vendor's.
void compose(json::Value& configuration) {
    const auto broker = broker_of(configuration);
    configuration.find("providers")->set("vendor", vendor(configuration));
    provider(configuration).erase("subject");
    provider(configuration).erase("clients");
    provider(configuration).set("settings", asks("vendor"));
    change_connection(configuration, [&](json::Value& connection) {
        connection.set("origins", json::Value::array().push(broker.substr(0, broker.rfind('/'))));
    });
}

// The vendor's broker, beside the identity provider.
auto broker_answers(std::function<demo::ScriptedAnswer(const json::Value& order)> how) {
    return [how](Enterprise& enterprise) {
        enterprise.script(
            [how](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
                if (request.path() != "/broker") return std::nullopt;
                const auto order = json::parse(request.body);
                if (!order) return demo::ScriptedAnswer{400, {}, "", demo::Wire::whole};
                return how(*order);
            });
    };
}

// Takes the session, and gives an ID-JAG of alice for the application that asks.
void broker(Enterprise& enterprise) {
    broker_answers([&enterprise](const json::Value& order) {
        demo::ScriptedAnswer answer;
        if (order.string("session") != session ||
            order.string("for") != enterprise.authorization_server_issuer() ||
            order.string("at") != enterprise.mcp_url()) {
            answer.status = 403;
            return answer;
        }
        demo::IdJagOrder wanted;
        wanted.scope = order.string("scope");
        wanted.client_id = order.string("application");
        const auto id_jag = enterprise.issue_id_jag(wanted);
        answer.body = json::Value::object()
                          .set("id_jag", id_jag ? *id_jag : std::string())
                          .set("scope", wanted.scope)
                          .dump();
        return answer;
    })(enterprise);
}

Fault composed(std::string name, Status status, std::string leg, std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = broker;
    fault.configure = compose;
    fault.status = status;
    fault.leg = std::move(leg);
    fault.says = std::move(says);
    fault.exchanges = 0;
    fault.redemptions = status == Status::ok ? 1 : 0;
    return fault;
}

// A wrong ID-JAG from the vendor never leaves (protocol.md F).
Fault vendor_fault(std::string name, std::function<void(Claims&, Claims&)> change,
                   std::string says) {
    auto fault = composed(std::move(name), Status::protocol, "id_jag", std::move(says));
    fault.arrange = [change = std::move(change)](Enterprise& enterprise) {
        broker(enterprise);
        enterprise.change_id_jag(change);
    };
    return fault;
}

template <class Value>
Fault vendor_with_claim(std::string name, std::string claim, Value value) {
    return vendor_fault(
        std::move(name), [claim, value](Claims&, Claims& claims) { claims.set(claim, value); },
        claim);
}

Fault answered(std::string name, int http, std::string body, Status status, std::string says) {
    auto fault = composed(std::move(name), status, "broker", std::move(says));
    fault.arrange = broker_answers([http, body = std::move(body)](const json::Value&) {
        return demo::ScriptedAnswer{http, {}, body, demo::Wire::whole};
    });
    return fault;
}

Fault configured(std::string name, std::string leg, std::string says,
                 std::function<void(json::Value&)> configure) {
    auto fault = composed(std::move(name), Status::misconfigured, std::move(leg), std::move(says));
    fault.configure = [configure = std::move(configure)](json::Value& configuration) {
        compose(configuration);
        configure(configuration);
    };
    return fault;
}

void add_id_jag_rules(std::vector<Fault>& faults) {
    using namespace std::string_literals;
    faults.push_back(vendor_fault(
        "AVendorsIdJagOfAnotherTypeIsNotSent",
        [](Claims& header, Claims&) { header.set("typ", "JWT"); }, "typ"));
    faults.push_back(vendor_fault(
        "AVendorsUnsignedIdJagIsNotSent",
        [](Claims& header, Claims&) { header.set("alg", "none"); }, "alg"));
    faults.push_back(vendor_with_claim("AVendorsIdJagOfAnotherIssuerIsNotSent", "iss",
                                       "https://other.example"s));
    faults.push_back(vendor_with_claim("AVendorsIdJagForAnotherAudienceIsNotSent", "aud",
                                       "https://other.example"s));
    faults.push_back(
        vendor_with_claim("AVendorsIdJagForAnotherClientIsNotSent", "client_id", "somebody"s));
    faults.push_back(vendor_with_claim("AVendorsIdJagForAnotherResourceIsNotSent", "resource",
                                       "https://other.example/"s));
    faults.push_back(
        vendor_with_claim("AVendorsIdJagWithMoreScopeIsNotSent", "scope", "chat.read root"s));
    faults.push_back(vendor_with_claim("AVendorsExpiredIdJagIsNotSent", "exp", 1));
}

// Each class of status comes through as what it is.
void add_failures(std::vector<Fault>& faults) {
    faults.push_back(answered("AVendorsRefusalIsDenied", 403, "{}", Status::denied, "policy"));
    faults.push_back(answered("AVendorThatWantsTheUserSaysSince", 401, R"({"max_age": 5})",
                              Status::interaction_required, "sign-in at most: 5 s"));
    faults.push_back(answered("AVendorThatIsDownIsUnavailable", 503, R"({"retry_after": 3600})",
                              Status::unavailable, "try again after: 3600 s"));
    faults.push_back(answered("AVendorThatIsNotThereIsMisconfigured", 404, "",
                              Status::misconfigured, "no broker"));
    faults.push_back(answered("AVendorThatSpeaksAnotherLanguageIsAProtocolError", 200, "<html>",
                              Status::protocol, "id_jag"));
    faults.push_back(answered("WhatAVendorDoesNotSupportIsMisconfiguredHere", 409, "",
                              Status::misconfigured, "assertion_provider"));
    auto bug = answered("AVendorsExceptionIsInternalAndNoMore", 418, "", Status::internal, "");
    bug.leg = "";
    faults.push_back(std::move(bug));
    auto slow = composed("AVendorsTimeIsPartOfTheAcquisitions", Status::deadline, "", "");
    slow.arrange = broker_answers([](const json::Value&) {
        return demo::ScriptedAnswer{200, {}, " ", demo::Wire::never_ends};
    });
    slow.configure = [](json::Value& configuration) {
        compose(configuration);
        change_connection(configuration, [](json::Value& connection) {
            connection.set("time_limits",
                           json::Value::object().set("acquisition", json::Value::number("0.5")));
        });
    };
    faults.push_back(std::move(slow));
}

void add_configurations(std::vector<Fault>& faults) {
    faults.push_back(configured(
        "AProviderThatAsksItselfIsMisconfigured", "peer", "would ask itself",
        [](json::Value& configuration) { provider(configuration).set("settings", asks("acme")); }));
    faults.push_back(configured(
        "ACircleOfTwoProvidersIsMisconfigured", "peer", "would ask itself",
        [](json::Value& configuration) {
            auto other = json::Value::object().set("plugin", "cross-app-access");
            configuration.find("providers")->set("other", other.set("settings", asks("acme")));
            provider(configuration).set("settings", asks("other"));
        }));
    faults.push_back(configured("AnUnknownProviderIsMisconfigured", "peer", "no key of",
                                [](json::Value& configuration) {
                                    provider(configuration).set("settings", asks("nobody"));
                                }));
    faults.push_back(configured("AProviderWithoutTheRoleIsMisconfigured", "peer",
                                "gives no assertions", [](json::Value& configuration) {
                                    configuration.find("providers")
                                        ->set("tokens",
                                              json::Value::object().set("plugin", "token-only"));
                                    provider(configuration).set("settings", asks("tokens"));
                                }));
    faults.push_back(
        configured("AProviderWhosePluginIsNotThereIsMisconfigured", "configuration",
                   "no-such-plugin", [](json::Value& configuration) {
                       configuration.find("providers")
                           ->set("gone", json::Value::object().set("plugin", "no-such-plugin"));
                       provider(configuration).set("settings", asks("gone"));
                   }));
    faults.push_back(configured("AnOriginThatTheConnectionDoesNotListIsNotAsked", "http", "origins",
                                [](json::Value& configuration) {
                                    change_connection(configuration, [](json::Value& connection) {
                                        connection.erase("origins");
                                    });
                                }));
    // The administrator says whose ID-JAGs the broker hands out; one of another's is not sent.
    auto issuer = configured("AVendorsIdJagMustBeOfTheIssuerThatItNames", "id_jag", "iss",
                             [](json::Value& configuration) {
                                 configuration.find("providers")
                                     ->find("vendor")
                                     ->find("settings")
                                     ->set("issuer", "https://other.example");
                             });
    issuer.status = Status::protocol;
    faults.push_back(std::move(issuer));
    faults.push_back(configured(
        "AVendorThatNamesNoIssuerIsMisconfigured", "id_jag", "cannot be checked",
        [](json::Value& configuration) {
            configuration.find("providers")->find("vendor")->find("settings")->set("issuer", "");
        }));
}

}  // namespace

std::vector<Fault> composition_faults() {
    std::vector<Fault> faults;
    auto taken = composed("AVendorsIdJagIsRedeemed", Status::ok, "", "");
    taken.look = [](Enterprise& enterprise, const json::Value&) {
        const auto orders = enterprise.requests(Server::idp, "/broker");
        if (orders.size() != 1) throw std::runtime_error("the broker was not asked once");
        const auto sent = token_request(enterprise, Server::authorization_server);
        expect_equal(sent.field("resource"), enterprise.mcp_url());
    };
    faults.push_back(std::move(taken));
    add_id_jag_rules(faults);
    add_failures(faults);
    add_configurations(faults);
    return faults;
}

}  // namespace mcp_auth::integration
