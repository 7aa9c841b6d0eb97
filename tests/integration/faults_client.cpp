// Clients that authenticate by a key (protocol.md G2), through the command.
#include "fault.hpp"

#include <Poco/JSON/Array.h>

#include <fstream>
#include <stdexcept>

namespace mcp_auth::integration {

namespace {

constexpr auto by_key = demo::ClientMethod::private_key_jwt;

demo::Options options_of(const std::string& algorithm) {
    demo::Options options;
    for (auto* client : {&options.idp_client, &options.mcp_client}) {
        client->method = by_key;
        client->algorithm = algorithm;
    }
    return options;
}

// The configuration of the client at the identity provider.
std::function<void(json::Value&)> change_idp(std::function<void(json::Value&)> how) {
    return [how](json::Value& configuration) {
        how(*configuration.find("providers")->find("acme")->find("clients")->find("idp"));
    };
}

Fault key_fault(std::string name, std::string says, std::size_t exchanges = 0) {
    Fault fault;
    fault.name = std::move(name);
    fault.options = options_of("ES256");
    fault.status = Status::misconfigured;
    fault.leg = "exchange";
    fault.says = std::move(says);
    fault.exchanges = exchanges;
    fault.redemptions = 0;
    return fault;
}

void expect_assertions_alone(Enterprise& enterprise, const json::Value&) {
    for (const auto server : {Server::idp, Server::authorization_server}) {
        std::string former;
        for (const auto& request : enterprise.requests(server, "/token")) {
            const auto assertion = request.field("client_assertion");
            if (!assertion || *assertion == former) throw std::runtime_error("no new assertion");
            if (request.has_header("Authorization") || request.field("client_secret"))
                throw std::runtime_error("more than one client authentication method");
            former = *assertion;
        }
    }
}

}  // namespace

std::vector<Fault> client_faults() {
    using namespace std::string_literals;
    std::vector<Fault> faults;
    for (const auto* algorithm : {"ES256", "ES384", "RS256", "PS256"}) {
        auto& fault = faults.emplace_back();
        fault.name = "AKeyAuthenticatesAtBothServersBy_"s + algorithm;
        fault.options = options_of(algorithm);
        fault.exchanges = fault.redemptions = 1;
        fault.look = expect_assertions_alone;
    }
    auto& again = faults.emplace_back();
    again.name = "EachTryHasAnAssertionOfItsOwn";
    again.options = options_of("ES256");
    again.arrange = answer(Server::idp, {.status = 503, .body = "busy"}, 1);
    again.exchanges = 2;
    again.redemptions = 1;
    again.look = expect_assertions_alone;

    auto& audience = faults.emplace_back();
    audience.name = "TheTokenEndpointMayBeTheAudience";
    audience.options = options_of("ES256");
    audience.configure =
        change_idp([](json::Value& idp) { idp.set("audience", "token_endpoint"); });
    audience.exchanges = audience.redemptions = 1;

    auto type = key_fault("AKeyOfAnotherTypeThanAlgIsMisconfigured",
                          "key of client \"idp\": it is an EC key on P-256");
    type.configure = change_idp([](json::Value& idp) { idp.set("alg", "RS256"); });
    faults.push_back(std::move(type));

    auto absent = key_fault("AKeyThatIsNotThereIsMisconfigured", "gone.pem: No such file");
    absent.configure = change_idp([](json::Value& idp) {
        idp.set("key", json::Value::object().set("file", "/nonexistent/gone.pem"));
    });
    faults.push_back(std::move(absent));

    auto unreadable = key_fault("AFileThatIsNoKeyIsMisconfigured",
                                "key of client \"idp\": it cannot be read; give a private key");
    unreadable.arrange = [](Enterprise& enterprise) {
        std::ofstream(enterprise.directory() + "/idp_key.pem") << "canary";
    };
    faults.push_back(std::move(unreadable));

    auto unlisted = key_fault("AnAlgorithmThatTheServerDoesNotListIsMisconfigured",
                              "token_endpoint_auth_signing_alg_values_supported");
    unlisted.arrange = change(Document::idp_metadata, [](Poco::JSON::Object& metadata) {
        Poco::JSON::Array list;
        list.add("PS256"s);
        metadata.set("token_endpoint_auth_signing_alg_values_supported", list);
    });
    faults.push_back(std::move(unlisted));

    // Somebody else's key: the server says so, and what it says is passed on.
    auto stranger = key_fault("AKeyThatTheServerDoesNotKnowIsMisconfigured",
                              "the signature does not verify", 1);
    stranger.arrange = [](Enterprise& enterprise) {
        std::ofstream(enterprise.directory() + "/idp_key.pem") << enterprise.mcp_client().key;
    };
    faults.push_back(std::move(stranger));
    return faults;
}

}  // namespace mcp_auth::integration
