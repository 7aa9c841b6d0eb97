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

// The same for clients that show a certificate.
Fault certificate_fault(std::string name, std::string says, std::size_t exchanges = 0) {
    auto fault = key_fault(std::move(name), std::move(says), exchanges);
    fault.options = {};
    fault.options.idp_client.method = fault.options.mcp_client.method =
        demo::ClientMethod::tls_client_auth;
    return fault;
}

void expect_certificates_alone(Enterprise& enterprise, const json::Value&) {
    for (const auto server : {Server::idp, Server::authorization_server}) {
        const auto& client =
            server == Server::idp ? enterprise.idp_client() : enterprise.mcp_client();
        for (const auto& request : enterprise.requests(server)) {
            // Nobody else learns who asks.
            const bool token = request.path() == "/token";
            if (request.client_certificate != (token ? client.id : ""))
                throw std::runtime_error("another certificate at " + request.path());
            if (token) expect_equal(request.field("client_id"), client.id);
            if (request.has_header("Authorization") || request.field("client_assertion"))
                throw std::runtime_error("more than one client authentication method");
        }
    }
}

void write_idp(Enterprise& enterprise, const std::string& file, const std::string& text) {
    std::ofstream(enterprise.directory() + "/idp_" + file + ".pem") << text;
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

    auto jwk = key_fault("AJwkOfAnotherTypeThanAlgIsMisconfigured",
                         "key of client \"idp\": it is an EC key on P-256");
    jwk.arrange = [](Enterprise& enterprise) {
        write_idp(enterprise, "key", R"({"kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})");
    };
    jwk.configure = change_idp([](json::Value& idp) { idp.set("alg", "PS256"); });
    faults.push_back(std::move(jwk));

    auto& certificate =
        faults.emplace_back(certificate_fault("ACertificateAuthenticatesAtBothServers", ""));
    certificate.status = Status::ok;
    certificate.exchanges = certificate.redemptions = 1;
    certificate.look = expect_certificates_alone;

    auto pair = certificate_fault("ACertificateWithTheKeyOfAnotherIsMisconfigured",
                                  "certificate and key of client \"idp\"");
    pair.arrange = [](Enterprise& enterprise) {
        write_idp(enterprise, "key", enterprise.mcp_client().key);
    };
    faults.push_back(std::move(pair));

    auto no_certificate =
        certificate_fault("ACertificateThatIsNotThereIsMisconfigured", "gone.pem: No such file");
    no_certificate.configure = change_idp([](json::Value& idp) {
        idp.set("certificate", json::Value::object().set("file", "/nonexistent/gone.pem"));
    });
    faults.push_back(std::move(no_certificate));

    auto other = certificate_fault("ACertificateOfAnotherClientIsMisconfigured",
                                   "the certificate is another client's", 1);
    other.arrange = [](Enterprise& enterprise) {
        write_idp(enterprise, "key", enterprise.mcp_client().key);
        write_idp(enterprise, "certificate", enterprise.mcp_client().certificate);
    };
    faults.push_back(std::move(other));

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
